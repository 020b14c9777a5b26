from pathlib import Path

import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.table_parts import JoinedTables, join_tables, require_columns


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, Path]:
    texts = {
        "train": 'id,species,height,caption\n1,a,12,"red,\nwith ""warts"""\n2,b,,\n',
        "val": "id,species,caption\n3,a,x\n",
        "test": "species,id\nc,4\n",
    }
    for part, text in texts.items():
        (tmp_path / f"{part}.csv").write_text(text, encoding="utf-8")
    return {part: tmp_path / f"{part}.csv" for part in texts}


@pytest.fixture
def joined(tables: dict[str, Path]) -> JoinedTables:
    return join_tables(tables)


def test_rows_stand_below_each_other_with_their_part(joined: JoinedTables) -> None:
    frame = joined.table.frame
    assert frame.columns == ["id", "species", "height", "caption", "part"]
    assert frame["id"].to_list() == ["1", "2", "3", "4"]
    assert frame["part"].to_list() == ["train", "train", "validation", "test"]
    assert frame["caption"].to_list() == ['red,\nwith "warts"', None, "x", None]


def test_what_a_table_lacks_is_null_and_a_note(joined: JoinedTables) -> None:
    assert joined.table.frame["height"].to_list() == ["12", None, None, None]
    assert joined.lacking == {"val.csv": ("height",), "test.csv": ("height", "caption")}
    (note,) = joined.findings()
    assert (note.code, note.severity, note.count) == ("column_lacking", "note", 2)
    assert "val.csv has no 'height'; test.csv has no 'height', 'caption'." in note.message


def test_tables_alike_are_no_finding(tables: dict[str, Path]) -> None:
    tables["test"].write_text("id,species,height,caption\n4,c,,\n", encoding="utf-8")
    assert join_tables({"train": tables["train"], "test": tables["test"]}).findings() == []


def test_a_row_is_placed_in_its_file(joined: JoinedTables, tables: dict[str, Path]) -> None:
    assert joined.table.place(1) == "line 4 of train.csv"
    assert joined.table.place(3) == "line 2 of test.csv"
    assert joined.table.source == tables["train"].parent


def test_rows_that_are_kept_keep_their_place(joined: JoinedTables) -> None:
    kept = joined.table.rows(joined.table.frame["species"] != "a")
    assert kept.frame["id"].to_list() == ["2", "4"]
    assert [kept.place(row) for row in range(2)] == ["line 4 of train.csv", "line 2 of test.csv"]


def test_what_every_image_needs_has_to_be_in_every_table(joined: JoinedTables) -> None:
    require_columns(joined, {"id", "species"})
    with pytest.raises(ManifestError, match=r"val.csv has no column 'height', which every table"):
        require_columns(joined, {"id", "height"})


def test_no_table_is_refused() -> None:
    with pytest.raises(ManifestError, match="Expected a table for each part; got none"):
        join_tables({})


def test_a_part_named_twice_is_refused(tables: dict[str, Path]) -> None:
    with pytest.raises(ManifestError, match=r"'val' and 'validation' name the same part"):
        join_tables({"val": tables["val"], "validation": tables["test"]})


def test_one_file_for_two_parts_is_refused(tables: dict[str, Path]) -> None:
    with pytest.raises(ManifestError, match=r"train.csv is named for 'train' and for 'test'"):
        join_tables({"train": tables["train"], "test": tables["train"].parent / "." / "train.csv"})


def test_a_column_of_parts_beside_tables_by_part_is_refused(tables: dict[str, Path]) -> None:
    tables["val"].write_text("id,part\n3,x\n", encoding="utf-8")
    with pytest.raises(ManifestError, match=r"val.csv has a column 'part' of its own"):
        join_tables(tables)


def test_a_table_that_cannot_be_read_is_refused(tables: dict[str, Path]) -> None:
    tables["test"].write_text("id,species\n4\n", encoding="utf-8")
    with pytest.raises(ManifestError, match=r"test.csv, line 2: 1 cell, where the header has 2"):
        join_tables(tables)
