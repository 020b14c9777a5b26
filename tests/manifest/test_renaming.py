from pathlib import Path

import polars as pl
import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.renaming import Renamed, apply_synonyms, renaming_findings
from fieldmark.manifest.synonyms import Synonyms
from fieldmark.manifest.text_tables import TextTable

RANKS = ("family", "genus", "species")
ROWS = [
    ("Fa", "Ga", "Ga one"),
    ("Fa", "Ga", "Ga one"),
    ("Fb", "Gb", "Gb old"),
    ("Fb", "Gb", "Gb two"),
    (None, "Gc", None),
]


def table_of(rows: list[tuple[str | None, ...]]) -> TextTable:
    frame = pl.DataFrame(rows, schema=list(RANKS), orient="row")
    return TextTable(Path("t.csv"), frame, pl.Series(range(2, len(rows) + 2)), "line")


def synonyms(**accepted: str) -> Synonyms:
    names = {old.replace("_", " "): new for old, new in accepted.items()}
    return Synonyms("s.csv", {None: names})


def test_a_renamed_row_moves_to_where_the_accepted_name_stands() -> None:
    given = table_of(ROWS)
    table, changes = apply_synonyms(given, RANKS, synonyms(Gb_old="Ga one"))
    assert table.frame.row(2) == ("Fa", "Ga", "Ga one", "Gb old")
    assert table.frame.row(3) == ("Fb", "Gb", "Gb two", "Gb two")
    assert [one for one in changes if one.rank == "species"] == [
        Renamed("species", "Gb old", "Ga one", rows=1, joins=2)
    ]
    assert given.frame.columns == list(RANKS)


def test_a_name_that_no_row_bore_leaves_the_row_where_it_stood() -> None:
    table, _ = apply_synonyms(table_of(ROWS), RANKS, synonyms(Gb_old="Gz new"))
    assert table.frame.row(2)[:3] == ("Fb", "Gb", "Gz new")


def test_what_no_row_of_the_accepted_name_knows_becomes_a_gap() -> None:
    rows = [*ROWS, (None, "Gc", "Gc three")]
    table, _ = apply_synonyms(table_of(rows), RANKS, synonyms(Gb_old="Gc three"))
    assert table.frame.row(2)[:3] == (None, "Gc", "Gc three")


def test_where_rows_of_the_accepted_name_disagree_the_row_stays() -> None:
    rows = [*ROWS, ("Fz", "Ga", "Ga one")]
    table, _ = apply_synonyms(table_of(rows), RANKS, synonyms(Gb_old="Ga one"))
    assert table.frame.row(2)[:3] == ("Fb", "Ga", "Ga one")


def test_a_genus_takes_its_family_along_and_its_species_stay() -> None:
    table, changes = apply_synonyms(table_of(ROWS), RANKS, synonyms(Gb="Ga"))
    assert table.frame.row(3)[:3] == ("Fa", "Ga", "Gb two")
    assert {(one.rank, one.rows) for one in changes} == {
        ("family", 0),
        ("genus", 2),
        ("species", 0),
    }


def test_a_rank_alone_is_renamed_where_the_table_says_so() -> None:
    only = Synonyms("s.csv", {"genus": {"Gb": "Gx"}, "species": {}})
    table, changes = apply_synonyms(table_of(ROWS), RANKS, only)
    assert table.frame["genus"].to_list() == ["Ga", "Ga", "Gx", "Gx", "Gc"]
    assert changes == (Renamed("genus", "Gb", "Gx", rows=2, joins=0),)


def test_labels_without_ranks_are_renamed_too() -> None:
    table, _ = apply_synonyms(table_of(ROWS), ("species",), synonyms(Gb_old="Ga one"))
    assert table.frame["species"].to_list() == ["Ga one", "Ga one", "Ga one", "Gb two", None]


def test_the_findings_say_what_was_replaced_merged_and_met() -> None:
    names = synonyms(Gb_old="Ga one", Gx="Gb old", Gq="Gr")
    _, changes = apply_synonyms(table_of(ROWS), RANKS, names)
    found = {one.code: one for one in renaming_findings(changes, names.source)}
    assert found["name_replaced"].message.startswith(
        "Names that gave way to their accepted name (s.csv): 1, in 1 row (first: 'Gb old' is "
        "'Ga one' (1 row))"
    )
    assert found["names_merged"].examples == ("species 'Ga one'",)
    assert found["synonym_unmet"].examples == ("Gx", "Gq")
    assert found["accepted_name_new"].severity == "warning"
    assert found["accepted_name_new"].examples == ("Gr",)


def test_two_old_names_merge_without_the_accepted_one() -> None:
    rows = [("F", "G", "G a"), ("F", "G", "G b")]
    names = synonyms(G_a="G c", G_b="G c")
    _, changes = apply_synonyms(table_of(rows), RANKS, names)
    found = {one.code: one.examples for one in renaming_findings(changes, names.source)}
    assert found["names_merged"] == ("species 'G c'",)
    assert found["accepted_name_new"] == ("G c",)


def test_nothing_to_rename_is_no_finding() -> None:
    assert renaming_findings((), "s.csv") == []


def test_a_column_of_names_as_read_is_refused() -> None:
    table = table_of(ROWS)
    taken = TextTable(
        table.source, table.frame.with_columns(species_as_read=pl.lit("x")), table.places, "line"
    )
    with pytest.raises(ManifestError, match=r"t.csv has a column 'species_as_read', which would"):
        apply_synonyms(taken, RANKS, synonyms(a="b"))
