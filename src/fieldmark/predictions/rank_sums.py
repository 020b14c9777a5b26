"""The probabilities of the names above the classes, summed rank by rank in one pass (E1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.blocks import FloatArray
from fieldmark.predictions.row_kernels import IntArray, RowKernels, Sums, ladder_of
from fieldmark.predictions.table import Predictions, positions_of


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RankCodes:
    """How the names at one rank above the classes are numbered.

    Attributes:
        rank: name of the rank.
        names: what codes point to: names above some class, sorted, then the others, sorted.
        candidates: number of names above some class.
        nodes: int64 (names,), position of each name in the taxonomy.
        parents: int64, code of the name above each candidate of the next finer rank (at the finest
            of these ranks: above each class).
        columns: int64 (n_classes,), code of the name above each class, below ``candidates``.
        truth: int64 (n_items,), code of the name above each label.
    """

    rank: str
    names: tuple[str, ...]
    candidates: int
    nodes: IntArray
    parents: IntArray
    columns: IntArray
    truth: IntArray


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RankSummary:
    """Per item, the answer at one rank, and what the summed probabilities say; arrays (n,).

    Of equal sums the name that comes first in the alphabet comes first. Similarities have no sum:
    then all but the answer is None.

    Attributes:
        codes: how names are numbered.
        predicted: int64, code of the name above the answered class.
        best: int64, code of the highest sum.
        place: int64, 1-based place of the name above the label, candidates + 1 where it is none.
        confidence: float64, sum at the name above the answered class.
        truth_probability: float64, sum at the name above the label; 0 where it is no candidate.
    """

    codes: RankCodes
    predicted: IntArray
    best: IntArray | None = None
    place: IntArray | None = None
    confidence: Sums | None = None
    truth_probability: Sums | None = None

    def __post_init__(self) -> None:
        arrays = (self.best, self.place, self.confidence, self.truth_probability)
        for array in (self.predicted, *arrays):
            if array is not None:
                array.flags.writeable = False


def rank_codes(predictions: Predictions, taxonomy: Taxonomy) -> tuple[RankCodes, ...]:
    """Return how the names are numbered at every rank above the classes, coarse to fine.

    Args:
        predictions: a table whose classes and labels are leaves of the taxonomy.
        taxonomy: the tree.

    Raises:
        ManifestError: a class or label is no leaf of the taxonomy.
    """
    leaves = taxonomy.leaves
    classes = leaves.positions(predictions.label_space.classes)
    labels = positions_of(predictions.labels, leaves)
    if (labels == len(leaves)).any():
        leaves.positions(predictions.labels)
    found: list[RankCodes] = []
    finer: IntArray = classes
    for depth in reversed(range(len(taxonomy.ranks) - 1)):
        above = taxonomy.paths[:, depth].astype(np.int64)
        names = taxonomy.nodes[depth]
        candidates, first = np.unique(above[classes], return_index=True)
        nodes = np.concatenate([candidates, np.setdiff1d(np.arange(len(names)), candidates)])
        codes = np.empty(len(names), dtype=np.int64)
        codes[nodes] = np.arange(len(names))
        found.append(
            RankCodes(
                rank=taxonomy.ranks[depth],
                names=tuple(names[node] for node in nodes),
                candidates=len(candidates),
                nodes=nodes,
                parents=codes[above[finer]],
                columns=codes[above[classes]],
                truth=codes[above[labels]],
            )
        )
        finer = classes[first]
    return tuple(reversed(found))


def answered_ranks(
    codes: Sequence[RankCodes], predicted: npt.NDArray[np.integer]
) -> tuple[RankSummary, ...]:
    """Return the answers at every rank for answered classes, int (n,), without any sum."""
    return tuple(
        RankSummary(codes=of_rank, predicted=of_rank.columns[predicted]) for of_rank in codes
    )


class RankReader:
    """Takes in the shares of the classes block by block, and gives the summary of each rank.

    Args:
        codes: how names are numbered at each rank, coarse to fine.
        predicted: int (n,), answered class of each item, once its block is read.
        kernels: what computes.
    """

    def __init__(
        self,
        codes: Sequence[RankCodes],
        predicted: npt.NDArray[np.integer],
        kernels: RowKernels,
    ) -> None:
        self._codes, self._predicted, self._kernels = tuple(codes), predicted, kernels
        shape = (len(self._codes), len(predicted))
        if self._codes:
            upwards = self._codes[::-1]
            self._ladder = ladder_of(
                [one.parents for one in upwards], [one.candidates for one in upwards]
            )
            self._asked = np.stack([np.minimum(one.truth, one.candidates - 1) for one in upwards])
        self._best, self._place = np.empty(shape, np.int32), np.empty(shape, np.int32)
        self._confidence, self._truth = np.empty(shape), np.empty(shape)

    def read(self, rows: slice, shares: FloatArray) -> None:
        """Take in the shares (rows, n_classes) of some rows."""
        if not self._codes:
            return
        answers = self._predicted[rows].astype(np.int64)
        found = self._kernels.standings(shares, self._ladder, self._asked[:, rows], answers)
        self._best[:, rows], self._place[:, rows] = found.best, found.places
        self._truth[:, rows], self._confidence[:, rows] = found.asked, found.answered

    def summaries(self, wholes: Sums) -> tuple[RankSummary, ...]:
        """Return what was found, coarse to fine; to be called once, since it takes its arrays over.

        Args:
            wholes: float64 (n,), of which the shares were.
        """
        answered = answered_ranks(self._codes, self._predicted)
        return tuple(
            self._summary(step, one, wholes)
            for step, one in zip(reversed(range(len(answered))), answered, strict=True)
        )

    def _summary(self, step: int, answered: RankSummary, wholes: Sums) -> RankSummary:
        unknown = answered.codes.truth >= answered.codes.candidates
        confidence, truth = self._confidence[step], self._truth[step]
        place = self._place[step].astype(np.int64)
        confidence /= wholes
        truth /= wholes
        place[unknown], truth[unknown] = answered.codes.candidates + 1, 0.0
        return replace(
            answered,
            best=self._best[step].astype(np.int64),
            place=place,
            confidence=confidence,
            truth_probability=truth,
        )
