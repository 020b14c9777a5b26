from typing import Any

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import ManifestError, TaxonomyError
from fieldmark.manifest.taxonomy import (
    Taxonomy,
    build_taxonomy,
    place_rows,
    restrict_taxonomy,
    taxonomy_faults,
    taxonomy_from_json,
    taxonomy_to_json,
)

RANKS = ("family", "genus", "species")
ROWS = [
    ("Amanitaceae", "Amanita", "A. muscaria"),
    ("Amanitaceae", "Amanita", "A. pantherina"),
    ("Amanitaceae", "Limacella", "L. guttata"),
    ("Boletaceae", "Boletus", "B. edulis"),
]


def table(*rows: tuple[str | None, ...], ranks: tuple[str, ...] = RANKS) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict.fromkeys(ranks, pl.String), orient="row")


def tree(**changes: Any) -> Taxonomy:
    parts: dict[str, Any] = {
        "ranks": ("genus", "species"),
        "nodes": (("A", "B"), ("a", "b", "c")),
        "paths": [[0, 0], [0, 1], [1, 2]],
    }
    return Taxonomy(**(parts | changes))


def test_every_leaf_has_its_path() -> None:
    taxonomy = build_taxonomy(table(*ROWS, *ROWS), RANKS)
    assert taxonomy.nodes[0] == ("Amanitaceae", "Boletaceae")
    assert taxonomy.leaves.classes == ("A. muscaria", "A. pantherina", "B. edulis", "L. guttata")
    assert [taxonomy.path_of(row[-1]) for row in ROWS] == ROWS
    assert taxonomy.ancestors("genus").tolist() == [0, 0, 1, 2]
    assert taxonomy.label_space("genus").classes == ("Amanita", "Boletus", "Limacella")


def test_one_rank_is_a_tree_of_leaves() -> None:
    taxonomy = build_taxonomy(table(("b",), ("a",), ranks=("fine",)), ("fine",))
    assert taxonomy.path_of("a") == ("a",)


def test_paths_are_a_read_only_copy() -> None:
    paths = np.array([[0, 0], [0, 1], [1, 2]])
    taxonomy = tree(paths=paths)
    paths[0, 0] = 1
    assert taxonomy.paths[0, 0] == 0
    assert taxonomy.paths.dtype == np.int32
    with pytest.raises(ValueError, match="read-only"):
        taxonomy.paths[0, 0] = 1


def test_taxonomies_are_compared_by_content() -> None:
    one, other = build_taxonomy(table(*ROWS), RANKS), build_taxonomy(table(*ROWS[::-1]), RANKS)
    assert one == other
    assert hash(one) == hash(other)
    assert one.digest == other.digest
    assert one != build_taxonomy(table(*ROWS[1:]), RANKS)
    assert one != "a taxonomy"
    assert tree().digest != tree(paths=[[0, 0], [1, 1], [1, 2]]).digest


def test_a_missing_rank_is_filled_from_rows_that_know_it() -> None:
    taxonomy = build_taxonomy(table(*ROWS, ("Boletaceae", None, "B. edulis")), RANKS)
    assert taxonomy == build_taxonomy(table(*ROWS), RANKS)


def test_a_rank_that_no_row_knows_becomes_a_node_of_its_own() -> None:
    taxonomy = build_taxonomy(table(("F", None, "x"), ("F", " ", "y"), (None, "G", "z")), RANKS)
    assert taxonomy.path_of("x") == ("F", "incertae sedis (x)", "x")
    assert taxonomy.path_of("y") == ("F", "incertae sedis (y)", "y")
    assert taxonomy.path_of("z") == ("incertae sedis (G)", "G", "z")


def test_two_missing_ranks_bear_the_name_of_the_same_child() -> None:
    taxonomy = build_taxonomy(table((None, None, "x")), RANKS)
    assert taxonomy.path_of("x") == ("incertae sedis (x)", "incertae sedis (x)", "x")


