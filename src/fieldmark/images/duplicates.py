"""Which pictures are the same, or nearly: groups by bytes, by perceptual hash, by embedding."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fieldmark.core.progress import Progress
from fieldmark.core.same_files import same_files
from fieldmark.images.look_groups import look_links
from fieldmark.images.perceptual import Look

Likeness = Literal["bytes", "hash", "embedding"]

HASH_BITS: Final = 4
"""Bits that perceptual hashes of near-duplicates may differ in, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Images that are the same, or nearly.

    Being near is passed on: the first and the last of a group may be further apart than the
    threshold, when others stand between.

    Attributes:
        by: how they were found: "bytes", "hash" or "embedding".
        ids: at least two, in the order in which they were given.
        weakest: the weakest link that holds the group together: bits that differ ("bytes": 0), or
            a cosine.
    """

    by: Likeness
    ids: tuple[str, ...]
    weakest: float


def same_bytes(paths: Mapping[str, Path], *, progress: Progress | None = None) -> tuple[Twins, ...]:
    """Return the groups of images whose files have the same content.

    Args:
        paths: id -> file; those that do not exist are left out. Only files of equal size that
            begin alike are read whole.
        progress: who is told how far the reading is; nobody when None.
    """
    there = {id_: path for id_, path in paths.items() if path.is_file()}
    sizes = {id_: path.stat().st_size for id_, path in there.items()}
    groups = same_files(there, sizes, progress=progress)
    return tuple(Twins("bytes", tuple(ids), 0) for ids in groups)


def near_by_hash(looks: Mapping[str, Look], *, distance: int = HASH_BITS) -> tuple[Twins, ...]:
    """Return the groups of images that look nearly the same.

    Two do when few bits of their perceptual hashes differ and the mean difference of their
    thumbnails is at most 7 of 255. Resized and recompressed copies are found; mirrored, turned,
    cropped and strongly brightened ones are not.

    Args:
        looks: id -> how the image looks.
        distance: bits of the hashes that may differ, 0 to 64.

    Raises:
        ImageError: the distance is not 0 to 64.

    Example:
        >>> grey = np.full((16, 16, 3), 90, dtype=np.uint8)
        >>> near_by_hash({"a": Look(0, grey), "b": Look(1, grey), "c": Look(7, grey)}, distance=1)
        (Twins(by='hash', ids=('a', 'b'), weakest=1.0),)
    """
    given = list(looks.values())
    of, distinct = _distinct(given)
    links, bits = look_links([given[place] for place in distinct], distance=distance)
    same = np.stack([of, np.arange(len(of))], axis=1)
    pairs = np.concatenate([same, distinct[links]])
    apart = np.concatenate([np.zeros(len(same)), bits.astype(np.float64)])
    return linked(list(looks), pairs, apart, by="hash", closer="less")


def _distinct(looks: Sequence[Look]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return for each look the place of the first equal one, and these places."""
    times = Counter(look.hash for look in looks)
    first: dict[bytes | int, int] = {}
    of = [
        first.setdefault(look.content if times[look.hash] > 1 else place, place)
        for place, look in enumerate(looks)
    ]
    return np.array(of, dtype=np.int64), np.array(list(first.values()), dtype=np.int64)


def linked(
    ids: Sequence[str],
    pairs: npt.NDArray[Any],
    closeness: npt.NDArray[Any],
    *,
    by: Likeness,
    closer: Literal["less", "more"],
) -> tuple[Twins, ...]:
    """Return the groups that pairs of images form; a pair of an image with itself counts nothing.

    Args:
        ids: of the images.
        pairs: integer array (pairs, 2), positions among the ids.
        closeness: array (pairs,): how near the two of each pair are.
        by: how the pairs were found.
        closer: whether less or more of ``closeness`` is nearer.

    Returns:
        the groups in the order of their first image. The weakest link of a group is the one
        without which it would fall apart: that of its minimum spanning tree.
    """
    real = pairs[:, 0] != pairs[:, 1]
    pairs, closeness = pairs[real].astype(np.int64), closeness[real].astype(np.float64)
    if not len(pairs):
        return ()
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(ids),) * 2)
    _, of = connected_components(graph, directed=False)
    weakest = _weakest(of, pairs, closeness if closer == "less" else -closeness)
    members: dict[int, list[str]] = {}
    for position in np.flatnonzero(np.isin(of, of[pairs[:, 0]])).tolist():
        members.setdefault(int(of[position]), []).append(ids[position])
    sign = 1 if closer == "less" else -1
    return tuple(
        Twins(by, tuple(group), sign * weakest[number]) for number, group in members.items()
    )


def _weakest(
    of: npt.NDArray[Any], pairs: npt.NDArray[np.int64], apart: npt.NDArray[np.float64]
) -> dict[int, float]:
    """Return for each group the longest edge of its minimum spanning tree (Kruskal's way)."""
    parent = {position: position for position in pairs.ravel().tolist()}

    def root(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    longest: dict[int, float] = {}
    for place in np.argsort(apart, kind="stable").tolist():
        one, other = (root(position) for position in pairs[place].tolist())
        if one != other:
            parent[one] = other
            longest[int(of[one])] = float(apart[place])
    return longest


def touching(twins: Iterable[Twins], ids: Iterable[str], *, others: Iterable[str]) -> set[str]:
    """Return those of ``ids`` that share a group with one of ``others``.

    Example:
        >>> group = Twins("bytes", ("a", "b", "c"), 0)
        >>> sorted(touching([group], ["a", "x"], others=["c"]))
        ['a']
    """
    asked, against = set(ids), set(others)
    found: set[str] = set()
    for group in twins:
        members = set(group.ids)
        if members & against:
            found |= members & asked
    return found
