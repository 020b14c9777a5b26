"""Trap 23: "early warning" from a model that sees the whole season. By day t, only t is seen."""

import dataclasses

import numpy as np
import pytest

from fieldmark.evaluation.onset_decoding import decode_onsets
from fieldmark.evaluation.onset_evaluation import evaluate_onset
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.evaluation.onset_settings import OnsetSettings
from fieldmark.predictions.trajectories import seen_until
from fieldmark.synthetic.trajectories import Season, draw_season

RULES = [
    OnsetRule(),
    OnsetRule("consecutive", run=2),
    OnsetRule("cusum"),
    OnsetRule("change-point"),
]


@pytest.fixture(scope="module")
def season():
    return draw_season(np.random.default_rng(0), Season(genotypes=8, days=14, auc=0.85))


def spoilt(seen, day):
    """Return the season with the opposite of every probability after a day."""
    later = seen.times > day
    return dataclasses.replace(
        seen, probability=np.where(later, 1 - seen.probability, seen.probability)
    )


@pytest.mark.parametrize("rule", RULES, ids=[rule.kind for rule in RULES])
def test_trap_23_what_is_known_by_a_day_does_not_hear_of_later_days(season, rule) -> None:
    settings = OnsetSettings(rule=rule, resamples=20)
    day = 9
    first, second = (evaluate_onset(one, settings) for one in (season, spoilt(season, day)))
    assert first.days[:day] == second.days[:day]
    assert first.days[day:] != second.days[day:]
    cut = seen_until(season, day)
    assert evaluate_onset(cut, settings) == evaluate_onset(
        seen_until(spoilt(season, day), day), settings
    )


def test_trap_23_a_change_point_over_the_season_does_hear_and_says_so(season) -> None:
    rule = OnsetRule("change-point")
    first, second = (
        decode_onsets(one, rule, season.training_prevalence) for one in (season, spoilt(season, 9))
    )
    assert (first.onset != second.onset).any()
    found = evaluate_onset(season, OnsetSettings(rule=rule, resamples=20))
    assert any("from all days seen" in note for note in found.notes)


def test_trap_23_the_default_rule_is_causal_and_the_day_alone_stands_beside_it(season) -> None:
    found = evaluate_onset(season, OnsetSettings(resamples=20))
    assert found.settings["kind"] == "first-crossing"
    assert found.baseline("day only", "onset_mae") is not None
    assert found.baseline("day only", "state_auroc_pooled").value > 0.6