def test_a_child_with_two_parents_is_refused_with_both_names_and_the_way_out() -> None:
    wanted = (
        "species 'x' stands under genus 'G' and 'H'. Correct the rows, or set data.two_parents: "
        "qualify"
    )
    with pytest.raises(TaxonomyError, match=wanted):
        build_taxonomy(table(("F", "G", "x"), ("F", "H", "x")), RANKS)


def test_further_children_with_two_parents_are_counted() -> None:
    rows = table(*(("F", genus, child) for child in "uvwxy" for genus in "GH"))
    told = r"species 'u' stands .*; species 'v' .*; species 'w' stands .* \(2 more of this kind\)"
    with pytest.raises(TaxonomyError, match=told):
        build_taxonomy(rows, RANKS)


def test_qualified_names_keep_both_children_apart() -> None:
    rows = table(("F", "G", "x"), ("F", "H", "x"), ("F", "H", "y"))
    taxonomy, labels = place_rows(rows, RANKS, two_parents="qualify")
    assert labels.to_list() == ["x (G)", "x (H)", "y"]
    assert taxonomy.path_of("x (H)") == ("F", "H", "x (H)")


def test_a_qualified_parent_qualifies_its_children() -> None:
    rows = table(("F", "G", "x"), ("E", "G", "x"))
    taxonomy, labels = place_rows(rows, RANKS, two_parents="qualify")
    assert labels.to_list() == ["x (G (F))", "x (G (E))"]
    assert taxonomy.label_space("genus").classes == ("G (E)", "G (F)")


def test_an_unplaced_child_of_two_families_has_two_parents() -> None:
    rows = table(("E", None, "x"), ("F", None, "x"))
    with pytest.raises(TaxonomyError, match=r"genus 'incertae sedis \(x\)' stands under family"):
        build_taxonomy(rows, RANKS)


def test_nothing_says_which_of_two_parents_a_gap_means() -> None:
    rows = table(("F", "G", "x"), ("F", "H", "x"), ("F", None, "x"))
    wanted = r"1 row without a name at rank 'genus' \(first: species 'x'\).* Fill in"
    with pytest.raises(TaxonomyError, match=wanted):
        build_taxonomy(rows, RANKS, two_parents="qualify")


def test_a_qualified_name_that_is_taken_is_refused() -> None:
    for genus in ("G", "K"):
        rows = table(("F", "G", "x"), ("F", "H", "x"), ("F", genus, "x (G)"))
        with pytest.raises(TaxonomyError, match=r"called 'x \(G\)' since another species is"):
            build_taxonomy(rows, RANKS, two_parents="qualify")


def test_rows_without_a_leaf_are_refused() -> None:
    rows = table(*ROWS, ("F", "G", None), ("F", "G", ""))
    with pytest.raises(TaxonomyError, match="2 rows without a name at the finest rank 'species'"):
        build_taxonomy(rows, RANKS)


def test_labels_of_rows_come_in_row_order() -> None:
    rows = table(*ROWS[::-1], ("Boletaceae", None, "B. edulis"))
    labels = place_rows(rows, RANKS)[1]
    assert labels.to_list() == [*(row[-1] for row in ROWS[::-1]), "B. edulis"]
    assert labels.name == "label"


def test_faults_are_reported_gravest_first() -> None:
    rows = table(
        ("F", "G", "x"), ("F", "H", "x"), ("F", None, "x"), ("F", None, "y"), ("F", "G", None)
    )
    faults = taxonomy_faults(rows, RANKS)
    assert [(fault.kind, fault.rank, fault.name, fault.count) for fault in faults] == [
        ("missing_leaf", "species", None, 1),
        ("two_parents", "species", "x", 2),
        ("ambiguous_parent", "genus", "x", 1),
        ("missing_rank", "genus", "x", 2),
        ("unequal_depth", "genus", "y", 1),
    ]
    assert faults[-1].detail.startswith("1 leaf whose genus no row knows (first: 'y')")


def test_a_tree_has_no_faults() -> None:
    assert taxonomy_faults(table(*ROWS), RANKS) == ()


