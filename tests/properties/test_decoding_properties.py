"""What every decoder owes on every input: a path, and the one that the slow formula gives."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.decision.candidate_tree import NodeSums, candidate_tree
from fieldmark.decision.cost_decoders import LeastPoison, LeastTreeDistance
from fieldmark.decision.decoding import decode_all
from fieldmark.decision.expected_costs import TreeCost, poison_cost
from fieldmark.decision.path_decoders import (
    ROLL_UP_KEPT,
    AncestorsOfBestLeaf,
    DeepestAbove,
    GreedyDescent,
    RollUp,
)
from fieldmark.decision.rank_head_paths import joint_paths, rank_wise_heads, rank_wise_sums
from fieldmark.decision.rolled_up import CUSTOMARY
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.rank_heads import RankHeads, joint, rank_heads_of
from fieldmark.predictions.table import Predictions

RANKS = ("order", "family", "genus", "species")


@st.composite
def trees(draw) -> Taxonomy:
    """Trees of 1 to 4 ranks and 1 to 12 leaves: chains, stars, lopsided ones, with gaps."""
    ranks = RANKS[-draw(st.integers(1, 4)) :]
    leaves = draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    width = draw(st.integers(1, 6))
    columns = {ranks[-1]: [f"s{leaf:02}" for leaf in range(leaves)]}
    at = np.arange(leaves)
    for rank in reversed(ranks[:-1]):
        # The minimum of two draws: the first nodes get most of the children.
        parents = rng.integers(width, size=(2, int(at.max()) + 1)).min(axis=0)
        at = parents[at]
        columns[rank] = [f"{rank[0]}{node}" for node in at]
    frame = pl.DataFrame({rank: columns[rank] for rank in ranks})
    if draw(st.booleans()):
        for rank in ranks[:-1]:
            gone = pl.Series(rng.random(leaves) < 0.3)
            frame = frame.with_columns(pl.when(~gone).then(pl.col(rank)).alias(rank))
    return build_taxonomy(frame, ranks, two_parents="qualify")


@st.composite
def scores_of(draw, shape: tuple[int, int], kind: str) -> np.ndarray:
    """Scores with ties, constants, zeros and extremes, in three precisions."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    style = draw(st.sampled_from(["ties", "constant", "spread", "sure"]))
    raw = {
        "ties": lambda: rng.integers(0, 3, size=shape).astype(float),
        "constant": lambda: np.ones(shape),
        "spread": lambda: rng.normal(scale=4.0, size=shape),
        "sure": lambda: 60.0 * (rng.random(shape) > 0.7),
    }[style]()
    dtype = draw(st.sampled_from([np.float16, np.float32, np.float64]))
    if kind == "probabilities":
        raw = np.abs(raw)
        raw[raw.sum(axis=1) == 0] = 1.0
        raw /= raw.sum(axis=1, keepdims=True)
        return raw.astype(np.float32 if dtype is np.float16 else dtype)
    return raw.astype(dtype)


@st.composite
def tables(draw) -> Predictions:
    """Tables of 1 to 12 items over some or all leaves, in any order; some labels are unknown."""
    tree = draw(trees())
    names = tree.leaves.classes
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    classes = rng.permutation(names)[: draw(st.integers(1, len(names)))]
    n, kind = draw(st.integers(1, 12)), draw(st.sampled_from(["logits", "probabilities"]))
    return Predictions(
        PredictionsHeader(score_kind=kind, contender="probe"),
        pl.DataFrame({"id": [f"i{row}" for row in range(n)], "label": rng.choice(names, n)}),
        LabelSpace(tuple(str(name) for name in classes)),
        draw(scores_of((n, len(classes)), kind)),
        taxonomy=tree,
    )


