import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.expected_costs import TreeCost, matrix_cost, poison_cost
from fieldmark.manifest.labels import LabelSpace


@pytest.fixture
def shares():
    found = np.random.default_rng(0).random((20, 12))
    return found / found.sum(axis=1, keepdims=True)


def test_tree_distance_equals_a_matrix_of_lowest_common_ancestors(tree, shares):
    space = LabelSpace(tuple(f"s{i:02}" for i in reversed(range(12))))
    cost = TreeCost(space, tree)
    heights = np.zeros((12, 12))
    for row, truth in enumerate(space.classes):
        for column, answer in enumerate(space.classes):
            mine, theirs = tree.path_of(truth), tree.path_of(answer)
            heights[row, column] = sum(a != b for a, b in zip(mine, theirs, strict=True))
    assert cost.expected(shares) == pytest.approx(shares @ heights)
    truth, answer = np.meshgrid(np.arange(12), np.arange(12), indexing="ij")
    labels = [space.classes[one] for one in truth.ravel()]
    assert cost.realised(labels, answer.ravel()) == pytest.approx(heights.ravel())
    assert cost.decisions == space.classes


def test_poison_equals_its_matrix(shares):
    names = [f"s{i:02}" for i in range(12)]
    cost = poison_cost(names, ["s01", "s07"], 100)
    matrix = 1.0 - np.eye(12)
    edible = [i for i in range(12) if i not in (1, 7)]
    matrix[np.ix_([1, 7], edible)] = 100
    assert cost.expected(shares) == pytest.approx(shares @ matrix)
    labels = ["s01", "s01", "s00", "s00", "s07", "stranger"]
    assert cost.realised(labels, np.array([0, 1, 0, 1, 1, 3])).tolist() == [100, 0, 0, 1, 1, 1]
    assert cost.decisions == tuple(names)


def test_a_small_suspicion_of_poison_is_enough():
    cost = poison_cost(["edible", "deadly"], ["deadly"], 100)
    assert cost.expected(np.array([[0.98, 0.02]])).argmin() == 1
    assert cost.expected(np.array([[0.995, 0.005]])).argmin() == 0


def test_a_written_matrix():
    cost = matrix_cost(
        ["clean", "pit"], {"pit": {"pass": 50, "review": 1}, "clean": {"pass": 0, "review": 1}}
    )
    assert cost.decisions == ("pass", "review")
    assert cost.matrix.tolist() == [[0, 1], [50, 1]]
    assert cost.realised(["pit", "clean"], np.array([0, 1])).tolist() == [50, 1]
    partly = matrix_cost(["a", "b", "c"], {"a": {"b": 9, "a": 0, "c": 2}}, wrong=1)
    assert partly.matrix.tolist() == [[9, 0, 2], [0, 1, 1], [1, 1, 0]]


def test_refusals():
    with pytest.raises(DecisionError, match="'deadli' is none; did you mean 'deadly'"):
        poison_cost(["edible", "deadly"], ["deadli"], 100)
    with pytest.raises(DecisionError, match="Expected a row of costs for classes; 1 are none: 'd'"):
        matrix_cost(["a"], {"d": {"a": 1}})
    with pytest.raises(DecisionError, match="cost of deciding 'pass' when the truth is 'b'"):
        matrix_cost(["a", "b"], {"a": {"pass": 1}})
    with pytest.raises(DecisionError, match="a cost for every label; 1 have none: 'z'"):
        matrix_cost(["a"], {"a": {"pass": 1}}).realised(["a", "z"], np.array([0, 0]))
