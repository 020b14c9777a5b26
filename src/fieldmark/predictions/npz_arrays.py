"""Arrays inside an NPZ archive, read in pieces and never unpickled."""

import contextlib
import dataclasses
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.blocks import FloatArray, rows_per_block
from fieldmark.predictions.columns import missing_name

_STRETCH_BYTES = 16 << 20
_FLOATS = ("float16", "float32", "float64")


@contextlib.contextmanager
def open_npz(source: Path) -> Iterator["NpzArrays"]:
    """Open an NPZ archive for reading.

    Raises:
        PredictionsError: the file is no archive, or damaged.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            yield NpzArrays(source, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise PredictionsError(
            f"{source.name} is not a whole NPZ archive ({error}). Export it again with numpy.savez."
        ) from None


@dataclasses.dataclass(frozen=True, slots=True)
class OpenArray:
    """One array of an archive, its head read, its values still to come.

    Attributes:
        stream: stands at the first value.
        shape: as stored.
        fortran_order: whether the first index runs fastest.
        dtype: as stored, in whatever byte order.
    """

    stream: IO[bytes]
    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype[Any]

    def stretches(self, length: int, count: int) -> Iterator[tuple[int, FloatArray]]:
        """Yield the position of the first vector and the vectors, array (some, length).

        Args:
            length: number of values of each vector.
            count: number of vectors.

        Raises:
            EOFError: the values end before they should.
        """
        at_once = rows_per_block(length, self.dtype.itemsize, _STRETCH_BYTES)
        for start in range(0, count, at_once):
            vectors = min(at_once, count - start)
            wanted = vectors * length * self.dtype.itemsize
            content = self.stream.read(wanted)
            if len(content) != wanted:
                raise EOFError("an array is cut short")
            yield start, np.frombuffer(content, self.dtype).reshape(vectors, length)


class NpzArrays:
    """The arrays of one archive.

    Args:
        source: path of the archive, for messages.
        archive: the archive, open for reading.
    """

    def __init__(self, source: Path, archive: zipfile.ZipFile) -> None:
        self.source = source
        self._archive = archive
        self.names = sorted(
            name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")
        )

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[OpenArray]:
        """Open one array and read its head.

        Raises:
            PredictionsError: the array is damaged, or holds Python objects.
        """
        with self._archive.open(f"{name}.npy") as stream:
            try:
                shape, fortran_order, dtype = _read_head(stream)
            except ValueError as error:
                raise PredictionsError(
                    f"{self.source.name}: the array '{name}' is damaged ({error}). Export it again."
                ) from None
            if dtype.hasobject:
                raise PredictionsError(
                    f"{self.source.name}: the array '{name}' holds Python objects, which are not "
                    f"unpickled since that could run foreign code. Save it as text or numbers, "
                    f"such as numpy.asarray(values, dtype=str)."
                )
            yield OpenArray(stream, shape, fortran_order, dtype)

    def scores_shape(self, name: str) -> tuple[int, int]:
        """Return the number of items and classes of the scores, without reading them.

        Raises:
            PredictionsError: the array is missing, empty, not of floats or not two-dimensional.
        """
        self._require(name, option="--scores")
        with self.open(name) as array:
            if array.dtype.name not in _FLOATS or len(array.shape) != 2 or 0 in array.shape:
                raise PredictionsError(
                    f"{self.source.name}: expected '{name}' to be a filled float array (items, "
                    f"classes) of type {', '.join(_FLOATS)}; got {array.dtype} of shape "
                    f"{array.shape}."
                )
            return array.shape[0], array.shape[1]

    def small(self, name: str, *, option: str, length: int | None = None) -> np.ndarray[Any, Any]:
        """Return a one-dimensional array.

        Args:
            name: of the array.
            option: what to name the right array with, for the message.
            length: expected number of values; None for any.

        Raises:
            PredictionsError: it is missing, damaged, holds Python objects or has another shape.
        """
        self._require(name, option=option)
        with self.open(name) as array:
            expected = array.shape if length is None else (length,)
            if len(array.shape) != 1 or array.shape != expected or array.shape == (0,):
                raise PredictionsError(
                    f"{self.source.name}: expected '{name}' to hold one value for each "
                    f"{'class' if length is None else f'of the {length:,} items'}; its shape is "
                    f"{array.shape}."
                )
            _, values = next(array.stretches(array.shape[0], 1))
            native: np.ndarray[Any, Any] = values[0].astype(array.dtype.newbyteorder("="))
            return native

    def texts(self, name: str, *, option: str, length: int) -> list[str]:
        """Return a one-dimensional array of text or integers as strings.

        Raises:
            PredictionsError: as `small` and `as_texts`.
        """
        return self.as_texts(name, self.small(name, option=option, length=length))

    def as_texts(self, name: str, values: np.ndarray[Any, Any]) -> list[str]:
        """Return text or integers as strings.

        Raises:
            PredictionsError: they are something else, such as floats, or bytes that are not UTF-8.
        """
        if values.dtype.kind not in "USiu":
            raise PredictionsError(
                f"{self.source.name}: expected '{name}' to hold text or integers; it holds "
                f"{values.dtype}. Write it as text, so that no digit is lost."
            )
        if values.dtype.kind != "S":
            return [str(value) for value in values.tolist()]
        try:
            return [value.decode() for value in values.tolist()]
        except UnicodeDecodeError as error:
            raise PredictionsError(
                f"{self.source.name}: expected UTF-8 in '{name}' ({error}). Write it as text."
            ) from None

    def _require(self, name: str, *, option: str) -> None:
        if name not in self.names:
            raise missing_name("an array", name, self.names, source=self.source, option=option)


def _read_head(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(stream)
    raise ValueError(f"version {version[0]}.{version[1]} of the format is for structured arrays")