@pytest.mark.parametrize(
    ("ranks", "message"),
    [
        ((), "Expected distinct ranks, coarse to fine"),
        (("genus", "genus"), "Expected distinct ranks, coarse to fine"),
        (("famly", "genus"), "Unknown rank column 'famly'; did you mean 'family'"),
        (("number",), "Rank column 'number' must hold text; it holds Int64"),
    ],
)
def test_bad_rank_columns_are_refused(ranks: tuple[str, ...], message: str) -> None:
    with pytest.raises(TaxonomyError, match=message):
        build_taxonomy(table(*ROWS).with_columns(number=pl.lit(1, pl.Int64)), ranks)


def test_no_rows_are_refused() -> None:
    with pytest.raises(TaxonomyError, match="at least one row"):
        build_taxonomy(table(), RANKS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ranks": ()}, "Expected distinct ranks"),
        ({"ranks": ("genus", "genus")}, "Expected distinct ranks"),
        ({"ranks": ("genus",)}, "Expected names for 1 rank; got 2"),
        ({"nodes": (("B", "A"), ("a", "b", "c"))}, "names of rank 'genus' sorted"),
        ({"paths": [[0, 0], [0, 1]]}, r"paths of shape \(3, 2\); got \(2, 2\)"),
        ({"paths": [[0, 1], [0, 0], [1, 2]]}, "each leaf at the end of its own path"),
        ({"paths": [[0, 0], [2, 1], [1, 2]]}, "one points outside"),
        ({"paths": [[0, 0], [-1, 1], [1, 2]]}, "one points outside"),
        ({"paths": [[0, 0], [0, 1], [0, 2]]}, "a leaf below every name of rank 'genus'"),
    ],
)
def test_what_is_no_tree_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TaxonomyError, match=message):
        tree(**changes)


def test_repeated_names_at_a_rank_are_refused() -> None:
    with pytest.raises(ManifestError, match="must be unique; repeated: 'A'"):
        tree(nodes=(("A", "A"), ("a", "b", "c")))


def test_a_node_with_two_parents_is_refused_in_the_record_too() -> None:
    with pytest.raises(TaxonomyError, match="'G' stands under two names of rank 'family'"):
        Taxonomy(RANKS, (("E", "F"), ("G",), ("a", "b")), np.array([[0, 0, 0], [1, 0, 1]]))


def test_unknown_ranks_and_leaves_are_refused_with_the_nearest() -> None:
    with pytest.raises(TaxonomyError, match="Unknown rank 'specis'; did you mean 'species'"):
        tree().label_space("specis")
    with pytest.raises(TaxonomyError, match="Unknown rank 'order'"):
        tree().ancestors("order")
    with pytest.raises(ManifestError, match="1 of 1 are not: 'd'"):
        tree().path_of("d")


def test_some_leaves_keep_their_paths_and_lose_empty_nodes() -> None:
    whole = build_taxonomy(table(*ROWS), RANKS)
    some = restrict_taxonomy(whole, ["B. edulis", "A. muscaria"])
    assert some.nodes[1] == ("Amanita", "Boletus")
    assert some.path_of("B. edulis") == whole.path_of("B. edulis")
    assert restrict_taxonomy(whole, whole.leaves.classes) == whole
    with pytest.raises(ManifestError, match="1 of 1 are not: 'elm'"):
        restrict_taxonomy(whole, ["elm"])


def test_no_leaves_leave_no_tree() -> None:
    with pytest.raises(ManifestError, match="at least one class; got none"):
        restrict_taxonomy(tree(), [])


def test_json_brings_the_same_taxonomy_back() -> None:
    taxonomy = build_taxonomy(table(*ROWS), RANKS)
    assert taxonomy_from_json(taxonomy_to_json(taxonomy)) == taxonomy


def test_json_without_paths_is_refused() -> None:
    with pytest.raises(TaxonomyError, match="ranks, nodes and paths; paths is missing"):
        taxonomy_from_json({"ranks": [], "nodes": []})
