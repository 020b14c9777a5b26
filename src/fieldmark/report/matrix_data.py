"""What the page needs to look into a confusion matrix: the tree of names, and the sparse counts."""

from collections.abc import Sequence

import numpy as np

from fieldmark.evaluation.confusion_counts import ConfusionCounts
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.report.exhibits import Confusion

_MOST_CELLS = 120_000


def matrix_data(
    confusions: Sequence[Confusion], taxonomy: Taxonomy | None
) -> dict[str, object] | None:
    """Return what the script of the page reads, or None when there is nothing to look into.

    Contenders are taken in their order as long as the page stays small: at most 120,000 cells that
    are not empty, but always the first.

    Args:
        confusions: one a contender, those with cells are taken.
        taxonomy: the tree of the leaves; None without one.

    Returns:
        ``ranks``: names, coarse to fine; ``nodes``: names at each rank; ``paths``: for each rank
        the node above each leaf; ``tables``: contender, split, and ``cells`` as one flat list of
        label, answer and count, in leaves; ``left``: how many contenders were left out.
    """
    kept = _within_size(confusions)
    if not kept:
        return None
    ranks, nodes, paths = _tree([cells for _, cells in kept], taxonomy)
    place = {name: position for position, name in enumerate(nodes[-1])}
    return {
        "ranks": ranks,
        "nodes": nodes,
        "paths": paths,
        "left": sum(one.cells is not None for one in confusions) - len(kept),
        "tables": [
            {
                "contender": confusion.contender,
                "split": confusion.split,
                "cells": _flat(cells, place),
            }
            for confusion, cells in kept
        ],
    }


def _within_size(confusions: Sequence[Confusion]) -> list[tuple[Confusion, ConfusionCounts]]:
    kept: list[tuple[Confusion, ConfusionCounts]] = []
    total = 0
    for confusion in confusions:
        if confusion.cells is not None:
            total += len(confusion.cells.count)
            if not kept or total <= _MOST_CELLS:
                kept.append((confusion, confusion.cells))
    return kept


def _tree(
    tables: Sequence[ConfusionCounts], taxonomy: Taxonomy | None
) -> tuple[list[str], list[list[str]], list[list[int]]]:
    """Return ranks, nodes and paths over the leaves that occur, in the order of the tree."""
    used = sorted(
        {
            cells.classes[code]
            for cells in tables
            for code in np.union1d(cells.truth, cells.predicted).tolist()
        }
    )
    if taxonomy is None:
        return ["class"], [used], [list(range(len(used)))]
    rows = taxonomy.paths[taxonomy.leaves.positions(used)]
    rows = rows[np.lexsort(rows.T[::-1])]
    ranks, nodes, paths = list(taxonomy.ranks), [], []
    for depth, names in enumerate(taxonomy.nodes):
        order = dict.fromkeys(rows[:, depth].tolist())
        place = {node: position for position, node in enumerate(order)}
        nodes.append([names[node] for node in order])
        paths.append([place[node] for node in rows[:, depth].tolist()])
    return ranks, nodes, paths


def _flat(cells: ConfusionCounts, place: dict[str, int]) -> list[int]:
    codes = np.array([place.get(name, -1) for name in cells.classes])
    columns = codes[cells.truth], codes[cells.predicted], cells.count
    flat: list[int] = np.stack(columns, axis=1).ravel().tolist()
    return flat
