import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.estimates import clopper_pearson, find_estimate, wilson
from fieldmark.evaluation.measuring import Judged, Resampling, Subject, measure
from fieldmark.evaluation.resampling import units_of


def measured(answers, units, *, name="probe", **settings):
    how = Resampling(units=units, split="test", **settings)
    return measure([Subject(name, (Judged(answers),))], how)[0]


def test_a_share_of_independent_items_has_wilsons_interval(answers):
    found = find_estimate(
        measured(answers([0, 1, 2, 0], [0, 1, 0, 0]), units_of(None, n=4)), "accuracy"
    )
    assert (found.low, found.high) == wilson(3, 4)
    assert (found.value, found.n, found.method) == (0.75, 4, "Wilson")
    assert (found.split, found.contender, found.classes) == ("test", "probe", 3)


def test_a_share_in_groups_has_a_cluster_bootstrap_interval(answers):
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=60)
    given = np.where(rng.random(60) < 0.7, truth, 0)
    groups = [f"plant {number // 3}" for number in range(60)]
    found = find_estimate(measured(answers(truth, given), units_of(groups, n=60)), "accuracy")
    assert found.method == "cluster bootstrap by group (20 groups), 2,000 resamples, seed 0"
    assert 0 <= found.low < found.value < found.high <= 1


def test_the_seed_decides_the_draws(answers):
    rng = np.random.default_rng(0)
    made = answers(rng.integers(3, size=40), rng.integers(3, size=40))
    first, again, other = (
        find_estimate(measured(made, units_of(None, n=40), seed=seed), "macro_f1")
        for seed in (1, 1, 2)
    )
    assert first == again
    assert (first.low, first.high) != (other.low, other.high)
    assert "seed 1" in first.method


@pytest.mark.parametrize("metric", ["macro_f1", "balanced_accuracy"])
def test_all_right_is_not_certain(answers, metric):
    made = answers([0, 1, 2] * 10, [0, 1, 2] * 10)
    found = find_estimate(measured(made, units_of(None, n=30)), metric)
    assert (found.low, found.high) == clopper_pearson(30, 30)
    assert found.method == "Clopper-Pearson over 30 items, since no resample differs"


def test_all_right_in_groups_is_bounded_by_the_number_of_groups(answers):
    units = units_of([f"{number // 5}" for number in range(30)], n=30)
    found = find_estimate(measured(answers([0, 1, 2] * 10, [0, 1, 2] * 10), units), "accuracy")
    assert (found.low, found.high) == clopper_pearson(6, 6)
    assert "over 6 groups" in found.method


def test_one_item_gives_a_wide_interval_and_no_error(answers):
    found = measured(answers([0], [0]), units_of(None, n=1))
    assert find_estimate(found, "accuracy").low == pytest.approx(0.2065, abs=1e-3)
    assert find_estimate(found, "macro_f1").low == pytest.approx(0.025)


def test_several_seeds_are_averaged_and_named(answers):
    truth = [0, 1, 2, 0, 1, 2]
    seeds = tuple(Judged(answers(truth, given)) for given in (truth, [0, 1, 2, 0, 0, 0]))
    how = Resampling(units=units_of(None, n=6), split="test")
    found = find_estimate(measure([Subject("probe", seeds, ("3", "5"))], how)[0], "accuracy")
    assert found.value == pytest.approx((1 + 4 / 6) / 2)
    assert found.seed_values == pytest.approx((1, 4 / 6))
    assert found.method == "bootstrap, 2,000 resamples, seed 0, mean of 2 seeds (3, 5)"


def test_the_mean_of_equal_seeds_has_the_interval_of_one(answers):
    rng = np.random.default_rng(0)
    one = Judged(answers(rng.integers(3, size=40), rng.integers(3, size=40)))
    how = Resampling(units=units_of(None, n=40), split="test")
    single, double = measure([Subject("x", (one,)), Subject("y", (one, one), ("0", "1"))], how)
    first, second = find_estimate(single, "macro_f1"), find_estimate(double, "macro_f1")
    assert (first.value, first.low, first.high) == pytest.approx(
        (second.value, second.low, second.high)
    )


def test_subjects_share_their_draws_whatever_their_number(answers):
    rng = np.random.default_rng(0)
    one = Subject("x", (Judged(answers(rng.integers(3, size=40), rng.integers(3, size=40))),))
    two = Subject("y", (Judged(answers(rng.integers(3, size=40), rng.integers(3, size=40))),))
    how = Resampling(units=units_of(None, n=40), split="test")
    assert measure([one, two], how)[0] == measure([one], how)[0]


def test_the_level_is_kept(answers):
    made = answers([0, 1, 2, 0], [0, 1, 0, 0])
    for found in measured(made, units_of(None, n=4), level=0.8):
        assert found.level == 0.8


def test_settings_out_of_range_are_refused(answers):
    made = answers([0, 1], [0, 0])
    with pytest.raises(PredictionsError, match="at least 1 resample"):
        measured(made, units_of(None, n=2), resamples=0)
