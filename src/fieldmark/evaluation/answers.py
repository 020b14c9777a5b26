"""What a contender answered for each item, coded beside the labels: all that most metrics need."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.evaluation.resampling import FloatArray, IntArray
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.summary import ScoreSummary
from fieldmark.predictions.table import Predictions

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Answers:
    """The answers over one label space, one per item; arrays are read-only.

    Attributes:
        rank: rank of the classes; None for the label space of the predictions.
        classes: names that codes point to: the candidates in class order, then labels that are
            no candidates.
        candidates: number of classes that the contender chose from.
        truth: int64 (n,), code of each label.
        predicted: int64 (n,), code of each answer, below ``candidates``.
        place: int64 (n,), 1-based place of the label among the candidates by score, more than
            ``candidates`` where it is none; None when the scores do not order them.
        confidence: float64 (n,), probability of the answer; None without probabilities.
        log_probability: float64 (n,), natural logarithm of the label's probability, -inf where it
            is 0 or the label is no candidate; None without probabilities.
        sum_of_squares: float64 (n,), squared probabilities summed over the candidates; None
            without probabilities, or where they were not summed.

    Raises:
        PredictionsError: arrays of different length, no item, or codes that point nowhere.
    """

    rank: str | None
    classes: tuple[str, ...]
    candidates: int
    truth: IntArray
    predicted: IntArray
    place: IntArray | None = None
    confidence: FloatArray | None = None
    log_probability: FloatArray | None = None
    sum_of_squares: FloatArray | None = None

    def __post_init__(self) -> None:
        lengths = {len(array) for array in self.arrays().values()}
        if len(lengths) != 1 or 0 in lengths:
            raise PredictionsError(
                "Expected answers, labels and scores of the same items, at least one;"
                f" got arrays of length {sorted(lengths)}."
            )
        for codes, allowed in ((self.truth, len(self.classes)), (self.predicted, self.candidates)):
            if codes.min() < 0 or codes.max() >= allowed:
                raise PredictionsError(
                    f"Expected codes from 0 to {allowed - 1}; got {codes.min()} to {codes.max()}."
                )
        for name, array in self.arrays().items():
            view = array.view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)

    @property
    def n(self) -> int:
        """Number of items, at least 1."""
        return len(self.truth)

    @property
    def right(self) -> BoolArray:
        """Whether each answer is the label, bool (n,)."""
        return np.equal(self.truth, self.predicted)

    @property
    def known(self) -> BoolArray:
        """Whether each label is a candidate, bool (n,); only then can the answer be right."""
        return np.less(self.truth, self.candidates)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the arrays that are there, by name."""
        named = {
            "truth": self.truth,
            "predicted": self.predicted,
            "place": self.place,
            "confidence": self.confidence,
            "log_probability": self.log_probability,
            "sum_of_squares": self.sum_of_squares,
        }
        return {name: array for name, array in named.items() if array is not None}

    def reordered(self, rows: IntArray) -> "Answers":
        """Return the answers of the items in ``rows``, in that order."""
        taken: dict[str, Any] = {name: array[rows] for name, array in self.arrays().items()}
        return replace(self, **taken)


def leaf_answers(predictions: Predictions, summary: ScoreSummary) -> Answers:
    """Return the answers over the label space of the predictions.

    Labels outside the label space get codes behind it, in alphabetical order.

    Args:
        predictions: the table.
        summary: what `summarise` says of it.
    """
    space = predictions.label_space.classes
    truth = summary.truth_position.astype(np.int64)
    strangers = predictions.labels.filter(pl.Series(summary.unknown)).to_numpy()
    names, codes = np.unique(strangers.astype(np.str_), return_inverse=True)
    truth[summary.unknown] = len(space) + codes
    is_probability = predictions.header.score_kind is not ScoreKind.SIMILARITIES
    return Answers(
        rank=None,
        classes=(*space, *names.tolist()),
        candidates=len(space),
        truth=truth,
        predicted=summary.predicted.astype(np.int64),
        place=summary.truth_rank.astype(np.int64),
        confidence=np.minimum(summary.top_score, 1.0) if is_probability else None,
        log_probability=summary.truth_log_probability,
        sum_of_squares=summary.sum_of_squares,
    )


def rows_in_order_of(first: Predictions, other: Predictions) -> IntArray:
    """Return the rows of ``other`` that hold the items of ``first``, in the order of ``first``.

    Returns:
        int64 array (n,): item i of ``first`` is row result[i] of ``other``.

    Raises:
        NotComparableError: the items or their labels are not the same.
    """
    names = tuple(table.header.contender for table in (first, other))
    rows = np.arange(first.n) if first.ids.equals(other.ids) else _matched(first, other)
    labels = first.labels.to_numpy(), other.labels.to_numpy()[rows]
    different = np.flatnonzero(labels[0] != labels[1])
    if different.size:
        at = int(different[0])
        raise NotComparableError(
            f"{count_of(different.size, 'item')} of {first.n:,} have different labels in {names[0]}"
            f" and {names[1]} (first: '{first.ids[at]}', '{labels[0][at]}' against"
            f" '{labels[1][at]}'). Predict or import both against one version of the labels."
        )
    return rows


def _matched(first: Predictions, other: Predictions) -> IntArray:
    place = {item: row for row, item in enumerate(other.ids)}
    missing = [item for item in first.ids if item not in place]
    if missing or first.n != other.n:
        shared = frozenset(first.ids)
        extra = [item for item in place if item not in shared]
        names = first.header.contender, other.header.contender
        raise NotComparableError(
            f"Predictions of {names[0]} and {names[1]} are not on the same items:"
            f" {_only_in(missing, names[0])}; {_only_in(extra, names[1])}."
            " Predict both on the same part of the same split."
        )
    return np.array([place[item] for item in first.ids], dtype=np.int64)


def _only_in(ids: list[str], name: str) -> str:
    if not ids:
        return f"nothing is only in {name}"
    return f"{count_of(len(ids), 'item')} only in {name} (first: {first_few(ids, 1)})"
