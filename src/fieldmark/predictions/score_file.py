"""The file of scores while it grows: a plain `.npy` array, rows in C order."""

import mmap
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.blocks import FloatArray, rows_per_block

_STRETCH_BYTES = 64 << 20


class ScoreFile:
    """A growing ``.npy`` file of scores, row by row.

    Args:
        stream: a new file, open for writing.
        n_classes: number of columns.
        dtype: floating type to store.
    """

    def __init__(self, stream: BinaryIO, n_classes: int, dtype: np.dtype[Any]) -> None:
        self.n_rows = 0
        self._stream = stream
        self._n_classes = n_classes
        self._dtype = dtype
        write_array_header(stream, dtype, (0, n_classes))

    def write(self, rows: FloatArray) -> None:
        """Append rows: float array (any number, n_classes).

        Raises:
            PredictionsError: the rows have another number of columns.
        """
        if rows.ndim != 2 or rows.shape[1] != self._n_classes:
            raise PredictionsError(
                f"Expected rows of {self._n_classes} scores; got an array of shape {rows.shape}."
            )
        self._stream.write(np.ascontiguousarray(rows, self._dtype).data)
        self.n_rows += len(rows)

    def finish(self) -> None:
        """Write the number of rows into the head of the file."""
        self._stream.seek(0)
        write_array_header(self._stream, self._dtype, (self.n_rows, self._n_classes))
        self._stream.flush()


class ColumnFile:
    """A ``.npy`` file of scores, filled column by column; use it in a ``with`` block.

    Columns are spread over the rows a stretch at a time, and the pages are handed back, so that
    the process stays small.

    Args:
        path: a new file.
        shape: number of rows and columns; at least one each.
        dtype: floating type to store.
    """

    def __init__(self, path: Path, shape: tuple[int, int], dtype: np.dtype[Any]) -> None:
        with path.open("wb") as stream:
            write_array_header(stream, dtype, shape)
            offset = stream.tell()
            size = offset + shape[0] * shape[1] * dtype.itemsize
            stream.truncate(size)
        with path.open("r+b") as stream:
            self._mapping = mmap.mmap(stream.fileno(), size)
        self._rows_at_once = rows_per_block(shape[1], dtype.itemsize, _STRETCH_BYTES)
        self._dtype = dtype
        self._shape = shape
        self._offset = offset

    def write(self, start: int, columns: FloatArray) -> None:
        """Fill columns from ``start`` on: array (rows of the file, any number)."""
        stop = start + columns.shape[1]
        target = np.frombuffer(self._mapping, self._dtype, offset=self._offset).reshape(self._shape)
        for row in range(0, self._shape[0], self._rows_at_once):
            rows = slice(row, row + self._rows_at_once)
            target[rows, start:stop] = columns[rows]
            self._mapping.madvise(mmap.MADV_DONTNEED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._mapping.flush()
        self._mapping.close()


def write_array_header(stream: BinaryIO, dtype: np.dtype[Any], shape: tuple[int, int]) -> None:
    """Write the head of a `.npy` file; its length does not depend on the number of rows."""
    description = np.lib.format.dtype_to_descr(dtype)
    np.lib.format.write_array_header_1_0(
        stream, {"descr": description, "fortran_order": False, "shape": shape}
    )
