import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.estimates import clopper_pearson, wilson
from fieldmark.evaluation.per_class import per_class


def test_every_class_is_there_in_class_order_and_unknown_labels_last(make):
    table = make([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.9, 0.1, 0.0]], ["a", "a", "z"])
    a, b, c, z = per_class(table)
    assert [one.name for one in (a, b, c, z)] == ["a", "b", "c", "z"]
    assert [(one.n, one.answered, one.right) for one in (a, b, c, z)] == [
        (2, 2, 1), (0, 1, 0), (0, 0, 0), (1, 0, 0),
    ]  # fmt: skip
    assert (a.recall.value, a.precision.value, a.f1.value) == (0.5, 0.5, 0.5)
    assert (b.recall.value, b.precision.value, b.f1.value) == (None, 0.0, 0.0)
    assert (c.recall.value, c.precision.value, c.f1.value) == (None, None, None)
    assert c.f1.method == "nothing to divide"
    assert (z.recall.value, z.f1.value) == (0.0, 0.0)


def test_independent_items_have_wilsons_interval(make):
    table = make([[0.7, 0.3]] * 6 + [[0.2, 0.8]] * 4, ["a"] * 4 + ["b"] * 2 + ["a"] + ["b"] * 3)
    a, _ = per_class(table)
    assert (a.recall.low, a.recall.high) == wilson(4, 5)
    assert (a.precision.low, a.precision.high) == wilson(4, 6)
    low, high = wilson(4, 7)
    assert (a.f1.low, a.f1.high) == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))
    assert a.f1.value == pytest.approx(8 / 11)
    assert (a.recall.n, a.precision.n, a.f1.n) == (5, 6, 7)
    assert a.recall.denominator == "the 5 items of the class"


def test_groups_are_resampled_whole(make):
    rng = np.random.default_rng(0)
    hard = np.repeat(rng.random(30) < 0.4, 8)
    scores = np.where(hard[:, None], [[0.3, 0.7]], [[0.7, 0.3]])
    groups = [f"{row // 8}" for row in range(240)]
    labels = ["a"] * 200 + ["b"] * 40
    a, b = per_class(make(scores, labels, groups=groups), resamples=200)
    alone, _ = per_class(make(scores, labels))
    assert a.recall.value == alone.recall.value
    assert a.recall.high - a.recall.low > 2 * (alone.recall.high - alone.recall.low)
    assert a.recall.method == "cluster bootstrap by group, 200 resamples, seed 0"
    assert 0 <= b.f1.low <= b.f1.value <= b.f1.high <= 1


def test_a_class_all_right_is_bounded_by_its_groups(make):
    table = make(
        [[0.9, 0.1]] * 6 + [[0.1, 0.9]] * 2, ["a"] * 6 + ["b"] * 2, groups=list("xxyyzzxy")
    )
    a, _ = per_class(table, resamples=50)
    assert (a.recall.low, a.recall.high) == clopper_pearson(3, 3)
    assert a.recall.method == "Clopper-Pearson over 3 groups"


def test_settings_out_of_range_are_refused(make):
    table = make([[0.9, 0.1]] * 2, ["a", "b"], groups=["x", "x"])
    with pytest.raises(PredictionsError, match="level between 0 and 1"):
        per_class(make([[0.9, 0.1]], ["a"]), level=0)
    with pytest.raises(PredictionsError, match="at least 1 resample"):
        per_class(table, resamples=0)
