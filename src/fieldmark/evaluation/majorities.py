"""The most frequent label among known items of the same value, without an item's own group."""

import numpy as np
from scipy import sparse

from fieldmark.evaluation.resampling import IntArray

_CHUNK = 1024


def majorities(
    labels: IntArray, known: IntArray, asked: IntArray, own: IntArray | None, candidates: int
) -> IntArray:
    """Return for each asked item the most frequent label of the known items of its value.

    The label that comes first wins among equally frequent ones. Where no known item is of the
    value, it is the most frequent label of all known items, and 0 where there is none.

    Args:
        labels: int64 (m,), label of each known item; -1 for one that is not counted.
        known: int64 (m,), value of each known item, 0 or more.
        asked: int64 (n,), value of each asked item.
        own: int64 (n,), group of each item where known and asked items are the same (m = n): items
            of the asked item's group are not counted; None to count all.
        candidates: number of labels.

    Example:
        >>> labels, place = np.array([0, 0, 1, 1]), np.array([5, 5, 5, 5])
        >>> majorities(labels, place, np.array([5, 9]), None, 2).tolist()
        [0, 0]
        >>> majorities(labels, place, place, np.array([0, 1, 2, 3]), 2).tolist()
        [1, 1, 0, 0]
    """
    found = np.full(len(asked), -1, dtype=np.int64)
    usable = np.flatnonzero(labels >= 0)
    of_known = _rows_by_value(known[usable])
    for value, rows in _rows_by_value(asked).items():
        inside = usable[of_known[value]] if value in of_known else usable[:0]
        if inside.size:
            groups = None if own is None else (own[inside], own[rows])
            found[rows] = _majority(labels[inside], groups, len(rows))
    lost = np.flatnonzero(found < 0)
    if lost.size and usable.size and (known.any() or asked.any()):
        same = np.zeros_like(known), np.zeros_like(asked)
        found[lost] = majorities(labels, *same, own, candidates)[lost]
    return np.maximum(found, 0)


def _majority(labels: IntArray, groups: tuple[IntArray, IntArray] | None, asked: int) -> IntArray:
    """Return the majority for each asked item of one value, -1 where nothing is left."""
    names, column = np.unique(labels, return_inverse=True)
    total = np.bincount(column)
    if groups is None:
        return np.full(asked, names[total.argmax()])
    of_known, of_asked = groups
    group, back = np.unique(of_asked, return_inverse=True)
    row = np.searchsorted(group, of_known).clip(max=len(group) - 1)
    is_own = group[row] == of_known
    ones = np.ones(int(is_own.sum()), dtype=np.int64)
    shape = (len(group), len(names))
    own = sparse.coo_array((ones, (row[is_own], column[is_own])), shape=shape).tocsr()
    best = np.empty(len(group), dtype=np.int64)
    for start in range(0, len(group), _CHUNK):
        left = total - own[start : start + _CHUNK].toarray()
        answer = names[left.argmax(axis=1)]
        best[start : start + _CHUNK] = np.where(left.any(axis=1), answer, -1)
    found: IntArray = best[back]
    return found


def _rows_by_value(values: IntArray) -> dict[int, IntArray]:
    order = np.argsort(values, kind="stable")
    found, starts = np.unique(values[order], return_index=True)
    return dict(zip(found.tolist(), np.split(order, starts[1:]), strict=True)) if len(order) else {}
