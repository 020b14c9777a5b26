import numpy as np

from fieldmark.evaluation.onset_baselines import (
    best_constant_day,
    median_onset,
    trivial_contestants,
)
from fieldmark.evaluation.onset_prior import prevalence_of
from fieldmark.evaluation.onset_rules import OnsetRule

ROWS = [[0.5] * 4] * 6
ONSETS = [1.0, 1.0, 4.0, None, None, None]
CONTROL = (False,) * 3 + (True,) * 3
GROUPS = ("a", "b", "c", "a", "b", "c")
ALL = np.ones(6, bool)


def contestants(trajectories, rule=None, **options):
    found = trivial_contestants(
        trajectories,
        rule or OnsetRule(threshold=0.6),
        prevalence=prevalence_of(trajectories, **options),
        **options,
    )
    return {one.name.split(" of ")[0]: one for one in found}


def test_constants_are_the_best_day_and_the_median(seen):
    trajectories = seen(ROWS, [1.0, 2.0, 3.5, 4.0, None, None])
    assert best_constant_day(trajectories, ALL) == 2.0
    assert median_onset(trajectories, ALL) == 2.75


def test_without_an_onset_the_constant_is_never(seen):
    trajectories = seen(ROWS, ONSETS)
    controls = ~trajectories.begins
    assert best_constant_day(trajectories, controls) == np.inf
    assert median_onset(trajectories, controls) == np.inf


def test_every_group_hears_what_the_others_say(seen):
    found = contestants(seen(ROWS, ONSETS, control=CONTROL, groups=GROUPS))
    assert list(found) == ["constant day", "median onset", "day only", "treatment and day"]
    assert found["median onset"].decoded.tolist() == [2.5, 2.5, 1.0] * 2
    assert found["day only"].decoded.tolist() == [np.inf] * 6
    assert found["treatment and day"].decoded[3:].tolist() == [np.inf] * 3
    assert found["treatment and day"].decoded[2] == 1.0


def test_a_part_to_fit_on_is_named(seen):
    fit_on = seen(ROWS, [2.0] * 3 + [None] * 3, control=CONTROL, split="calibration")
    one = seen(ROWS, ONSETS, control=CONTROL)
    found = trivial_contestants(
        one, OnsetRule(), prevalence=prevalence_of(one, fit_on=fit_on), fit_on=fit_on
    )
    assert [one.name for one in found] == [
        "constant day of 'calibration'",
        "median onset of 'calibration'",
        "day only of 'calibration'",
        "treatment and day of 'calibration'",
    ]
    assert found[0].decoded.tolist() == [2.0] * 6
    assert found[3].fitted_evidence[0].tolist() == [0, 1, 1, 1]


def test_without_stated_controls_treatment_is_not_known(seen):
    assert "treatment and day" not in contestants(seen(ROWS, ONSETS))
