import numpy as np
import pytest

from fieldmark.evaluation.measuring import Resampling
from fieldmark.evaluation.onset_quantities import estimates_of, mean, ratio, share
from fieldmark.evaluation.resampling import units_of


def estimated(*quantities, units, **fields):
    how = Resampling(units=units, split="test", resamples=200, **fields)
    return estimates_of(quantities, how, contenders=["probe"] * len(quantities))


def test_a_share_of_independent_specimens_is_wilson():
    units = units_of(None, n=4)
    found = estimated(
        share("onset_undetected", [True, False, True, True], among=[1, 1, 1, 0], units=units),
        units=units,
    )[0]
    assert (found.value, found.n, found.method) == (pytest.approx(2 / 3), 3, "Wilson")
    assert found.denominator == "3 specimens with an onset within the observed time"
    assert (found.contender, found.classes) == ("probe", 2)


def test_a_share_of_grouped_specimens_is_resampled_by_group():
    units = units_of(["a", "a", "b", "b"], n=4)
    quantity = share("onset_undetected", [1, 1, 1, 0], among=[1] * 4, units=units, note="as fitted")
    found = estimated(quantity, units=units)[0]
    words = "cluster bootstrap by group (2 groups), 200 resamples, seed 0; as fitted"
    assert found.method == words
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_share_without_variation_between_groups_is_exact_over_groups():
    units = units_of(["a", "a", "b"], n=3)
    found = estimated(share("onset_undetected", [0] * 3, among=[1] * 3, units=units), units=units)[
        0
    ]
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(0.8419, abs=1e-4)
    assert found.method == "Clopper-Pearson over 2 groups, since no resample differs"


def test_groups_without_anybody_counted_are_no_trials():
    units = units_of(["a", "a", "b"], n=3)
    quantity = share("onset_undetected", [0] * 3, among=[1, 1, 0], units=units)
    found = estimated(quantity, units=units)[0]
    assert found.method == "Clopper-Pearson over 1 group, since no resample differs"
    assert found.high == pytest.approx(0.975)


def test_a_mean_leaves_out_what_is_not_counted_even_if_infinite():
    units = units_of(None, n=3)
    found = estimated(
        mean("onset_mae", [1.0, np.inf, 4.0], among=[1, 0, 1], units=units), units=units
    )[0]
    assert (found.value, found.n) == (2.5, 2)
    assert found.method == "bootstrap, 200 resamples, seed 0"


def test_over_nothing_there_is_no_value():
    units = units_of(None, n=2)
    found = estimated(mean("onset_mae", [1.0, 2.0], among=[0, 0], units=units), units=units)[0]
    assert (found.value, found.low, found.method) == (None, None, "no such item")


def test_a_number_without_variation_has_no_interval():
    units = units_of(None, n=2)
    found = estimated(mean("onset_mae", [2.0, 2.0], among=[1, 1], units=units), units=units)[0]
    assert (found.value, found.low) == (2.0, None)
    assert found.method == "no interval: no variation over 2 items"


def test_a_ratio_of_sums_is_no_mean_of_ratios():
    units = units_of(None, n=2)
    found = estimated(ratio("state_f1", [2, 0], [2, 6], units=units), units=units)[0]
    assert (found.value, found.n) == (0.25, 8)


def test_nothing_to_measure_gives_nothing():
    assert estimates_of((), Resampling(units=units_of(None, n=1), split="x"), contenders=()) == ()
