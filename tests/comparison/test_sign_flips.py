import itertools

import numpy as np
import pytest

from fieldmark.comparison.mcnemar import mcnemar_exact, mcnemar_interval
from fieldmark.comparison.sign_flips import paired_difference
from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.estimates import clopper_pearson


def test_sign_flips_of_few_units_are_enumerated():
    differences = np.array([3.0, 1.0, 2.0, -1.0, 4.0, 2.0]) / 10
    sums = [np.dot(signs, differences) for signs in itertools.product([-1, 1], repeat=6)]
    one_sided = np.mean(np.array(sums) >= differences.sum() - 1e-12)
    found = paired_difference(differences, np.zeros(6), None)
    assert found.p_value == pytest.approx(2 * one_sided)
    assert found.difference == pytest.approx(differences.mean())


def test_without_groups_single_seeds_agree_with_mcnemar():
    a = np.array([1] * 9 + [0] * 3)
    b = np.array([0] * 9 + [1] * 3)
    assert paired_difference(a, b, None).p_value == pytest.approx(mcnemar_exact(9, 3))


def test_many_units_approach_mcnemar():
    a = np.array([1] * 40 + [0] * 22 + [1] * 300)
    b = np.array([0] * 40 + [1] * 22 + [1] * 300)
    found = paired_difference(a, b, None, resamples=20_000)
    assert found.p_value == pytest.approx(mcnemar_exact(40, 22), abs=0.01)
    assert (found.low, found.high) == pytest.approx(mcnemar_interval(40, 22, 362), abs=0.006)


def test_fewer_than_six_groups_can_decide_nothing():
    found = paired_difference(np.ones(50), np.zeros(50), [f"{i // 10}" for i in range(50)])
    assert found.p_value == pytest.approx(2 / 2**5)
    assert (found.low, found.high) == (-1.0, 1.0)
    assert found.test == "sign flips over 5 groups"


def test_no_difference_anywhere_is_bounded_by_the_number_of_units():
    found = paired_difference(np.ones(40), np.ones(40), None)
    assert (found.difference, found.p_value, found.standard_error) == (0.0, 1.0, 0.0)
    assert found.high == -found.low == clopper_pearson(0, 40)[1]


def test_groups_widen_the_interval_when_their_items_agree():
    rng = np.random.default_rng(0)
    differences = np.repeat(rng.choice([-1.0, 0.0, 1.0], size=40), 10)
    groups = [f"{i // 10}" for i in range(400)]
    alone = paired_difference(differences, np.zeros(400), None)
    grouped = paired_difference(differences, np.zeros(400), groups)
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)
    assert grouped.difference == alone.difference
    assert grouped.standard_error == pytest.approx(alone.standard_error * 10**0.5)


def test_the_seed_decides_the_flips():
    rng = np.random.default_rng(0)
    a, b = rng.integers(2, size=(2, 90))
    assert paired_difference(a, b, None, seed=1) == paired_difference(a, b, None, seed=1)
    assert paired_difference(a, b, None, seed=1) != paired_difference(a, b, None, seed=2)


def test_real_valued_differences_use_every_unit(monkeypatch):
    monkeypatch.setattr("fieldmark.comparison.sign_flips.CHUNK_ENTRIES", 1000)
    values = np.random.default_rng(0).normal(0.3, 1, size=200) / 10
    found = paired_difference(values, np.zeros(200), None)
    half = 1.96 * values.std() / 200**0.5
    assert (found.low, found.high) == pytest.approx(
        (values.mean() - half, values.mean() + half), abs=0.15 * half
    )


def test_nothing_to_compare_is_refused():
    with pytest.raises(PredictionsError, match="at least one item"):
        paired_difference([], [], None)


@pytest.mark.parametrize("level", [0.0, 1.5])
def test_the_level_of_sign_flips_is_a_coverage(level):
    with pytest.raises(PredictionsError, match="level between 0 and 1"):
        paired_difference([1], [0], None, level=level)


def test_both_orders_draw_the_same_and_mirror_each_other() -> None:
    generator = np.random.default_rng(3)
    a, b = (generator.integers(0, 4, size=40) / 3 for _ in range(2))
    there = paired_difference(a, b, None, resamples=200)
    back = paired_difference(b, a, None, resamples=200)
    assert there.difference != 0
    assert back.p_value == there.p_value
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))


def test_without_a_limit_few_units_bound_nothing_and_many_bound_a_number():
    few = paired_difference([3.0, 4.0], [1.0, 1.0], None, limit=np.inf)
    assert (few.low, few.high) == (-np.inf, np.inf)
    values = np.random.default_rng(0).normal(30, 9, size=200)
    many = paired_difference(values, values - 5, None, limit=np.inf)
    assert many.low == pytest.approx(5)
    same = paired_difference(values, values, None, limit=np.inf)
    assert same.high == pytest.approx(np.ptp(values) * clopper_pearson(0, 200)[1])


def test_binary_and_real_valued_draws_agree():
    a, b = np.random.default_rng(0).integers(2, size=(2, 300)).astype(float)
    noise = np.random.default_rng(1).normal(scale=1e-6, size=300)
    by_kind, by_byte = (paired_difference(x, b, None, resamples=20_000) for x in (a, a + noise))
    assert by_byte.p_value == pytest.approx(by_kind.p_value, abs=0.02)
    assert (by_byte.low, by_byte.high) == pytest.approx((by_kind.low, by_kind.high), abs=0.004)
