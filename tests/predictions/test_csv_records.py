import io
from pathlib import Path

import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions import csv_records
from fieldmark.predictions.csv_records import check_utf8, numbered, read_header, record_blocks

SOURCE = Path("scores.csv")
RECORDS = b'a,1\n"b\nstill b",2\n\n"c ""quoted""",3\nd,4'


def header(content: bytes) -> tuple[int, str, bytes]:
    stream = io.BytesIO(content)
    line, head = read_header(stream, SOURCE)
    return line, head, stream.read()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_blocks_end_with_whole_records(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", size)
    blocks = list(record_blocks(io.BytesIO(RECORDS), SOURCE, line=2))
    assert b"".join(block for _, block in blocks) == RECORDS
    assert all(block.count(b'"') % 2 == 0 for _, block in blocks)
    assert [line for line, _ in blocks] == [
        2 + b"".join(block for _, block in blocks[:k]).count(b"\n") for k in range(len(blocks))
    ]


def test_small_blocks_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", 4)
    assert len(list(record_blocks(io.BytesIO(RECORDS), SOURCE, line=2))) > 3


def test_a_quotation_mark_that_never_closes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", 8)
    monkeypatch.setattr(csv_records, "LONGEST_RECORD_BYTES", 32)
    content = b'a,1\nb,2\nc,"3\n' + b"d,4\n" * 20
    with pytest.raises(PredictionsError, match="record that starts in line 4 does not end"):
        list(record_blocks(io.BytesIO(content), SOURCE, line=2))


def test_the_header_ends_where_its_record_ends() -> None:
    assert header(b"id,label\nx,a\n") == (2, "id,label\n", b"x,a\n")
    assert header(b'id,"a\nb"\r\nx,a') == (3, 'id,"a\nb"\r\n', b"x,a")
    assert header(b"id,label") == (1, "id,label", b"")


def test_a_byte_order_mark_is_skipped() -> None:
    assert header(b"\xef\xbb\xbfid\n") == (2, "id\n", b"")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"  \n"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(PredictionsError, match=r"scores.csv: expected a table .* is empty"):
        header(content)


def test_other_encodings_are_refused_with_line_and_way_out() -> None:
    check_utf8("Käfer".encode(), 1, SOURCE)
    with pytest.raises(PredictionsError, match=r"line 8: .* 0xe4\. .*iconv -f latin1"):
        check_utf8(b"x\nK\xe4fer\n", 7, SOURCE)
    with pytest.raises(PredictionsError, match="line 1: expected UTF-8"):
        header(b"id,K\xe4fer\n")


def test_records_are_numbered_by_their_first_line() -> None:
    lines = io.StringIO(RECORDS.decode(), newline="")
    found = list(numbered(lines, 5, SOURCE, separator=","))
    assert [(number, cells[:1]) for number, cells in found] == [
        (5, ["a"]),
        (6, ["b\nstill b"]),
        (8, []),
        (9, ['c "quoted"']),
        (10, ["d"]),
    ]


def test_a_cell_that_is_too_long_is_refused() -> None:
    lines = io.StringIO("a,1\n" + "x" * 200_000)
    with pytest.raises(PredictionsError, match=r"line 3: the line cannot be read \(field larger"):
        list(numbered(lines, 2, SOURCE, separator=","))
