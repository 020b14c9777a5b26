import numpy as np
import pytest

from fieldmark.evaluation.measuring import Resampling
from fieldmark.evaluation.onset_decoding import decode_onsets
from fieldmark.evaluation.onset_prior import specimen_units
from fieldmark.evaluation.onset_quantities import estimates_of
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.evaluation.onset_states import day_quantities, state_quantities

ROWS = [[0.1, 0.6, None], [0.5, None, 0.2], [0.3, 0.2, 0.4]]
ONSETS = [2.0, None, 3.0]


def values(trajectories, quantities):
    how = Resampling(units=specimen_units(trajectories), split="test", resamples=20)
    found = estimates_of(quantities, how, contenders=["probe"] * len(quantities))
    return {one.metric: one for one in found}


def states(trajectories):
    units = specimen_units(trajectories)
    return values(trajectories, state_quantities(trajectories, trajectories.probability, units))


def test_states_are_judged_on_imaged_days_alone(seen):
    found = states(seen(ROWS, ONSETS))
    assert found["state_accuracy"].value == pytest.approx(5 / 7)
    assert found["state_accuracy"].n == 7
    assert found["state_f1"].value == pytest.approx(2 * 1 / (2 + 2))
    assert found["state_auroc_pooled"].value == pytest.approx(9 / 10)
    assert found["state_auroc_pooled"].denominator.startswith("10 pairs of a positive")


def test_days_and_folds_with_one_state_are_no_term(seen):
    found = states(seen(ROWS, ONSETS, folds=("f", "g", "f")))
    days = found["state_auroc_mean_of_days"]
    assert (days.value, days.denominator) == (1.0, "2 of 3 days with both states")
    folds = found["state_auroc_mean_of_folds"]
    assert (folds.value, folds.denominator) == (1.0, "1 of 2 folds with both states")


def test_without_folds_there_is_no_mean_of_folds(seen):
    assert "state_auroc_mean_of_folds" not in states(seen(ROWS, ONSETS))


def test_a_day_is_judged_among_those_imaged_on_it(seen):
    trajectories = seen(ROWS, ONSETS, folds=("f", "f", "f"))
    decoded = decode_onsets(trajectories, OnsetRule())
    units = specimen_units(trajectories)
    found = values(trajectories, day_quantities(trajectories, 1, decoded=decoded, units=units))
    assert (found["day_accuracy"].value, found["day_accuracy"].n) == (1.0, 2)
    assert found["day_f1"].value == 1.0
    assert found["day_auroc_pooled"].value == found["day_auroc_mean_of_folds"].value == 1.0
    assert (found["known_by_day"].value, found["known_by_day"].n) == (1.0, 1)
    assert found["falsely_known_by_day"].value == 1.0


def test_before_any_onset_nothing_can_be_known(seen):
    trajectories = seen(ROWS, ONSETS)
    decoded = decode_onsets(trajectories, OnsetRule())
    units = specimen_units(trajectories)
    found = values(trajectories, day_quantities(trajectories, 0, decoded=decoded, units=units))
    assert found["known_by_day"].value is None
    assert found["day_auroc_pooled"].value is None


def test_a_probability_of_a_half_is_positive(seen):
    trajectories = seen([[0.5], [0.5]], [1.0, None])
    found = states(trajectories)
    assert found["state_accuracy"].value == 0.5
    assert np.isclose(found["state_f1"].value, 2 / 3)
