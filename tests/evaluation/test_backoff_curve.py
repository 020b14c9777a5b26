import json

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.backoff_curve import backoff_curve, chains
from fieldmark.evaluation.evaluate import judge


@pytest.fixture
def leaning(make, tree):
    """Return a maker of predictions that lean towards their labels, over the leaves a to d."""

    def made(n: int, **fields):
        rng = np.random.default_rng(n)
        truth = rng.integers(4, size=n)
        scores = rng.normal(size=(n, 4)) + np.eye(4)[truth]
        labels = [chr(ord("a") + code) for code in truth]
        return make(scores, labels, kind="logits", taxonomy=tree, **fields)

    return made


def slowly(table, threshold: float):
    """Return coverage, accuracy, mean depth, precision and recall, one item at a time."""
    judged = judge(table)
    levels = (*judged.path.ranks, judged.leaf)
    depths, right_nodes, rights = [], 0, 0
    for row in range(table.n):
        depth = 0
        for rank, level in enumerate(levels, start=1):
            if level.confidence[row] >= threshold - 1e-12:
                depth = rank
        depths.append(depth)
        right_nodes += sum(bool(level.right[row]) for level in levels[:depth])
        rights += depth > 0 and bool(levels[depth - 1].right[row])
    answered = sum(depth > 0 for depth in depths)
    nodes = sum(depths)
    return (
        answered / table.n,
        rights / answered,
        nodes / table.n,
        right_nodes / nodes,
        right_nodes / (table.n * len(levels)),
    )


def test_every_point_as_one_item_at_a_time(leaning) -> None:
    table = leaning(40)
    for point in backoff_curve(table, points=9).points:
        found = (point.coverage, point.accuracy, point.mean_depth, point.precision, point.recall)
        assert found == pytest.approx(slowly(table, point.threshold))
        assert point.low <= point.accuracy <= point.high
        assert sum(point.shares) == pytest.approx(point.coverage)


def test_the_curve_starts_at_the_leaves_and_only_goes_up(leaning) -> None:
    table = leaning(200)
    points = backoff_curve(table).points
    assert points[0].threshold == 0.0
    assert points[0].accuracy == pytest.approx(judge(table).leaf.right.mean())
    assert points[0].shares[-1] == 1.0
    for values in (
        [point.coverage for point in points],
        [point.mean_depth for point in points],
        [point.coverage * (1 - point.accuracy) for point in points],
    ):
        assert (np.diff(values) <= 1e-12).all()
    assert (np.diff([point.threshold for point in points]) > 0).all()


def test_chains_never_rise(leaning) -> None:
    judged = judge(leaning(100))
    probability, right = chains((*judged.path.ranks, judged.leaf))
    assert (np.diff(probability, axis=1) <= 0).all()
    assert (np.diff(right.astype(int), axis=1) <= 0).all()


def test_groups_are_drawn_whole(leaning) -> None:
    groups = [f"g{row // 20}" for row in range(200)]
    curve = backoff_curve(leaning(200, groups=groups), points=5, resamples=200)
    assert curve.method == "cluster bootstrap by group (10 groups)"
    assert all(point.low <= point.accuracy <= point.high for point in curve.points)
    json.dumps(curve.to_dict(), allow_nan=False)
    assert curve.to_dict()["ranks"] == ["family", "genus", "species"]


def test_one_item_has_a_curve(leaning) -> None:
    curve = backoff_curve(leaning(1))
    assert curve.points[0].coverage == 1.0


def test_what_cannot_back_off_is_refused(make, leaning, tree) -> None:
    with pytest.raises(PredictionsError, match="a taxonomy to back off in; 'probe' has none"):
        backoff_curve(make([[1.0, 0.0]], ["a"]))
    with pytest.raises(PredictionsError, match="Expected at least 1 threshold; got 0"):
        backoff_curve(leaning(5), points=0)
    similar = make([[1.0, 0.0]], ["a"], kind="similarities", taxonomy=tree)
    with pytest.raises(PredictionsError, match="similarities cannot be summed"):
        backoff_curve(similar)