@st.composite
def heads(draw) -> RankHeads:
    """Heads of every rank, some without a column for every name."""
    tree = draw(trees())
    n, kind = draw(st.integers(1, 8)), draw(st.sampled_from(["logits", "probabilities"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rank_heads_of(
        PredictionsHeader(score_kind=kind, contender="heads"),
        items=pl.DataFrame(
            {"id": [f"i{row}" for row in range(n)], "label": rng.choice(tree.leaves.classes, n)}
        ),
        taxonomy=tree,
        scores={
            rank: draw(scores_of((n, len(names)), kind))
            for rank, names in zip(tree.ranks, tree.nodes, strict=True)
        },
    )


def decoders_for(table: Predictions) -> list:
    poisonous = frozenset(table.taxonomy.leaves.classes[::3])
    return [
        AncestorsOfBestLeaf(),
        GreedyDescent(),
        DeepestAbove(0.5),
        DeepestAbove(0.8),
        RollUp(),
        LeastTreeDistance(),
        LeastPoison(poisonous, 100.0),
    ]


def shares_of(table: Predictions) -> np.ndarray:
    """Probabilities in double precision, from scores that are exact in it."""
    wide = table.scores.astype(np.float64)
    if table.header.score_kind == "logits":
        wide = np.exp(wide - wide.max(axis=1, keepdims=True))
    return wide / wide.sum(axis=1, keepdims=True)


@settings(max_examples=150, deadline=None)
@given(tables())
def test_no_decoder_ever_contradicts_itself(table):
    for paths in decode_all(table, decoders_for(table)):
        parents = [dict(zip(*pair, strict=True)) for pair in _links(table.taxonomy)]
        for nodes in paths.nodes.tolist():
            stop = nodes.index(-1) if -1 in nodes else len(nodes)
            assert all(node == -1 for node in nodes[stop:])
            for rank in range(1, stop):
                assert parents[rank - 1][nodes[rank]] == nodes[rank - 1]
        assert not paths.contradictory.any()


def _links(tree: Taxonomy) -> list[tuple[list[int], list[int]]]:
    columns = tree.paths.T.tolist()
    return list(zip(columns[1:], columns[:-1], strict=True))


@settings(max_examples=80, deadline=None)
@given(heads())
def test_the_joint_path_never_contradicts_itself_and_is_the_best_leaf_of_the_joint_scores(found):
    paths = joint_paths(found)
    assert not paths.contradictory.any()
    by_leaf = decode_all(joint(found), [AncestorsOfBestLeaf()])[0]
    scores = joint(found).scores
    rows = np.arange(paths.n)
    leaf = joint(found).label_space.positions(
        [found.taxonomy.leaves.classes[node] for node in paths.nodes[:, -1]]
    )
    best = scores.max(axis=1)
    assert np.allclose(scores[rows, leaf], best, rtol=1e-5, atol=1e-4)
    assert paths.nodes.shape == by_leaf.nodes.shape


@settings(max_examples=80, deadline=None)
@given(heads())
def test_the_diagnosis_of_heads_says_exactly_which_items_contradict(found):
    diagnosis = rank_wise_heads(found)
    lineages = {tuple(path) for path in found.taxonomy.paths.tolist()}
    torn = [tuple(nodes) not in lineages for nodes in diagnosis.nodes.tolist()]
    assert diagnosis.contradictory.tolist() == torn
    assert diagnosis.is_diagnosis


@settings(max_examples=100, deadline=None)
@given(tables())
def test_no_node_is_less_probable_than_one_below_it(table):
    tree = candidate_tree(table)
    levels = NodeSums(tree)(shares_of(table))
    for parents, upper, lower in zip(tree.parents[1:], levels[:-1], levels[1:], strict=True):
        assert (upper[:, parents] >= lower).all()


@settings(max_examples=100, deadline=None)
@given(tables(), st.floats(0.5, 0.99))
def test_at_most_one_node_of_a_rank_exceeds_the_threshold(table, threshold):
    shares = shares_of(table)
    wholes = shares.sum(axis=1)
    paths = decode_all(table, [DeepestAbove(threshold)])[0]
    levels = NodeSums(candidate_tree(table))(shares)
    for rank, sums in enumerate(levels):
        above = (sums > threshold * wholes[:, None]).sum(axis=1)
        assert (above <= 1).all()
        clear = (np.abs(sums - threshold * wholes[:, None]) > 1e-6).all(axis=1)
        assert ((paths.depth > rank) == (above == 1))[clear].all()


@settings(max_examples=100, deadline=None)
@given(tables())
def test_decoders_give_what_the_slow_formula_gives(table):
    shares, tree = shares_of(table), table.taxonomy
    leaves = tree.leaves.positions(table.label_space.classes)
    leaf, greedy, half, _, rolled, near, poison = decode_all(table, decoders_for(table))
    costs = poison_cost(
        table.label_space.classes,
        [n for n in table.label_space.classes if n in frozenset(tree.leaves.classes[::3])],
        100.0,
    ).expected(shares)
    heights = TreeCost(table.label_space, tree).expected(shares)
    for row, own in enumerate(shares):
        assert own[leaves == leaf.nodes[row, -1]][0] >= own.max() - 1e-9
        sums = [_sums(own, tree.paths[leaves, rank]) for rank in range(len(tree.ranks))]
        _check_greedy(greedy.nodes[row], sums, tree, leaves)
        _check_deepest(half.nodes[row], sums, 0.5)
        kept = np.argsort(-table.scores[row].astype(float), kind="stable")[:ROLL_UP_KEPT]
        of_kept = [_sums(own[kept], tree.paths[leaves[kept], r]) for r in range(len(tree.ranks))]
        _check_deepest(rolled.nodes[row], of_kept, CUSTOMARY)
        chosen = heights[row][leaves == near.nodes[row, -1]][0]
        assert chosen <= heights[row].min() + 1e-9
        assert costs[row][leaves == poison.nodes[row, -1]][0] <= costs[row].min() + 1e-9


def _sums(shares: np.ndarray, above: np.ndarray) -> dict[int, float]:
    found: dict[int, float] = {}
    for share, node in zip(shares.tolist(), above.tolist(), strict=True):
        found[node] = found.get(node, 0.0) + share
    return found


def _check_greedy(nodes, sums, tree, leaves) -> None:
    candidates = tree.paths[leaves]
    for rank, of_rank in enumerate(sums):
        below = np.unique(candidates[(candidates[:, :rank] == nodes[:rank]).all(axis=1), rank])
        assert of_rank[int(nodes[rank])] >= max(of_rank[int(node)] for node in below) - 1e-9


def _check_deepest(nodes, sums, threshold) -> None:
    """The answered node reaches the threshold, and no node of a finer rank clearly does."""
    depth = int((nodes != -1).sum())
    if depth:
        assert sums[depth - 1][int(nodes[depth - 1])] >= threshold - 1e-6
    for of_rank in sums[depth:]:
        assert max(of_rank.values()) <= threshold + 1e-6


@settings(max_examples=60, deadline=None)
@given(tables())
def test_the_threshold_one_half_is_the_least_expected_edge_distance_over_all_nodes(table):
    shares, tree = shares_of(table), table.taxonomy
    leaves = tree.leaves.positions(table.label_space.classes)
    paths = decode_all(table, [DeepestAbove(0.5)])[0]
    ranks = len(tree.ranks)
    lineages = sorted({tuple(path[:d]) for path in tree.paths.tolist() for d in range(ranks + 1)})
    for row, own in enumerate(shares):
        expected = {
            lineage: sum(
                share * (len(lineage) + ranks - 2 * _shared(lineage, tree.paths[leaf]))
                for share, leaf in zip(own, leaves, strict=True)
            )
            for lineage in lineages
        }
        answer = tuple(node for node in paths.nodes[row].tolist() if node != -1)
        assert expected[answer] <= min(expected.values()) + 1e-6


def _shared(lineage, path) -> int:
    return sum(one == other for one, other in zip(lineage, path, strict=False))


@settings(max_examples=60, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_one_item_gets_the_answer_that_it_gets_among_others(table, random):
    row = random.randrange(table.n)
    alone = Predictions(
        table.header,
        table.items[row : row + 1],
        table.label_space,
        table.scores[row : row + 1].copy(),
        taxonomy=table.taxonomy,
    )
    among = decode_all(table, decoders_for(table))
    single = decode_all(alone, decoders_for(table))
    for one, other in zip(among, single, strict=True):
        assert one.nodes[row].tolist() == other.nodes[0].tolist()


@settings(max_examples=60, deadline=None)
@given(tables())
def test_the_diagnosis_of_sums_takes_the_best_of_each_rank(table):
    found = rank_wise_sums(table)
    levels = NodeSums(candidate_tree(table))(shares_of(table))
    tree = candidate_tree(table)
    for rank, sums in enumerate(levels):
        node = found.nodes[:, rank]
        column = np.array([np.flatnonzero(tree.nodes[rank] == one)[0] for one in node])
        assert (sums[np.arange(found.n), column] >= sums.max(axis=1) - 1e-6).all()
