import numpy as np
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.candidate_tree import NodeSums, candidate_tree

SOME = ("s11", "s00", "s01", "s06")


def some(table, tree, scores):
    return table(scores, ["s00"], classes=SOME, taxonomy=tree)


def test_candidates_are_the_nodes_above_some_class(table, tree):
    found = candidate_tree(some(table, tree, [[0.4, 0.3, 0.2, 0.1]]))
    assert [nodes.tolist() for nodes in found.nodes] == [[0, 1], [0, 2, 3], [11, 0, 1, 6]]
    assert [above.tolist() for above in found.above] == [[1, 0, 0, 1], [2, 0, 0, 1], [0, 1, 2, 3]]
    assert [parents.tolist() for parents in found.parents] == [[0, 0], [0, 1, 1], [2, 0, 0, 1]]
    assert [rows.tolist() for rows in found.children] == [[[0, 1]], [[0, 0], [1, 2]], _LEAVES]
    assert found.lineages[1].tolist() == [[0, 0], [1, 2], [1, 3]]
    assert found.paths_of(np.array([0, 2])).tolist() == [[1, 3, 11], [0, 0, 1]]


_LEAVES = [[1, 2], [3, 3], [0, 0]]


def test_shares_are_summed_up_to_every_rank(table, tree):
    predictions = some(table, tree, [[0.4, 0.3, 0.2, 0.1]])
    levels = NodeSums(candidate_tree(predictions))(predictions.scores)
    assert levels[0] == pytest.approx(np.array([[0.5, 0.5]]))
    assert levels[1] == pytest.approx(np.array([[0.5, 0.1, 0.4]]))
    assert levels[2] is predictions.scores


def test_a_flat_tree_has_one_level(table):
    import polars as pl

    from fieldmark.manifest.taxonomy import build_taxonomy

    flat = build_taxonomy(pl.DataFrame({"species": ["a", "b"]}), ("species",))
    predictions = table([[0.4, 0.6]], ["a"], taxonomy=flat)
    tree = candidate_tree(predictions)
    assert len(NodeSums(tree)(predictions.scores)) == 1
    assert [rows.tolist() for rows in tree.children] == [[[0, 1]]]


def test_without_a_taxonomy_there_is_no_path(table):
    with pytest.raises(DecisionError, match="Expected a taxonomy to decode into paths; 'probe'"):
        candidate_tree(table([[0.5, 0.5]], ["a"]))
