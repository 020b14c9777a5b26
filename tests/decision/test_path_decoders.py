import itertools

import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.decoding import decode_paths
from fieldmark.decision.path_decoders import (
    AncestorsOfBestLeaf,
    DeepestAbove,
    GreedyDescent,
    RollUp,
)

NAMES = tuple(f"s{i:02}" for i in range(12))


def spread(table, tree, shares, **fields):
    """One row with shares of some leaves; the rest gets nothing."""
    row = np.zeros((1, 12))
    for leaf, share in shares.items():
        row[0, leaf] = share
    return table(row, ["s00"], classes=NAMES, taxonomy=tree, **fields)


def nodes(decoder, predictions):
    return decode_paths(predictions, decoder).nodes[0].tolist()


def test_the_best_leaf_and_the_best_genus_part_ways(table, tree):
    """0.30 for s00 alone in its genus, 0.25 + 0.25 in another, 0.20 in the other family."""
    one = spread(table, tree, {0: 0.30, 3: 0.25, 4: 0.25, 6: 0.20})
    assert nodes(AncestorsOfBestLeaf(), one) == [0, 0, 0]
    assert nodes(GreedyDescent(), one) == [0, 1, 3]


def test_the_deepest_node_above_the_threshold(table, tree):
    one = spread(table, tree, {0: 0.30, 1: 0.25, 3: 0.25, 6: 0.20})
    assert nodes(DeepestAbove(0.5), one) == [0, 0, -1]
    assert nodes(DeepestAbove(0.6), one) == [0, -1, -1]
    assert nodes(DeepestAbove(0.9), one) == [-1, -1, -1]
    assert nodes(DeepestAbove(0.5), spread(table, tree, {0: 0.5, 6: 0.5})) == [-1, -1, -1]


def test_the_deepest_node_need_not_lie_above_the_best_leaf(table, tree):
    one = spread(table, tree, {0: 0.40, 6: 0.35, 7: 0.25})
    assert nodes(AncestorsOfBestLeaf(), one) == [0, 0, 0]
    assert nodes(DeepestAbove(0.5), one) == [1, 2, -1]


@pytest.mark.parametrize("threshold", [0.49, 0.0, 1.0, -1.0, float("nan")])
def test_a_threshold_below_one_half_is_refused(threshold):
    with pytest.raises(DecisionError, match=r"at least 0.5 and below 1; got .* two branches could"):
        DeepestAbove(threshold)


def test_roll_up_counts_the_five_kept_leaves_alone(table, tree):
    even = spread(table, tree, dict.fromkeys(range(6), 1 / 6))
    assert nodes(RollUp(), even) == [0, -1, -1]
    assert nodes(DeepestAbove(0.65), even) == [0, -1, -1]
    thin = spread(table, tree, {0: 0.2, 1: 0.1, 2: 0.1, 3: 0.1, 4: 0.1, 5: 0.08, 6: 0.16, 7: 0.16})
    assert nodes(DeepestAbove(0.65), thin) == [0, -1, -1]
    assert nodes(RollUp(), thin) == [-1, -1, -1]


def test_roll_up_may_reach_its_threshold_exactly(table, tree):
    one = spread(table, tree, {0: 0.65, 6: 0.35})
    assert nodes(RollUp(), one) == [0, 0, 0]
    assert nodes(DeepestAbove(0.65), one) == [-1, -1, -1]
    assert RollUp().settings == {"threshold": 0.65, "kept_leaves": 5}


def test_of_equal_sums_the_first_wins(table, tree):
    even = spread(table, tree, dict.fromkeys(range(12), 1 / 12))
    assert nodes(AncestorsOfBestLeaf(), even) == [0, 0, 0]
    assert nodes(GreedyDescent(), even) == [0, 0, 0]


def test_a_rank_wise_threshold_below_one_half_jumps_branches(table, tree):
    """Why thresholds below 0.5 are refused: a bolder one turns a right answer into a wrong one.

    Rank by rank, the finest best node that reaches t: at 0.40 it is the species s00, at 0.45 the
    genus G2 of the other family. With the truth in G2, raising t mends the answer; with the truth
    s00 it breaks it. So the loss is not monotone in t, which conformal risk control needs.
    """
    one = spread(table, tree, {0: 0.40, 3: 0.08, 6: 0.26, 7: 0.26})

    def rank_wise(t):
        sums = [one.scores[0].reshape(-1, size).sum(axis=1) for size in (6, 3, 1)]
        for rank in (2, 1, 0):
            if sums[rank].max() >= t:
                return rank, int(sums[rank].argmax())
        return None

    assert rank_wise(0.40) == (2, 0)
    assert rank_wise(0.45) == (1, 2)
    lineage_of_label = {2: 0, 1: 0, 0: 0}
    losses = [
        found is not None and lineage_of_label[found[0]] != found[1]
        for found in map(rank_wise, (0.40, 0.45, 0.60))
    ]
    assert losses == [False, True, False]


def test_along_one_chain_the_loss_never_rises_with_the_threshold(fungi):
    many = fungi("c", 300)
    losses = []
    for threshold in (0.5, 0.6, 0.7, 0.8, 0.9, 0.99):
        paths = decode_paths(many, DeepestAbove(threshold))
        losses.append(paths.shared < paths.depth)
    for bolder, safer in itertools.pairwise(losses):
        assert not (safer & ~bolder).any()
