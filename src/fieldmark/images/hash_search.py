"""Which of very many hashes are near each other: exact, and without comparing all with all.

Two hashes that differ in at most m bits agree in at least two of m + 2 parts, whatever the bits.
For each two parts the hashes are sorted by these alone, and only those that agree there are
compared: among random hashes hardly any.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import ImageError

Hashes: TypeAlias = npt.NDArray[np.uint64]
Positions: TypeAlias = npt.NDArray[np.int64]
Block: TypeAlias = tuple[Positions, npt.NDArray[np.uint8]]
"""Int64 array (pairs, 2) of positions, the smaller first, and the bits in which the two differ."""

_BITS: Final = 64
_FURTHEST_BY_PARTS: Final = 8
"""Parts of fewer bits leave so much to compare that comparing all with all is as fast."""
_ROWS, _COLUMNS = 64, 4096
_PAIRS: Final = 1 << 16


def near_hashes(
    hashes: npt.NDArray[Any], *, distance: int
) -> tuple[Positions, npt.NDArray[np.uint8]]:
    """Return every pair of hashes that differ in few bits, exactly.

    Where very many are near each other, `near_hash_blocks` does not hold all pairs at once.

    Args:
        hashes: uint64 array (n,); equal ones are pairs of distance 0.
        distance: number of bits that may differ, 0 to 64.

    Returns:
        int64 array (pairs, 2) of positions, the smaller first, sorted, and uint8 array (pairs,)
        of the bits that differ.

    Raises:
        ImageError: the distance is not 0 to 64.

    Example:
        >>> pairs, bits = near_hashes(np.array([0, 255, 1], dtype=np.uint64), distance=2)
        >>> pairs.tolist(), bits.tolist()
        ([[0, 2]], [1])
    """
    found, bits = _joined(near_hash_blocks(hashes, distance=distance))
    order = np.lexsort((found[:, 1], found[:, 0]))
    return found[order], bits[order]


def near_hash_blocks(hashes: npt.NDArray[Any], *, distance: int) -> Iterator[Block]:
    """Yield every pair of hashes that differ in few bits once, 65,536 at a time.

    Args:
        hashes: uint64 array (n,); equal ones are pairs of distance 0.
        distance: number of bits that may differ, 0 to 64.

    Yields:
        the positions of the two of each pair, the smaller first, and the bits that differ.

    Raises:
        ImageError: the distance is not 0 to 64.

    Source:
        Norouzi, Punjani and Fleet (2012), Fast search in Hamming space with multi-index hashing,
        CVPR; with two parts that agree instead of one.

    Example:
        >>> same = np.zeros(400, dtype=np.uint64)
        >>> [len(pairs) for pairs, _ in near_hash_blocks(same, distance=0)]
        [65536, 14264]
    """
    if not 0 <= distance <= _BITS:
        raise ImageError(f"Expected a distance of 0 to 64 bits between hashes; got {distance}.")
    values: Hashes = np.ascontiguousarray(hashes, dtype=np.uint64)
    distinct, of, counts = np.unique(values, return_inverse=True, return_counts=True)
    if distance <= _FURTHEST_BY_PARTS:
        blocks = _by_parts(distinct, distance)
    else:
        blocks = _all_with_all(distinct, distance)
    repeated = np.flatnonzero(counts > 1)
    equal = np.stack([repeated, repeated], axis=1), np.zeros(len(repeated), dtype=np.uint8)
    members = np.argsort(of, kind="stable")
    return _gathered(_items([equal], blocks, counts=counts, members=members))


def _by_parts(values: Hashes, distance: int) -> Iterator[Block]:
    """Yield the near pairs of distinct values, those that agree in two parts compared."""
    masks = _masks(distance + 2)
    for one, other in combinations(range(len(masks)), 2):
        keys = values & (masks[one] | masks[other])
        order = np.argsort(keys)
        before = [mask for place, mask in enumerate(masks[:other]) if place != one]
        for first, second in _in_one_bucket(keys[order]):
            a, b = order[first], order[second]
            differing = values[a] ^ values[b]
            bits = np.bitwise_count(differing)
            near = bits <= distance
            for mask in before:  # agreed there already: found by an earlier two
                near[near] = (differing[near] & mask) != 0
            yield _forward(a[near], b[near]), bits[near]


def _masks(parts: int) -> list[np.uint64]:
    """Return one mask for each part of the bits; the parts are of nearly equal width."""
    edges = [_BITS * part // parts for part in range(parts + 1)]
    return [np.uint64((1 << end) - (1 << start)) for start, end in pairwise(edges)]


def _in_one_bucket(keys: Hashes) -> Iterator[tuple[Positions, Positions]]:
    """Yield the pairs of places with equal keys among sorted ones: neighbours first."""
    first = np.arange(len(keys) - 1)
    step = 1
    while len(first := first[keys[first] == keys[first + step]]):
        yield first, first + step
        step += 1
        first = first[first + step < len(keys)]


def _all_with_all(values: Hashes, distance: int) -> Iterator[Block]:
    """Yield the near pairs of distinct values, all compared with all in blocks."""
    for start in range(0, len(values), _ROWS):
        for other in range(start, len(values), _COLUMNS):
            rows, columns = values[start : start + _ROWS], values[other : other + _COLUMNS]
            differing = np.bitwise_count(rows[:, None] ^ columns)
            row, column = np.nonzero(differing <= distance)
            ahead = row + start < column + other
            row, column = row[ahead], column[ahead]
            yield np.stack([row + start, column + other], axis=1), differing[row, column]


def _items(*sources: Iterable[Block], counts: Positions, members: Positions) -> Iterator[Block]:
    """Yield pairs of items for pairs of distinct values.

    Args:
        sources: pairs of values; a value paired with itself stands for its own items.
        counts: items of each value.
        members: items in the order of their values.
    """
    starts = np.cumsum(counts) - counts
    for pairs, bits in (block for source in sources for block in source):
        sizes = counts[pairs].prod(axis=1)
        ends = np.cumsum(sizes)
        for start in range(0, int(ends[-1]) if len(ends) else 0, _PAIRS):
            place = np.arange(start, min(start + _PAIRS, int(ends[-1])))
            which = np.searchsorted(ends, place, side="right")
            value = pairs[which]
            within = np.divmod(place - ends[which] + sizes[which], counts[value[:, 1]])
            found = members[starts[value] + np.stack(within, axis=1)]
            real = (value[:, 0] != value[:, 1]) | (found[:, 0] < found[:, 1])
            yield _forward(found[real, 0], found[real, 1]), bits[which[real]]


def _gathered(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks of exactly `_PAIRS` pairs, and the rest as the last."""
    held: list[Block] = []
    count = 0
    for block in blocks:
        if not len(block[0]):
            continue
        held.append(block)
        count += len(block[0])
        while count >= _PAIRS:
            pairs, bits = _joined(held)
            yield pairs[:_PAIRS], bits[:_PAIRS]
            held, count = [(pairs[_PAIRS:], bits[_PAIRS:])], count - _PAIRS
    if count:
        yield _joined(held)


def _forward(a: Positions, b: Positions) -> Positions:
    return np.stack([np.minimum(a, b), np.maximum(a, b)], axis=1)


def _joined(blocks: Iterable[Block]) -> Block:
    held = list(blocks)
    empty = np.empty((0, 2), dtype=np.int64), np.empty(0, dtype=np.uint8)
    pairs, bits = zip(empty, *held, strict=True)
    return np.concatenate(pairs), np.concatenate(bits)
