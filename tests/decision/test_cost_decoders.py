import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.cost_decoders import LeastPoison, LeastTreeDistance
from fieldmark.decision.decoding import decode_paths

NAMES = tuple(f"s{i:02}" for i in range(12))


def spread(table, tree, shares):
    row = np.zeros((1, 12))
    for leaf, share in shares.items():
        row[0, leaf] = share
    return table(row, ["s00"], classes=NAMES, taxonomy=tree)


def test_the_least_tree_distance_prefers_a_leaf_among_likely_relatives(table, tree):
    one = spread(table, tree, {0: 0.30, 6: 0.25, 7: 0.24, 8: 0.21})
    assert decode_paths(one, LeastTreeDistance()).nodes[0].tolist() == [1, 2, 6]
    assert LeastTreeDistance().settings == {"cost": "tree-distance"}


def test_a_little_danger_outweighs_the_best_leaf(table, tree):
    one = spread(table, tree, {0: 0.90, 6: 0.06, 7: 0.04})
    assert decode_paths(one, LeastPoison({"s07"}, 1.5)).nodes[0].tolist() == [0, 0, 0]
    assert decode_paths(one, LeastPoison({"s07"}, 100)).nodes[0].tolist() == [1, 2, 7]
    assert decode_paths(one, LeastPoison({"s07", "s06"}, 100)).nodes[0].tolist() == [1, 2, 6]


def test_a_poisonous_leaf_may_be_no_class(table, tree):
    some = table([[0.6, 0.4]], ["s00"], classes=("s00", "s06"), taxonomy=tree)
    assert decode_paths(some, LeastPoison({"s07"}, 100)).nodes[0].tolist() == [0, 0, 0]


def test_refusals(table, tree):
    with pytest.raises(DecisionError, match="at least one poisonous class to weigh; got none"):
        LeastPoison(frozenset())
    with pytest.raises(DecisionError, match="the poison to cost more than another mistake"):
        LeastPoison({"s07"}, 1.0)
    with pytest.raises(DecisionError, match="as poisonous classes; 's77' is none; did you mean"):
        decode_paths(spread(table, tree, {0: 1.0}), LeastPoison({"s77"}))


def test_the_settings_are_written_in_full():
    assert LeastPoison({"b", "a"}, 50).settings == {
        "cost": "poison",
        "poisonous": ["a", "b"],
        "poison_cost": 50,
    }
