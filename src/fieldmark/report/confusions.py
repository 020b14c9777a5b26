"""What is taken for what: a matrix that can be read, and the most frequent mix-ups."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fieldmark.core.checks import count_of
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.confusion_counts import confusion_counts
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.table import Predictions
from fieldmark.report.exhibits import Confusion, TakenFor
from fieldmark.report.rank_confusions import rank_confusions

_Ints = NDArray[np.int64]


def confusion_of(
    predictions: Predictions, leaf: Answers, *, most_classes: int = 30, most_pairs: int = 20
) -> Confusion:
    """Return the mix-ups of a table of predictions.

    The matrix is drawn at the finest rank at which at most ``most_classes`` names occur, with
    neighbours that share a parent side by side. An answer at a rank is the ancestor of the best
    leaf. When there is no such rank, the matrix names the leaves with the most mix-ups and takes
    all others together in its last row and column. Items whose label the contender does not know
    are mix-ups like any other.

    Args:
        predictions: of one contender on one split.
        leaf: the answers of the same table at the leaves.
        most_classes: how many rows of a matrix can be read.
        most_pairs: how many mix-ups at the leaf are kept; ties go to the name that comes first.
    """
    answers = pl.Series(leaf.classes).gather(leaf.predicted)
    frame = pl.DataFrame({"truth": predictions.labels, "predicted": answers})
    drawn = _matrix(frame, predictions.taxonomy, most_classes)
    cells = confusion_counts(leaf)
    return Confusion(
        contender=predictions.header.contender,
        split=predictions.header.split,
        rank=drawn.rank,
        names=drawn.names,
        counts=drawn.counts,
        blocks=drawn.blocks,
        others=drawn.others,
        cells=cells,
        ranks=rank_confusions(cells, predictions.taxonomy),
        pairs=_pairs(frame, predictions.taxonomy, most_pairs),
        classes=len(predictions.label_space),
        images=predictions.n,
        unknown=int((~leaf.known).sum()),
    )


def shared_by(taxonomy: Taxonomy | None, first: str, second: str) -> str:
    """Return the finest rank and name that two leaves have in common, "" for none."""
    if taxonomy is None:
        return ""
    paths = zip(taxonomy.ranks, taxonomy.path_of(first), taxonomy.path_of(second), strict=True)
    common = [f"{rank} {name}" for rank, name, other in paths if name == other]
    return common[-1] if common else ""


@dataclass(frozen=True, eq=False, slots=True)
class _Matrix:
    """A matrix that can be read, and how many classes its last row and column take together."""

    rank: str
    names: tuple[str, ...]
    counts: _Ints
    blocks: tuple[tuple[str, int], ...] = ()
    others: int = 0


def _matrix(frame: pl.DataFrame, taxonomy: Taxonomy | None, most_classes: int) -> _Matrix:
    if taxonomy is None:
        return _most_mixed(frame, "class", most_classes)
    place = {leaf: position for position, leaf in enumerate(taxonomy.nodes[-1])}
    truth, predicted = (_codes(frame[column], place) for column in frame.columns)
    for depth in reversed(range(len(taxonomy.ranks))):
        used = np.union1d(taxonomy.paths[truth, depth], taxonomy.paths[predicted, depth])
        if 2 <= len(used) <= most_classes:
            return _matrix_at(taxonomy, depth, used, (truth, predicted))
    return _most_mixed(frame, taxonomy.ranks[-1], most_classes)


def _most_mixed(frame: pl.DataFrame, rank: str, most_classes: int) -> _Matrix:
    """Count over the leaves with the most mix-ups, by name, and over all others together."""
    names = sorted({*frame["truth"], *frame["predicted"]})
    if most_classes < 2:
        return _Matrix(rank, (), np.zeros((0, 0), dtype=np.int64))
    kept, others = names, 0
    if len(names) > most_classes:
        wrong = frame.filter(pl.col("truth") != pl.col("predicted"))
        mixed = Counter([*wrong["truth"], *wrong["predicted"]])
        first = sorted(names, key=lambda name: (-mixed[name], name))
        kept, others = sorted(first[: most_classes - 1]), len(names) - most_classes + 1
    place = {name: len(kept) for name in names} | {name: i for i, name in enumerate(kept)}
    truth, predicted = (_codes(frame[column], place) for column in frame.columns)
    shown = (*kept, f"({count_of(others, 'other class', 'other classes')})") if others else kept
    return _Matrix(rank, tuple(shown), _count(truth, predicted, len(shown)), others=others)


def _matrix_at(
    taxonomy: Taxonomy, depth: int, used: NDArray[np.int32], leaves: tuple[_Ints, _Ints]
) -> _Matrix:
    """Count at one rank the nodes that are used, in the order of the tree."""
    branches = np.unique(taxonomy.paths[:, : depth + 1], axis=0)
    branches = branches[np.isin(branches[:, depth], used)]
    row_of = np.zeros(len(taxonomy.nodes[depth]), dtype=np.int64)
    row_of[branches[:, depth]] = np.arange(len(branches))
    truth, predicted = (row_of[taxonomy.paths[leaf, depth]] for leaf in leaves)
    names = tuple(taxonomy.nodes[depth][node] for node in branches[:, depth])
    counts = _count(truth, predicted, len(names))
    if depth == 0:
        return _Matrix(taxonomy.ranks[depth], names, counts)
    parents, widths = np.unique(branches[:, depth - 1], return_counts=True)
    first = [int(np.argmax(branches[:, depth - 1] == parent)) for parent in parents]
    blocks = tuple(
        (taxonomy.nodes[depth - 1][parents[position]], int(widths[position]))
        for position in np.argsort(first)
    )
    return _Matrix(taxonomy.ranks[depth], names, counts, blocks)


def _pairs(frame: pl.DataFrame, taxonomy: Taxonomy | None, most_pairs: int) -> tuple[TakenFor, ...]:
    sizes = dict(frame.group_by("truth").len().iter_rows())
    mixed = (
        frame.filter(pl.col("truth") != pl.col("predicted"))
        .group_by("truth", "predicted")
        .len()
        .sort(["len", "truth", "predicted"], descending=[True, False, False])
        .head(most_pairs)
    )
    return tuple(
        TakenFor(truth, predicted, count, sizes[truth], shared_by(taxonomy, truth, predicted))
        for truth, predicted, count in mixed.iter_rows()
    )


def _codes(names: pl.Series, place: dict[str, int]) -> _Ints:
    return np.array([place[name] for name in names], dtype=np.int64)


def _count(truth: _Ints, predicted: _Ints, width: int) -> _Ints:
    counts = np.zeros((width, width), dtype=np.int64)
    np.add.at(counts, (truth, predicted), 1)
    return counts
