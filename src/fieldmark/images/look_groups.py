"""Links between pictures that look nearly the same: as few as hold the groups together.

A scene of ten thousand nearly blank pictures has fifty million pairs. Only those are kept, and only
those compared by thumbnail, that can still join two groups or join one more closely.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from fieldmark.images.hash_search import Positions, near_hash_blocks
from fieldmark.images.perceptual import Look

THUMBNAIL_LEVELS: Final = 7.0
"""Mean difference, of 255, up to which thumbnails confirm a near-duplicate."""
_ROWS: Final = 4096


def look_links(looks: Sequence[Look], *, distance: int) -> tuple[Positions, npt.NDArray[np.uint8]]:
    """Return the links of a minimum spanning forest of pictures that look nearly the same.

    Args:
        looks: how the pictures look; equal ones are compared like others.
        distance: bits of the hashes that may differ, 0 to 64.

    Returns:
        int64 array (links, 2) of positions, and uint8 array (links,) of the bits that differ. The
        groups, and the weakest link of each, are those of all pairs that are near.

    Raises:
        ImageError: the distance is not 0 to 64.

    Example:
        >>> grey = np.full((16, 16, 3), 90, dtype=np.uint8)
        >>> links, bits = look_links([Look(h, grey) for h in (0, 1, 0, 99)], distance=2)
        >>> links.tolist(), bits.tolist()
        ([[0, 1], [0, 2]], [1, 0])
    """
    hashes = np.array([look.hash for look in looks], dtype=np.uint64)
    forest = _Forest(len(looks))
    for pairs, bits in near_hash_blocks(hashes, distance=distance):
        useful = np.flatnonzero(forest.lacks(pairs, bits))
        alike = useful[_alike(looks, pairs[useful])]
        forest.add(pairs[alike], bits[alike])
    return forest.links, forest.bits


def _alike(looks: Sequence[Look], pairs: Positions) -> npt.NDArray[np.bool_]:
    """Return which pairs have thumbnails that differ by few levels."""
    found = [np.empty(0, dtype=np.bool_)]
    for start in range(0, len(pairs), _ROWS):
        block = pairs[start : start + _ROWS]
        places, of = np.unique(block, return_inverse=True)
        thumbnails = np.stack([looks[place].thumbnail.ravel() for place in places.tolist()])
        one, other = thumbnails[of.reshape(block.shape)].swapaxes(0, 1)
        apart = (np.maximum(one, other) - np.minimum(one, other)).mean(axis=1, dtype=np.float64)
        found.append(apart <= THUMBNAIL_LEVELS)
    return np.concatenate(found)


class _Forest:
    """The shortest links found so far that hold the groups together."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._groups: dict[int, npt.NDArray[Any]] = {}
        self.links = np.empty((0, 2), dtype=np.int64)
        self.bits = np.empty(0, dtype=np.uint8)

    def lacks(self, pairs: Positions, bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        """Return which pairs no chain of links joins already whose bits are as few."""
        lacking = np.ones(len(pairs), dtype=np.bool_)
        for apart in np.unique(bits).tolist():
            groups, own = self._joined_within(apart), bits == apart
            lacking[own] = groups[pairs[own, 0]] != groups[pairs[own, 1]]
        return lacking

    def add(self, pairs: Positions, bits: npt.NDArray[np.uint8]) -> None:
        """Take in pairs, each given once, and let those go that are not needed."""
        if not len(pairs):
            return
        all_pairs, all_bits = np.concatenate([self.links, pairs]), np.append(self.bits, bits)
        # A weight of 0 would count as no link at all.
        weights = all_bits.astype(np.float64) + 1
        ends = all_pairs[:, 0], all_pairs[:, 1]
        graph = coo_array((weights, ends), shape=(self._count,) * 2).tocsr()
        tree = minimum_spanning_tree(graph).tocoo()
        self.links = np.stack([tree.row, tree.col], axis=1).astype(np.int64)
        self.bits = (tree.data - 1).astype(np.uint8)
        self._groups = {}

    def _joined_within(self, apart: int) -> npt.NDArray[Any]:
        if apart not in self._groups:
            near = self.links[self.bits <= apart]
            ends = near[:, 0], near[:, 1]
            graph = coo_array((np.ones(len(near)), ends), shape=(self._count,) * 2)
            self._groups[apart] = connected_components(graph, directed=False)[1]
        return self._groups[apart]
