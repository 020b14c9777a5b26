"""Confusion counts at every rank of a taxonomy: what is right, within the parent, and beyond it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.evaluation.confusion_counts import ConfusionCounts
from fieldmark.manifest.taxonomy import Taxonomy

_Ints = NDArray[np.int64]
_MOST_BLOCKS = 60


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RankConfusion:
    """The mix-ups of one contender at one rank; names stand in the order of the tree.

    Attributes:
        rank: its name; "class" without a taxonomy.
        parent_rank: the rank above; "" at the top.
        names: the names that occur, as labels or as answers.
        parent: int64 (names,), position of each name's parent in ``parents``; zeros at the top.
        parents: names at the rank above, in the order of the tree; one empty name at the top.
        truth: int64 (cells,), position of the label.
        predicted: int64 (cells,), position of the answer.
        count: int64 (cells,), number of images, at least 1; they sum to ``images``.
        block_rank: the finest rank above that has few enough names to part a picture; "" for none.
        blocks: (name, width) of neighbours under one name of that rank; the widths sum to the
            number of names. Empty without such a rank.
    """

    rank: str
    parent_rank: str
    names: tuple[str, ...]
    parent: _Ints
    parents: tuple[str, ...]
    truth: _Ints
    predicted: _Ints
    count: _Ints
    block_rank: str = ""
    blocks: tuple[tuple[str, int], ...] = ()

    @property
    def images(self) -> int:
        """How many images were judged."""
        return int(self.count.sum())

    @property
    def labelled(self) -> _Ints:
        """How many images have each name as their label, int64 (names,)."""
        return _sums(self.truth, self.count, len(self.names))

    @property
    def right(self) -> int:
        """How many images are on the diagonal."""
        return int(self.count[self.truth == self.predicted].sum())

    @property
    def within(self) -> int:
        """How many images are mixed up with another name under the same parent; 0 at the top."""
        return int(self.count[self.is_within].sum())

    @property
    def is_within(self) -> NDArray[np.bool_]:
        """Which cells are mix-ups under one parent, bool (cells,); none at the top."""
        wrong = np.not_equal(self.truth, self.predicted)
        if not self.parent_rank:
            return np.zeros_like(wrong)
        near = np.equal(self.parent[self.truth], self.parent[self.predicted])
        return np.logical_and(wrong, near)

    def most_mixed(self, most: int) -> tuple["Family", ...]:
        """Return the parents under which most images are mixed up, the first of equals first."""
        inside = self.is_within
        mixed = _sums(self.parent[self.truth[inside]], self.count[inside], len(self.parents))
        images = _sums(self.parent, self.labelled, len(self.parents))
        children = np.bincount(self.parent, minlength=len(self.parents))
        order = np.argsort(-mixed, kind="stable")[:most]
        return tuple(
            Family(self.parents[at], int(children[at]), int(images[at]), int(mixed[at]))
            for at in order.tolist()
            if mixed[at]
        )


@dataclass(frozen=True, slots=True)
class Family:
    """The children of one parent: how many occur, their images, and how many are mixed up."""

    name: str
    children: int
    images: int
    mixed: int


def rank_confusions(cells: ConfusionCounts, taxonomy: Taxonomy | None) -> tuple[RankConfusion, ...]:
    """Return the confusion counts at every rank, coarse to fine; one rank without a taxonomy.

    An answer at a rank is the ancestor of the best leaf.

    Args:
        cells: counts over the leaves.
        taxonomy: must hold every class and label that occurs.

    Raises:
        ManifestError: a class is no leaf of the taxonomy.

    Example:
        >>> counts = ConfusionCounts(classes=("elm", "oak"), truth=np.array([0, 1]),
        ...     predicted=np.array([1, 1]), count=np.array([1, 2]), n=3)
        >>> (found,) = rank_confusions(counts, None)
        >>> found.names, found.right, found.images
        (('elm', 'oak'), 2, 3)
    """
    used = np.union1d(cells.truth, cells.predicted)
    names = [cells.classes[code] for code in used.tolist()]
    if taxonomy is None:
        order = np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)
        paths, nodes, ranks = order.argsort()[:, None], [sorted(names)], ["class"]
    else:
        paths, nodes = _in_order(taxonomy, names)
        ranks = list(taxonomy.ranks)
    place = np.zeros(len(cells.classes), dtype=np.int64)
    place[used] = np.arange(len(used))
    leaves = place[cells.truth], place[cells.predicted]
    return tuple(
        _at_rank(depth, ranks, nodes, paths, leaves, cells.count) for depth in range(len(ranks))
    )


def _in_order(taxonomy: Taxonomy, names: Sequence[str]) -> tuple[_Ints, list[list[str]]]:
    """Return the paths of some leaves, with nodes renumbered in the order of the tree."""
    rows = taxonomy.paths[taxonomy.leaves.positions(names)].astype(np.int64)
    order = np.lexsort(rows.T[::-1])
    paths = np.empty_like(rows)
    nodes = []
    for depth, all_names in enumerate(taxonomy.nodes):
        found = rows[order, depth]
        starts = np.concatenate([[True], found[1:] != found[:-1]])
        paths[order, depth] = np.cumsum(starts) - 1
        nodes.append([all_names[node] for node in found[starts].tolist()])
    return paths, nodes


def _at_rank(
    depth: int,
    ranks: Sequence[str],
    nodes: Sequence[Sequence[str]],
    paths: _Ints,
    leaves: tuple[_Ints, _Ints],
    count: _Ints,
) -> RankConfusion:
    own, width = paths[:, depth], len(nodes[depth])
    pairs, inverse = np.unique(own[leaves[0]] * width + own[leaves[1]], return_inverse=True)
    parent = np.zeros(width, dtype=np.int64)
    if depth:
        parent[own] = paths[:, depth - 1]
    parting = [above for above in range(depth) if 1 < len(nodes[above]) <= _MOST_BLOCKS]
    return RankConfusion(
        block_rank=ranks[parting[-1]] if parting else "",
        blocks=_blocks(paths, parting[-1], depth, nodes) if parting else (),
        rank=ranks[depth],
        parent_rank=ranks[depth - 1] if depth else "",
        names=tuple(nodes[depth]),
        parent=parent,
        parents=tuple(nodes[depth - 1]) if depth else ("",),
        truth=pairs // width,
        predicted=pairs % width,
        count=_sums(inverse, count, len(pairs)),
    )


def _blocks(
    paths: _Ints, above: int, depth: int, nodes: Sequence[Sequence[str]]
) -> tuple[tuple[str, int], ...]:
    ancestor = np.zeros(len(nodes[depth]), dtype=np.int64)
    ancestor[paths[:, depth]] = paths[:, above]
    widths = np.bincount(ancestor, minlength=len(nodes[above])).tolist()
    return tuple(zip(nodes[above], widths, strict=True))


def _sums(codes: _Ints, counts: _Ints, length: int) -> _Ints:
    sums = np.zeros(length, dtype=np.int64)
    np.add.at(sums, codes, counts)
    return sums
