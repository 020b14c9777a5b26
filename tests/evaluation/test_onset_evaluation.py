import dataclasses
import json

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.onset_evaluation import evaluate_onset
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.evaluation.onset_settings import OnsetSettings
from fieldmark.predictions.trajectories import seen_until
from fieldmark.synthetic.trajectories import Season, draw_season

FAST = OnsetSettings(resamples=50)


@pytest.fixture(scope="module")
def season():
    return draw_season(np.random.default_rng(1), Season(genotypes=12, days=15, imaged_share=0.6))


@pytest.fixture(scope="module")
def found(season):
    return evaluate_onset(season, FAST)


def test_every_number_is_in_the_catalogue_and_of_its_contender(found):
    numbers = [*found.estimates, *(one for day in found.days for one in day.estimates)]
    assert {one.contender for one in numbers} == {"ideal observer"}
    for one in (*numbers, *found.baselines):
        assert one.metric in METRICS
        assert (one.split, one.level) == ("test", 0.95)
        ends = [end for end in (one.low, one.value, one.high) if end is not None]
        assert ends == sorted(ends)
        if METRICS[one.metric].scale == "share":
            assert all(0 <= end <= 1 for end in ends)


def test_the_record_says_what_was_judged(found, season):
    assert (found.specimens, found.groups, found.times) == (72, 12, 15)
    assert (found.with_onset, found.unaffected, found.later) == (36, 36, 0)
    assert found.imaged == season.imaged.sum()
    assert found.rule == "first imaged day at 0.5 or above"
    assert found.settings["threshold"] == 0.5
    assert (found.prevalence_source, found.fitted_on) == ("the training labels", None)
    assert found.controls_stated


def test_skills_stand_beside_what_has_a_baseline(found):
    skill = found.estimate("onset_error_to_end_skill")
    own = found.estimate("onset_error_to_end").value
    best = min(one.value for one in found.baselines if one.metric == "onset_error_to_end")
    assert skill.value == pytest.approx(1 - own / best)
    assert found.baseline("constant day", "onset_mae").value > 0
    assert found.baseline("day only", "onset_mae").contender.startswith("day only")
    assert found.baseline("nobody", "onset_mae") is None


def test_the_document_is_json(found):
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert [day["day"] for day in document["days"]] == list(range(1, 16))
    assert document["estimates"][0]["metric"] == "onset_mae"
    assert document["days"][0]["estimates"][0]["metric"] == "day_accuracy"


def test_the_same_seed_gives_the_same_numbers(found, season):
    assert evaluate_onset(season, FAST) == found


def test_the_day_by_day_curve_is_the_evaluation_of_what_was_seen(season):
    settings = dataclasses.replace(FAST, rule=OnsetRule("change-point"), prevalence=0.3)
    whole = evaluate_onset(season, settings)
    for column in (7, 11):
        day = season.times[column]
        cut = evaluate_onset(seen_until(season, day), settings)
        known = whole.days[column].estimate("known_by_day")
        assert 1 - known.value == pytest.approx(cut.estimate("onset_undetected").value)


def test_another_part_may_give_thresholds_and_baselines(season):
    rng = np.random.default_rng(2)
    other = draw_season(rng, Season(genotypes=5, days=15))
    fit_on = dataclasses.replace(
        other,
        split="calibration",
        specimens=tuple(f"other {name}" for name in other.specimens),
        groups=tuple(f"other {name}" for name in other.groups),
        training_prevalence=None,
    )
    seen = dataclasses.replace(season, training_prevalence=None)
    found = evaluate_onset(seen, FAST, fit_on=fit_on)
    assert (found.fitted_on, found.prevalence_source) == (
        "calibration",
        "the labels of 'calibration'",
    )
    assert found.baseline("day only", "state_auroc_mean_of_days").value == 0.5
    assert "from 'calibration'" in found.estimate("lead_time").method


def test_a_part_that_shares_specimens_or_groups_is_refused(season):
    with pytest.raises(PredictionsError, match=r"72 specimens are in both parts \(first: 'plant"):
        evaluate_onset(season, FAST, fit_on=season)
    renamed = dataclasses.replace(season, specimens=tuple(f"o{n}" for n in season.specimens))
    with pytest.raises(PredictionsError, match="12 groups are in both parts"):
        evaluate_onset(season, FAST, fit_on=renamed)


def test_without_any_onset_there_is_nothing_to_judge(seen):
    one = seen([[0.5], [0.5]], [None, 9.0])
    with pytest.raises(PredictionsError, match=r"up to 1.*2 specimens have none"):
        evaluate_onset(one, FAST)


def test_without_controls_there_is_no_lead_time_and_a_note(seen):
    rows = np.random.default_rng(0).random((6, 4)).tolist()
    found = evaluate_onset(seen(rows, [2.0, 3.0, 4.0] * 2), FAST)
    assert found.estimate("lead_time") is None
    assert found.estimate("false_alarms_per_control").value is None
    assert any("false alarms are not known" in note for note in found.notes)
    assert any("not stated which specimens are controls" in note for note in found.notes)


def test_controls_of_one_group_alone_give_no_lead_time(seen):
    rows = np.random.default_rng(0).random((4, 4)).tolist()
    one = seen(rows, [2.0, 3.0, None, None], groups=("a", "b", "c", "c"))
    assert evaluate_onset(one, FAST).estimate("lead_time") is None


def test_too_few_controls_for_a_rate_are_counted(season):
    found = evaluate_onset(season, dataclasses.replace(FAST, false_alarm_rate=0.01))
    assert found.estimate("lead_time").value is None
    assert found.estimate("false_alarms_at_rate").value == 0.0
    note = "No alarm keeps false alarms at 1 %: that needs at least 99 controls to fit a threshold"
    assert any(one.startswith(note) and one.endswith("there are 33.") for one in found.notes)


def test_what_to_read_with_care_is_noted(seen):
    rows = np.random.default_rng(0).random((6, 4)).tolist()
    one = seen(rows, [2.0, 3.0, 9.0, None, None, None])
    torn = dataclasses.replace(one, positive=one.positive ^ (np.arange(4) == 0))
    settings = dataclasses.replace(FAST, rule=OnsetRule("change-point"))
    notes = " ".join(evaluate_onset(torn, settings).notes)
    assert "1 onset lies beyond the last day seen (4)" in notes
    assert "6 of 24 labels of imaged days say something else" in notes
    assert "Decoded onsets are read from all days seen" in notes
