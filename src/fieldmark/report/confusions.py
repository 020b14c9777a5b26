"""What is taken for what: a matrix that can be read, and the most frequent mix-ups."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.summary import ScoreSummary
from fieldmark.predictions.table import Predictions
from fieldmark.report.exhibits import Confusion, TakenFor

_NOTHING = np.zeros((0, 0), dtype=np.int64)
_Ints = NDArray[np.int64]


def confusion_of(
    predictions: Predictions, summary: ScoreSummary, *, most_classes: int = 30, most_pairs: int = 12
) -> Confusion:
    """Return the mix-ups of a table of predictions.

    The matrix is drawn at the finest rank at which at most ``most_classes`` names occur, with
    neighbours that share a parent side by side. An answer at a rank is the ancestor of the best
    leaf. When there is no such rank, the matrix is empty and the pairs alone speak. Items whose
    label the contender does not know are mix-ups like any other.

    Args:
        predictions: of one contender on one split.
        summary: of the same predictions.
        most_classes: how many rows of a matrix can be read.
        most_pairs: how many mix-ups at the leaf are kept; ties go to the name that comes first.
    """
    answers = pl.Series(predictions.label_space.classes).gather(summary.predicted)
    frame = pl.DataFrame({"truth": predictions.labels, "predicted": answers})
    rank, names, counts, blocks = _matrix(frame, predictions.taxonomy, most_classes)
    return Confusion(
        contender=predictions.header.contender,
        split=predictions.header.split,
        rank=rank,
        names=names,
        counts=counts,
        blocks=blocks,
        pairs=_pairs(frame, predictions.taxonomy, most_pairs),
        classes=len(predictions.label_space),
        images=predictions.n,
        unknown=int(summary.unknown.sum()),
    )


_Matrix = tuple[str, tuple[str, ...], _Ints, tuple[tuple[str, int], ...]]


def _matrix(frame: pl.DataFrame, taxonomy: Taxonomy | None, most_classes: int) -> _Matrix:
    if taxonomy is None:
        names = sorted({*frame["truth"], *frame["predicted"]})
        if len(names) > most_classes:
            return "class", (), _NOTHING, ()
        place = {name: position for position, name in enumerate(names)}
        truth, predicted = (_codes(frame[column], place) for column in frame.columns)
        return "class", tuple(names), _count(truth, predicted, len(names)), ()
    place = {leaf: position for position, leaf in enumerate(taxonomy.nodes[-1])}
    truth, predicted = (_codes(frame[column], place) for column in frame.columns)
    for depth in reversed(range(len(taxonomy.ranks))):
        used = np.union1d(taxonomy.paths[truth, depth], taxonomy.paths[predicted, depth])
        if 2 <= len(used) <= most_classes:
            return _matrix_at(taxonomy, depth, used, (truth, predicted))
    return taxonomy.ranks[-1], (), _NOTHING, ()


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
        return taxonomy.ranks[depth], names, counts, ()
    parents, widths = np.unique(branches[:, depth - 1], return_counts=True)
    first = [int(np.argmax(branches[:, depth - 1] == parent)) for parent in parents]
    blocks = tuple(
        (taxonomy.nodes[depth - 1][parents[position]], int(widths[position]))
        for position in np.argsort(first)
    )
    return taxonomy.ranks[depth], names, counts, blocks


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
        TakenFor(truth, predicted, count, sizes[truth], _shared(taxonomy, truth, predicted))
        for truth, predicted, count in mixed.iter_rows()
    )


def _shared(taxonomy: Taxonomy | None, first: str, second: str) -> str:
    """Return the finest rank and name that two leaves have in common, "" for none."""
    if taxonomy is None:
        return ""
    paths = zip(taxonomy.ranks, taxonomy.path_of(first), taxonomy.path_of(second), strict=True)
    common = [f"{rank} {name}" for rank, name, other in paths if name == other]
    return common[-1] if common else ""


def _codes(names: pl.Series, place: dict[str, int]) -> _Ints:
    return np.array([place[name] for name in names], dtype=np.int64)


def _count(truth: _Ints, predicted: _Ints, width: int) -> _Ints:
    counts = np.zeros((width, width), dtype=np.int64)
    np.add.at(counts, (truth, predicted), 1)
    return counts
