"""What is taken for what: confusion counts of one table of predictions, kept sparse."""

from dataclasses import dataclass

import numpy as np

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.resampling import FloatArray, IntArray


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ConfusionCounts:
    """The cells of a confusion matrix that are not empty, by label, then by answer.

    Attributes:
        classes: names that codes point to: the candidates, then labels that are no candidates.
        truth: int64 (cells,), code of the label.
        predicted: int64 (cells,), code of the answer.
        count: int64 (cells,), number of items, at least 1.
        n: number of items; the counts sum to it.

    Raises:
        PredictionsError: the counts do not sum to n, so that some items came more than once or
            not at all.
    """

    classes: tuple[str, ...]
    truth: IntArray
    predicted: IntArray
    count: IntArray
    n: int

    def __post_init__(self) -> None:
        total = int(self.count.sum())
        if total != self.n or (self.count < 1).any():
            raise PredictionsError(
                f"Expected counts of at least 1 that sum to the {self.n:,} items; they sum to"
                f" {total:,}. Count every item once, from one table of predictions."
            )

    @property
    def labelled(self) -> IntArray:
        """Number of items of each class, int64 (classes,)."""
        return _sums(self.truth, self.count, len(self.classes))

    @property
    def answered(self) -> IntArray:
        """Number of items answered with each class, int64 (classes,)."""
        return _sums(self.predicted, self.count, len(self.classes))

    @property
    def right(self) -> IntArray:
        """Number of right answers of each class, int64 (classes,)."""
        is_right = self.truth == self.predicted
        return _sums(self.truth[is_right], self.count[is_right], len(self.classes))

    def dense(self) -> IntArray:
        """Return the whole matrix, int64 (classes, classes): rows are labels, columns answers."""
        matrix = np.zeros((len(self.classes), len(self.classes)), dtype=np.int64)
        matrix[self.truth, self.predicted] = self.count
        return matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusedPair:
    """Items of one class that were answered with another.

    Attributes:
        truth: name of the label.
        predicted: name of the answer.
        count: number of items.
        n: number of items with that label.
    """

    truth: str
    predicted: str
    count: int
    n: int


def confusion_counts(answers: Answers) -> ConfusionCounts:
    """Return how many items of each class were answered with each class.

    Example:
        >>> counts = confusion_counts(Answers(rank=None, classes=("oak", "ash"), candidates=2,
        ...     truth=np.array([0, 0, 1]), predicted=np.array([0, 1, 1])))
        >>> counts.dense().tolist()
        [[1, 1], [0, 1]]
    """
    width = len(answers.classes)
    pairs, count = np.unique(answers.truth * width + answers.predicted, return_counts=True)
    return ConfusionCounts(
        classes=answers.classes,
        truth=pairs // width,
        predicted=pairs % width,
        count=count.astype(np.int64),
        n=answers.n,
    )


def row_normalised(counts: ConfusionCounts) -> FloatArray:
    """Return the share of its class's items that each cell holds, float64 (cells,), in (0, 1]."""
    return counts.count / counts.labelled[counts.truth]


def top_confused_pairs(answers: Answers, k: int = 20) -> tuple[ConfusedPair, ...]:
    """Return the ``k`` most frequent mix-ups; ties go to the class that comes first.

    Args:
        answers: of one contender.
        k: at most so many pairs, at least 1; fewer when there are no more.

    Raises:
        PredictionsError: ``k`` is below 1.

    Example:
        >>> answers = Answers(rank=None, classes=("oak", "ash"), candidates=2,
        ...     truth=np.array([0, 0, 1]), predicted=np.array([0, 1, 1]))
        >>> top_confused_pairs(answers)
        (ConfusedPair(truth='oak', predicted='ash', count=1, n=2),)
    """
    if k < 1:
        raise PredictionsError(f"Expected at least 1 pair to show; got {k}.")
    counts = confusion_counts(answers)
    wrong = np.flatnonzero(counts.truth != counts.predicted)
    order = wrong[np.argsort(-counts.count[wrong], kind="stable")][:k]
    labelled = counts.labelled
    return tuple(
        ConfusedPair(
            truth=counts.classes[counts.truth[cell]],
            predicted=counts.classes[counts.predicted[cell]],
            count=int(counts.count[cell]),
            n=int(labelled[counts.truth[cell]]),
        )
        for cell in order
    )


def _sums(codes: IntArray, counts: IntArray, length: int) -> IntArray:
    sums = np.zeros(length, dtype=np.int64)
    np.add.at(sums, codes, counts)
    return sums
