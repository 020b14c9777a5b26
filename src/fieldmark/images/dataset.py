"""Batches of prepared pictures, in order, read by a few threads.

A picture that cannot be read either ends the work or is left out and reported; it is never
replaced by another one.
"""

import functools
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from fieldmark.core.checks import field_differences, unknown_choice
from fieldmark.core.errors import ImageError
from fieldmark.images.preprocessing import PreprocessSpec, load_uint8, normalise
from fieldmark.images.regions import WHOLE, Region
from fieldmark.images.resized_cache import ResizedCache
from fieldmark.images.resizing import Bytes

UnreadablePolicy = Literal["fail", "exclude"]

_POLICIES: Final = ("fail", "exclude")
_MOST_THREADS: Final = 8
_READ_AHEAD: Final = 1

_Pixels = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, eq=False, slots=True)
class Excluded:
    """A picture that was left out.

    Attributes:
        position: where it stood among the given paths.
        path: the file.
        reason: one sentence.
    """

    position: int
    path: Path
    reason: str


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Prepared pictures that follow each other.

    Attributes:
        positions: int64 array (n,), rising: where each picture stood among the given paths.
        pixels: float32 array (n, 3, crop_size, crop_size); n is 0 when every one was left out.
        excluded: those left out between the pictures of this batch.
    """

    positions: np.ndarray[Any, np.dtype[np.int64]]
    pixels: _Pixels
    excluded: tuple[Excluded, ...]


_Read = _Pixels | Excluded


def read_batches(
    paths: Sequence[Path],
    spec: PreprocessSpec,
    *,
    batch_size: int = 32,
    policy: UnreadablePolicy = "fail",
    threads: int | None = None,
    regions: Sequence[Region] | None = None,
    cache: ResizedCache | None = None,
) -> Iterator[Batch]:
    """Yield the prepared pictures in the given order, ``batch_size`` paths at a time.

    One batch is read ahead, so that decoding and the backbone overlap.

    Args:
        paths: picture files; none gives no batch.
        spec: the preprocessing contract.
        batch_size: paths per batch, at least 1; the last batch may be shorter.
        policy: "fail" ends at the first unreadable picture, "exclude" leaves it out and lists it.
        threads: how many read at once; None takes one per core, at most 8.
        regions: mask and box of each picture, where the contract names them.
        cache: where resized pictures are kept, under the same contract; None keeps none.

    Raises:
        ImageError: a picture cannot be read under "fail", or an argument is not valid.
    """
    if policy not in _POLICIES:
        raise ImageError(unknown_choice("policy for unreadable pictures", policy, _POLICIES))
    if batch_size < 1 or (threads is not None and threads < 1):
        raise ImageError(
            f"Expected a batch_size and threads of at least 1; found {batch_size} and {threads}."
        )
    if regions is not None and len(regions) != len(paths):
        raise ImageError(
            f"Expected one region for each of {len(paths):,} pictures; found {len(regions):,}."
        )
    if cache is not None and cache.spec != spec:
        raise ImageError(
            "Expected a cache of resized pictures under the same contract; it differs in "
            f"{'; '.join(field_differences(spec.to_dict(), cache.spec.to_dict()))}."
        )
    load = functools.partial(load_uint8, spec=spec) if cache is None else cache.load_uint8
    side = spec.crop_size
    empty = np.empty((0, 3, side, side), dtype=np.float32)
    starts = range(0, len(paths), batch_size)
    chunks = [range(start, min(start + batch_size, len(paths))) for start in starts]
    read = _reader(paths, regions, lambda pixels: normalise(pixels[None], spec)[0], load, policy)
    return _batches(chunks, read, empty, threads or _cores())


def _reader(
    paths: Sequence[Path],
    regions: Sequence[Region] | None,
    prepare: Callable[[Bytes], _Pixels],
    load: Callable[..., Bytes],
    policy: UnreadablePolicy,
) -> Callable[[int], _Read]:
    def read(position: int) -> _Read:
        region = WHOLE if regions is None else regions[position]
        try:
            return prepare(load(paths[position], mask_path=region.mask_path, box=region.box))
        except ImageError as error:
            if policy == "fail":
                raise
            return Excluded(position, paths[position], str(error))

    return read


def _batches(
    chunks: Sequence[range], read: Callable[[int], _Read], empty: _Pixels, threads: int
) -> Iterator[Batch]:
    pool = ThreadPoolExecutor(threads, thread_name_prefix="fieldmark-images")
    waiting: deque[tuple[range, list[Future[_Read]]]] = deque()
    try:
        for chunk in chunks:
            waiting.append((chunk, [pool.submit(read, position) for position in chunk]))
            if len(waiting) > _READ_AHEAD:
                yield _assembled(*waiting.popleft(), empty)
        while waiting:
            yield _assembled(*waiting.popleft(), empty)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _assembled(chunk: range, futures: Sequence[Future[_Read]], empty: _Pixels) -> Batch:
    found = [future.result() for future in futures]
    excluded = tuple(item for item in found if isinstance(item, Excluded))
    read = [
        (position, item)
        for position, item in zip(chunk, found, strict=True)
        if not isinstance(item, Excluded)
    ]
    pixels = np.stack([item for _, item in read]) if read else empty
    return Batch(np.array([position for position, _ in read], dtype=np.int64), pixels, excluded)


def _cores() -> int:
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(_MOST_THREADS, usable)
