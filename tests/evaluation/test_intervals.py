import numpy as np

from fieldmark.evaluation.estimates import clopper_pearson
from fieldmark.evaluation.intervals import lowered_by_noise, resampled_interval
from fieldmark.evaluation.resampling import units_of

SAME = np.full(50, 1.0)


def test_draws_that_differ_give_the_bootstrap_interval():
    draws = np.linspace(0.4, 0.6, 100)
    groups = units_of(["x", "x", "y", "z"], n=4)
    for units, method in (
        (units_of(None, n=4), "bootstrap"),
        (groups, "cluster bootstrap by group (3 groups)"),
    ):
        (low, high), said = resampled_interval(0.5, draws, units, level=0.95, trials=None)
        assert low < 0.5 < high
        assert said == method


def test_a_share_without_variation_gets_the_exact_interval_of_its_part_of_the_units():
    units = units_of(None, n=10)
    interval, said = resampled_interval(1.0, SAME, units, level=0.9, trials=0.8)
    assert interval == clopper_pearson(8, 8, level=0.9)
    assert said == "Clopper-Pearson over 8 items, since no resample differs"


def test_other_numbers_without_variation_get_none():
    units = units_of(["x", "x", "y"], n=3)
    interval, said = resampled_interval(1.0, SAME, units, level=0.95, trials=None)
    assert (interval, said) == (None, "no interval: no variation over 2 groups")


def test_a_value_that_may_be_noise_alone_reaches_down_to_nothing():
    units, noise = units_of(None, n=10_000), np.linspace(0.0, 0.1, 101)
    assert lowered_by_noise((0.04, 0.2), 0.09, noise, units, level=0.95) == (0.0, 0.2)
    low, high = lowered_by_noise((0.4, 0.6), 0.5, noise, units, level=0.95)
    assert (round(low, 3), high) == (0.4, 0.6)
    low, _ = lowered_by_noise((0.45, 0.6), 0.5, noise, units, level=0.95)
    assert round(low, 3) == 0.402
