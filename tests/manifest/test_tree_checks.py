import numpy as np
import pytest

from fieldmark.core.errors import ManifestError, TaxonomyError
from fieldmark.manifest.tree_checks import check_names, check_tree

RANKS = ("genus", "species")
NODES = (("A", "B"), ("a", "b", "c"))


def paths(*rows: tuple[int, ...]) -> np.ndarray:
    return np.array(rows, dtype=np.int32)


def test_a_tree_passes() -> None:
    check_names(RANKS, NODES)
    check_tree(RANKS, NODES, paths((0, 0), (0, 1), (1, 2)))


def test_a_single_leaf_is_a_tree() -> None:
    check_names(("fine",), (("only",),))
    check_tree(("fine",), (("only",),), paths((0,)))


def test_names_may_repeat_across_ranks_but_not_within() -> None:
    check_names(RANKS, (("A",), ("A",)))
    with pytest.raises(ManifestError, match="must be unique; repeated: 'a'"):
        check_names(RANKS, (("A",), ("a", "a")))


def test_a_rank_without_names_is_refused() -> None:
    with pytest.raises(ManifestError, match="at least one class; got none"):
        check_names(RANKS, ((), ("a",)))


def test_names_are_sorted_by_code_point_not_by_language() -> None:
    check_names(("fine",), (("Zebra", "apple", "ähre"),))
    with pytest.raises(TaxonomyError, match="names of rank 'fine' sorted; they are not"):
        check_names(("fine",), (("apple", "Zebra"),))


def test_ranks_and_names_must_agree_in_number() -> None:
    with pytest.raises(TaxonomyError, match="Expected names for 2 ranks; got 1"):
        check_names(RANKS, (("A",),))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(0, 0), (0, 1)], r"Expected paths of shape \(3, 2\); got \(2, 2\)"),
        ([(0, 0, 0), (0, 1, 1), (1, 2, 2)], r"got \(3, 3\)"),
        ([(0, 0), (0, 2), (1, 1)], "each leaf at the end of its own path"),
        ([(0, 0), (0, 1), (9, 2)], "one points outside"),
        ([(1, 0), (1, 1), (1, 2)], "a leaf below every name of rank 'genus'; one has none"),
    ],
)
def test_bad_paths_are_refused(rows: list[tuple[int, ...]], message: str) -> None:
    with pytest.raises(TaxonomyError, match=message):
        check_tree(RANKS, NODES, paths(*rows))


def test_the_torn_node_and_its_parents_rank_are_named() -> None:
    nodes = (("E", "F"), ("G", "H"), ("a", "b", "c"))
    torn = paths((0, 0, 0), (1, 0, 1), (1, 1, 2))
    with pytest.raises(TaxonomyError, match="'G' stands under two names of rank 'family'"):
        check_tree(("family", "genus", "species"), nodes, torn)
