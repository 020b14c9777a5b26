from pathlib import Path

import polars as pl
import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.row_findings import leave_out_unnamed, number_findings
from fieldmark.manifest.text_tables import TextTable

ROWS = {
    "id": ["1", "2", "3", "4"],
    "genus": ["Ga", "Ga", None, "Gb"],
    "species": ["Ga a", None, " ", "Gb b"],
    "part": ["train", "train", "test", "test"],
}


def table_of(**columns: list[str | None]) -> TextTable:
    frame = pl.DataFrame(ROWS | columns)
    return TextTable(Path("t.csv"), frame, pl.Series(range(2, 6)), "line")


def test_rows_without_a_label_are_left_out_and_told() -> None:
    table, (found,) = leave_out_unnamed(
        table_of(), label="species", ranks=("genus", "species"), id_column="id"
    )
    assert table.frame["id"].to_list() == ["1", "4"]
    assert table.places.to_list() == [2, 5]
    assert (found.code, found.severity, found.count) == ("unnamed_image", "warning", 2)
    assert found.examples == ("2", "3")
    assert found.message.startswith(
        "Images without a name at 'species': 2 of 4 (first: '2', genus 'Ga'; train 1, test 1), 1 "
        "of them named at a coarser rank."
    )


def test_a_label_without_ranks_may_be_lacking_too() -> None:
    given = table_of()
    plain = TextTable(given.source, given.frame.drop("part"), given.places, "line")
    _, (found,) = leave_out_unnamed(plain, label="species", ranks=(), id_column="id")
    assert "2 of 4 (first: '2'), 0 of them named at a coarser rank" in found.message


def test_where_all_have_a_label_nothing_happens() -> None:
    given = table_of(species=["a", "b", "c", "d"])
    assert leave_out_unnamed(given, label="species", ranks=(), id_column="id") == (given, [])


def test_a_table_without_any_label_is_refused() -> None:
    with pytest.raises(ManifestError, match=r"column 'species' \(label\) is empty in every row"):
        leave_out_unnamed(table_of(species=[" "] * 4), label="species", ranks=(), id_column="id")


def numbers(rows: list[tuple[str | None, str, str]]) -> list[str]:
    frame = pl.DataFrame(rows, schema=["number", "species", "read"], orient="row")
    found = number_findings(frame, number="number", label="species", as_read="read")
    return [f"{one.count}: {one.examples}" for one in found]


def test_numbers_that_fit_are_no_finding() -> None:
    assert numbers([("1", "a", "a"), ("1", "a", "a"), ("2", "b", "b"), (None, "c", "c")]) == []


def test_one_number_for_two_names_is_found_with_the_rows_of_the_rarer() -> None:
    rows = [("1", "a", "a"), ("1", "a", "a"), ("1", "b", "b")]
    assert numbers(rows) == ["1: (\"number 1 is 'a' and 'b'\",)"]


def test_one_name_with_two_numbers_is_found() -> None:
    rows = [("1", "a", "a"), ("1", "a", "a"), ("2", "a", "a")]
    assert numbers(rows) == ["1: (\"'a' has number 1 and 2\",)"]


def test_names_that_synonyms_merged_may_keep_their_numbers() -> None:
    assert numbers([("1", "a", "a"), ("2", "a", "old")]) == []
    assert numbers([("1", "a", "a"), ("1", "a", "old")]) == []


def test_the_number_of_what_training_lacks_says_nothing() -> None:
    assert numbers([("-1", "a", "a"), ("-1", "b", "b"), ("1", "a", "a")]) == []
