import json

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.manifest.taxonomy import (
    build_taxonomy,
    place_rows,
    restrict_taxonomy,
    taxonomy_faults,
    taxonomy_from_json,
    taxonomy_to_json,
)

RANKS = ("order", "family", "genus", "species")


@st.composite
def trees(draw: st.DrawFn) -> pl.DataFrame:
    """Rows of a random tree; names repeat across ranks on purpose."""
    parents = [draw(st.lists(st.integers(0, 2), min_size=6, max_size=6)) for _ in RANKS[1:]]
    rows = []
    for leaf in draw(st.lists(st.integers(0, 5), min_size=1, max_size=12)):
        path = [leaf]
        for parent in parents:
            path.append(parent[path[-1]])
        rows.append(tuple(f"n{node}" for node in reversed(path)))
    return pl.DataFrame(rows, schema=dict.fromkeys(RANKS, pl.String), orient="row")


@st.composite
def gappy(draw: st.DrawFn) -> pl.DataFrame:
    """Rows of a random tree in which names above the leaf are missing here and there."""
    table = draw(trees())
    for rank in RANKS[:-1]:
        kept = draw(st.lists(st.booleans(), min_size=len(table), max_size=len(table)))
        table = table.with_columns(pl.when(pl.Series(kept)).then(pl.col(rank)).alias(rank))
    return table


@given(trees())
def test_every_row_finds_its_own_path(table: pl.DataFrame) -> None:
    taxonomy = build_taxonomy(table, RANKS)
    for row in table.iter_rows():
        assert taxonomy.path_of(row[-1]) == row


@given(trees(), st.randoms(use_true_random=False))
def test_row_order_and_repetition_play_no_role(table: pl.DataFrame, random: object) -> None:
    order = [*range(len(table)), *range(len(table))]
    random.shuffle(order)  # type: ignore[attr-defined]
    one, other = build_taxonomy(table, RANKS), build_taxonomy(table[order], RANKS)
    assert one == other
    assert one.digest == other.digest


@given(gappy())
def test_every_leaf_has_one_ancestor_per_rank_whatever_is_missing(table: pl.DataFrame) -> None:
    faults = {fault.kind for fault in taxonomy_faults(table, RANKS)}
    if faults & {"two_parents", "ambiguous_parent"}:
        return
    taxonomy, labels = place_rows(table, RANKS)
    assert labels.to_list() == table["species"].to_list()
    assert taxonomy.paths.shape == (table["species"].n_unique(), len(RANKS))
    for row in table.iter_rows():
        for known, node in zip(row, taxonomy.path_of(row[-1]), strict=True):
            assert known in (None, node)
    for fine, coarse in zip(RANKS[:0:-1], RANKS[-2::-1], strict=True):
        pairs = set(zip(taxonomy.ancestors(fine), taxonomy.ancestors(coarse), strict=True))
        assert len(pairs) == len(taxonomy.label_space(fine))


@given(st.lists(st.tuples(*(st.sampled_from("abc") for _ in RANKS)), min_size=1, max_size=10))
def test_qualifying_makes_any_complete_table_a_tree(rows: list[tuple[str, ...]]) -> None:
    table = pl.DataFrame(rows, schema=dict.fromkeys(RANKS, pl.String), orient="row")
    taxonomy, labels = place_rows(table, RANKS, two_parents="qualify")
    assert labels.n_unique() == len(set(rows)) == len(taxonomy.leaves)
    for row, label in zip(rows, labels, strict=True):
        plain = [node.split(" (")[0] for node in taxonomy.path_of(label)]
        assert tuple(plain) == row


@given(gappy())
def test_json_brings_the_same_taxonomy_back(table: pl.DataFrame) -> None:
    if {fault.kind for fault in taxonomy_faults(table, RANKS)} & {
        "two_parents",
        "ambiguous_parent",
    }:
        return
    taxonomy = build_taxonomy(table, RANKS)
    again = taxonomy_from_json(json.loads(json.dumps(taxonomy_to_json(taxonomy))))
    assert again == taxonomy
    assert again.digest == taxonomy.digest
    assert again.paths.dtype == np.int32


@given(trees(), st.data())
def test_a_part_of_the_leaves_is_the_tree_of_their_rows(
    table: pl.DataFrame, data: st.DataObject
) -> None:
    leaves = data.draw(st.lists(st.sampled_from(table["species"].to_list()), min_size=1))
    some = restrict_taxonomy(build_taxonomy(table, RANKS), leaves)
    assert some == build_taxonomy(table.filter(pl.col("species").is_in(leaves)), RANKS)
