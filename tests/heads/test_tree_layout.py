"""Where nodes stand, against loops over leaves."""

import json

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import TaxonomyError
from fieldmark.heads.tree_layout import TreeLayout, layout_from_dict, layout_of
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy

RANKS = ("family", "genus", "species")
ROWS = [("F", "K", "a"), ("G", "L", "b"), ("F", "M", "c"), ("F", "K", "d")]
TAXONOMY = build_taxonomy(pl.DataFrame(ROWS, schema=RANKS, orient="row"), RANKS)


def test_sizes_offsets_nodes_and_parents_are_those_of_the_names() -> None:
    layout = layout_of(TAXONOMY)
    names = [name for of_rank in TAXONOMY.nodes for name in of_rank]
    assert layout.sizes == (2, 3, 4)
    assert layout.offsets == (0, 2, 5, 9)
    assert layout.n_nodes == len(names) == 9
    for leaf, path in zip("abcd", layout.nodes, strict=True):
        assert tuple(names[node] for node in path) == TAXONOMY.path_of(leaf)
        above = [0, *(path[:-1] + 1)]
        assert layout.parents[path].tolist() == above


def test_leaves_below_and_siblings_stand_together() -> None:
    layout = layout_of(TAXONOMY)
    below = layout.leaves_below("genus")
    assert [part.tolist() for part in np.split(below.order, below.starts[1:])] == [[0, 3], [1], [2]]
    siblings = np.split(layout.siblings.order, layout.siblings.starts[1:])
    assert [part.tolist() for part in siblings] == [[0, 1], [2, 4], [3], [5, 8], [6], [7]]
    with pytest.raises(ValueError, match="not in tuple"):
        layout.leaves_below("order")


def test_json_holds_the_layout() -> None:
    layout = layout_of(TAXONOMY)
    again = layout_from_dict(json.loads(json.dumps(layout.to_dict())))
    assert again.ranks == RANKS
    assert np.array_equal(again.paths, layout.paths)
    assert not again.paths.flags.writeable


def test_classes_that_are_not_the_leaves_are_refused() -> None:
    assert layout_of(TAXONOMY, LabelSpace(tuple("abcd"))).n_leaves == 4
    with pytest.raises(TaxonomyError, match=r"they differ in 'd'\. Restrict the taxonomy"):
        layout_of(TAXONOMY, LabelSpace(tuple("abc")))
    with pytest.raises(TaxonomyError, match="got 4 classes, and their order differs"):
        layout_of(TAXONOMY, LabelSpace(tuple("badc")))


def test_paths_that_are_no_tree_are_refused() -> None:
    with pytest.raises(TaxonomyError, match=r"got float64 of shape \(2, 2\)"):
        TreeLayout(("genus", "species"), np.zeros((2, 2)))  # type: ignore[arg-type]
    with pytest.raises(TaxonomyError, match="end of its own path"):
        TreeLayout(("genus", "species"), np.array([[0, 1], [0, 0]]))
    with pytest.raises(TaxonomyError, match="shape"):
        TreeLayout(("species",), np.array([[0, 0], [0, 1]]))
    with pytest.raises(TaxonomyError, match="'node 0' stands under two names of rank 'family'"):
        TreeLayout(RANKS, np.array([[0, 0, 0], [1, 0, 1]]))
    with pytest.raises(TaxonomyError, match="ranks and paths; paths is missing"):
        layout_from_dict({"ranks": ["species"]})
