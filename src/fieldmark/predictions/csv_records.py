"""CSV files cut into blocks of whole records, with the number of each line."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from fieldmark.core.errors import PredictionsError

BLOCK_BYTES = 16 << 20
LONGEST_RECORD_BYTES = 256 << 20
_MARK = b"\xef\xbb\xbf"
_QUOTE, _NEWLINE = ord('"'), ord("\n")


def read_header(stream: BinaryIO, source: Path) -> tuple[int, str]:
    """Return the number of the line below the header, and the header as text.

    A byte-order mark is skipped; the stream stands below the header afterwards.

    Args:
        stream: the file, opened for reading bytes.
        source: its path, for messages.

    Raises:
        PredictionsError: the file is empty, not UTF-8, or its header does not end.
    """
    marked = stream.read(len(_MARK)) == _MARK
    stream.seek(len(_MARK) if marked else 0)
    head = b""
    while line := stream.readline(LONGEST_RECORD_BYTES):
        head += line
        if head.count(b'"') % 2 == 0:
            break
    if not head.strip():
        raise PredictionsError(f"{source.name}: expected a table with a header; the file is empty.")
    check_utf8(head, 1, source)
    return 1 + head.count(b"\n"), head.decode()


def record_blocks(stream: BinaryIO, source: Path, *, line: int) -> Iterator[tuple[int, bytes]]:
    """Yield the number of the first line and the bytes of blocks that end with whole records.

    Line breaks between quotation marks do not end a record.

    Args:
        stream: the file, standing at the start of a record.
        source: its path, for messages.
        line: number of the line at which the stream stands.

    Raises:
        PredictionsError: a quotation mark opens and does not close.
    """
    rest = b""
    while chunk := stream.read(BLOCK_BYTES):
        buffer = rest + chunk
        end = _end_of_records(buffer)
        if end:
            yield line, buffer[:end]
            line += buffer.count(b"\n", 0, end)
        rest = buffer[end:]
        if len(rest) > LONGEST_RECORD_BYTES:
            raise PredictionsError(
                f"{source.name}: the record that starts in line {line} does not end within "
                f"{LONGEST_RECORD_BYTES >> 20} MiB. Close its quotation mark."
            )
    if rest:
        yield line, rest


def check_utf8(block: bytes, line: int, source: Path) -> None:
    """Refuse text that is not UTF-8, naming the line.

    Raises:
        PredictionsError: a byte is not UTF-8.
    """
    if block.isascii():
        return
    try:
        block.decode()
    except UnicodeDecodeError as error:
        where = line + block.count(b"\n", 0, error.start)
        raise PredictionsError(
            f"{source.name}, line {where}: expected UTF-8; got the byte "
            f"0x{block[error.start]:02x}. The file may be Latin-1: convert it with "
            f"`iconv -f latin1 -t utf-8 {source.name} > utf8-{source.name}`."
        ) from None


def numbered(
    text: Iterator[str], line: int, source: Path, *, separator: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of the line where it starts.

    Raises:
        PredictionsError: a cell is longer than the CSV reader takes.
    """
    reader = csv.reader(text, delimiter=separator)
    before = 0
    try:
        for cells in reader:
            yield line + before, cells
            before = reader.line_num
    except csv.Error as error:
        raise PredictionsError(
            f"{source.name}, line {line + before}: the line cannot be read ({error})."
        ) from None


def _end_of_records(buffer: bytes) -> int:
    """Return the position after the last line break outside quotation marks; 0 for none."""
    if b'"' not in buffer:
        return buffer.rfind(b"\n") + 1
    codes = np.frombuffer(buffer, np.uint8)
    breaks = np.flatnonzero(codes == _NEWLINE)
    quotes = np.flatnonzero(codes == _QUOTE)
    outside = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    return int(outside[-1]) + 1 if outside.size else 0
