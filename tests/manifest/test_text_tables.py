from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.text_tables import plain_texts, read_text_table

Write = Callable[..., Path]
CAPTIONS = 'id,caption\n1,"A ""fly agaric"",\nred"\n\n2,"plain"\n3,\n'


def test_captions_keep_quotes_delimiters_and_line_breaks(write: Write) -> None:
    table = read_text_table(write(CAPTIONS))
    assert table.frame.rows() == [("1", 'A "fly agaric",\nred'), ("2", "plain"), ("3", None)]


def test_places_are_first_lines(write: Write) -> None:
    table = read_text_table(write(CAPTIONS))
    assert [table.place(row) for row in range(3)] == ["line 2", "line 5", "line 6"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_every_line_ending_is_read(write: Write, ending: str, last: bool) -> None:
    content = ending.join(["id,path", "1,a", "2,b"]) + (ending if last else "")
    assert read_text_table(write(content)).frame.rows() == [("1", "a"), ("2", "b")]


def test_numbers_stay_text(write: Write) -> None:
    content = "id,label\n007,1.0\n9007199254740993,1\n9007199254740992,1e5\n"
    frame = read_text_table(write(content)).frame
    assert frame["id"].to_list() == ["007", "9007199254740993", "9007199254740992"]
    assert frame["label"].to_list() == ["1.0", "1", "1e5"]


def test_a_byte_order_mark_is_no_part_of_the_header(write: Write) -> None:
    assert read_text_table(write(b"\xef\xbb\xbfid\n1\n")).frame.columns == ["id"]


def test_tabs_separate_tsv(write: Write) -> None:
    assert read_text_table(write("id\tpath\n1\ta,b\n", "m.TSV")).frame.rows() == [("1", "a,b")]


def test_unnamed_columns_get_a_name(write: Write) -> None:
    assert read_text_table(write(", id ,\n0,1,x\n")).frame.columns == [
        "unnamed_1",
        "id",
        "unnamed_3",
    ]


def test_lone_quotation_marks_inside_a_cell_are_text(write: Write) -> None:
    assert read_text_table(write('id,size\n1,5" pot\n2,7\n')).frame["size"].to_list() == [
        '5" pot',
        "7",
    ]


def test_many_rows_are_read_in_chunks(write: Write) -> None:
    content = "id\n" + "".join(f"{number}\n" for number in range(25_000))
    table = read_text_table(write(content))
    assert table.frame["id"].to_list() == [str(number) for number in range(25_000)]
    assert table.place(24_999) == "line 25001"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty. Expected a header line and one row per image"),
        ("\n\n", "is empty. Expected a header line"),
        (" , \n1,2\n", "is empty. Expected a header line"),
        ("id,path\n", "has a header but no rows"),
        ("id,path,id\n1,2,3\n", "column names must be unique; repeated: 'id'. Rename"),
        ("id,path\n1,a\n2\n", "line 3: 1 cell, where the header has 2 columns. Quote"),
        ("id,path\n1,a,b\n", "line 2: 3 cells, where the header has 2 columns"),
        ('id,path\n1,a\n2,"b\n3,c\n', "line 3: a quotation mark is opened and never closed"),
        ('id,path\n1,"a" b\n', "line 2: quotation marks do not match.*double the quotation"),
        (b"id,path\n1,a\n2,Caf\xe9\n", r"line 3: not UTF-8 \(byte 0xE9 after '2,Caf'\)"),
        (b"id\nCaf\xe9\n", "iconv -f latin1 -t utf-8 manifest.csv > manifest-utf8.csv"),
        ("id\n1\n".encode("utf-16"), "UTF-16, not UTF-8. Convert it with: iconv -f utf-16"),
        (b"PK\x03\x04\x00\x00", "not a text table: it holds binary data. Save it as CSV"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(
    write: Write, content: str | bytes, message: str
) -> None:
    with pytest.raises(ManifestError, match=f"manifest.csv.*{message}"):
        read_text_table(write(content))


def test_a_line_far_into_the_file_is_named(write: Write) -> None:
    content = b"id\n" + b"1\n" * 70_000 + b"\xe9\n"
    with pytest.raises(ManifestError, match="line 70002: not UTF-8"):
        read_text_table(write(content))


def test_a_missing_file_and_an_unknown_kind_are_refused(tmp_path: Path, write: Write) -> None:
    with pytest.raises(ManifestError, match=r"Expected a table at .*; there is no such file"):
        read_text_table(tmp_path / "absent.csv")
    with pytest.raises(ManifestError, match=r"ends in .csv, .tsv, .tab, .parquet; got .*m.xlsx"):
        read_text_table(write("id\n", "m.xlsx"))


def test_parquet_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    pl.DataFrame({"id": [7, 8], "label": ["a", ""], "lat": [1.5, None]}).write_parquet(path)
    table = read_text_table(path)
    assert table.frame.rows() == [("7", "a", "1.5"), ("8", None, None)]
    assert table.float_columns == {"lat"}
    assert table.place(1) == "row 2"


def test_bad_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(ManifestError, match="cannot be read as Parquet"):
        read_text_table(path)
    pl.DataFrame({"id": ["a"], "box": [[1, 2]]}).write_parquet(path)
    with pytest.raises(ManifestError, match=r"plain values; 'box' holds List\(Int64\). Leave it"):
        read_text_table(path)
    pl.DataFrame({"id": []}, schema={"id": pl.String}).write_parquet(path)
    with pytest.raises(ManifestError, match="has a header but no rows"):
        read_text_table(path)


def test_whole_numbers_are_the_same_text_however_they_are_stored() -> None:
    expected = ["5", "-2", None]
    for cells in (["5", "-2", None], ["5.0", " -2.00 ", ""], [5, -2, None], [5.0, -2.0, None]):
        assert plain_texts(pl.Series(cells)).to_list() == expected


def test_other_texts_stay_as_they_are() -> None:
    assert plain_texts(pl.Series(["v5.0", "2.50", "1.0.0"])).to_list() == ["v5.0", "2.50", "1.0.0"]
