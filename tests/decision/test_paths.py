import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import DecisionError, ManifestError
from fieldmark.decision.paths import Paths, parents_at


def made(tree, nodes, labels, **fields):
    items = pl.DataFrame({"id": [f"i{row}" for row in range(len(labels))], "label": labels})
    facts = {"decoder": "greedy", "contender": "probe"} | fields
    return Paths(taxonomy=tree, nodes=np.array(nodes), items=items, **facts)


def test_what_is_right_of_each_path(tree):
    paths = made(
        tree, [[0, 0, 0], [0, 1, -1], [1, 2, 7], [-1, -1, -1]], ["s00", "s04", "s11", "s01"]
    )
    assert paths.n == 4
    assert paths.depth.tolist() == [3, 2, 3, 0]
    assert paths.right.tolist() == [
        [True, True, True],
        [True, True, False],
        [True, False, False],
        [False, False, False],
    ]
    assert paths.shared.tolist() == [3, 2, 1, 0]
    assert not paths.contradictory.any()


def test_the_table_says_where_each_answer_stops(tree):
    table = made(tree, [[0, 1, -1], [-1, -1, -1]], ["s04", "s00"]).table()
    assert table.columns == ["id", "label", "answered_rank", "family", "genus", "species"]
    assert table.rows() == [
        ("i0", "s04", "genus", "F0", "G1", None),
        ("i1", "s00", None, None, None, None),
    ]


def test_a_diagnosis_may_contradict_itself_and_says_where(tree):
    paths = made(tree, [[0, 3, 0], [0, 0, 0]], ["s00", "s00"], is_diagnosis=True)
    assert paths.contradictory.tolist() == [True, False]
    assert paths.table()["contradictory"].to_list() == [True, False]


def test_parents_of_a_rank(tree):
    assert parents_at(tree, 1).tolist() == [0, 0, 1, 1]


def test_what_is_given_stays_as_it_was(tree):
    nodes = np.array([[0, 0, 0]], dtype=np.int32)
    paths = Paths(
        decoder="leaf",
        taxonomy=tree,
        nodes=nodes,
        items=pl.DataFrame({"id": ["a"], "label": ["s00"], "habitat": ["wood"], "group": ["g"]}),
        contender="probe",
    )
    nodes[0, 0] = 1
    assert paths.nodes[0, 0] == 0
    assert paths.items.columns == ["id", "label", "group"]


@pytest.mark.parametrize("nodes", [[[0, 3, 0]], [[-1, 0, 0]], [[0, -1, 0]], [[1, 2, 0]]])
def test_an_answer_that_is_no_path_is_refused(tree, nodes):
    with pytest.raises(DecisionError, match=r"1 item of 1 contradict themselves \(first: 'i0'\)"):
        made(tree, nodes, ["s00"])


def test_refusals(tree):
    with pytest.raises(DecisionError, match=r"a node for each item and rank, \(1, 3\); got \(1, 2"):
        made(tree, [[0, 0]], ["s00"])
    with pytest.raises(DecisionError, match=r"positions of names at each rank, up to \[2, 4, 12\]"):
        made(tree, [[0, 0, 12]], ["s00"])
    with pytest.raises(ManifestError, match="1 of 1 are not: 'oak'"):
        made(tree, [[0, 0, 0]], ["oak"])
