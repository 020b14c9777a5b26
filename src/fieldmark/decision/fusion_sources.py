"""Two tables of predictions matched item by item, class by class, and calibrated."""

from dataclasses import dataclass

import numpy as np

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import NotComparableError
from fieldmark.decision.calibrators import Calibrator, calibrate
from fieldmark.decision.fusion_choice import Sources
from fieldmark.evaluation.answers import rows_in_order_of
from fieldmark.evaluation.resampling import FloatArray, IntArray, Units, units_of
from fieldmark.predictions.table import Predictions


@dataclass(frozen=True, eq=False, slots=True)
class MatchedSources:
    """Two sources on the same items over the same classes.

    Attributes:
        table: the first table; its items and classes are those of both.
        first: float64 (n, k), calibrated probabilities of the first source.
        second: float64 (n, k), those of the second, in the same order.
        known: int64, the rows whose label is a class.
    """

    table: Predictions
    first: FloatArray
    second: FloatArray
    known: IntArray

    @property
    def sources(self) -> Sources:
        """The items whose label is a class, for fitting."""
        truth = self.table.label_positions.astype(np.int64)[self.known]
        return Sources(self.first[self.known], self.second[self.known], truth)

    @property
    def units(self) -> Units:
        """The items whose label is a class, or their groups."""
        groups = self.table.groups
        named = None if groups is None else groups.to_numpy()[self.known]
        return units_of(named, n=len(self.known))


def matched_sources(
    first: Predictions, second: Predictions, calibrators: tuple[Calibrator, Calibrator]
) -> MatchedSources:
    """Return both sources, calibrated, item by item and class by class.

    Args:
        first: the first source; decides the order of items and classes.
        second: the second source, on the same items over the same classes, in any order.
        calibrators: of both, fitted to the calibration part.

    Raises:
        NotComparableError: other items, labels or classes, or a calibrator of other predictions.
    """
    require_same_classes(first, second)
    rows = rows_in_order_of(first, second)
    tables = [
        calibrate(table, calibrator)
        for table, calibrator in zip((first, second), calibrators, strict=True)
    ]
    columns = second.label_space.positions(first.label_space.classes)
    position = first.label_positions
    return MatchedSources(
        table=first,
        first=np.asarray(tables[0].scores, dtype=np.float64),
        second=np.asarray(tables[1].scores, dtype=np.float64)[rows][:, columns],
        known=np.flatnonzero(position < len(first.label_space)),
    )


def require_same_classes(first: Predictions, second: Predictions) -> None:
    """Raise unless both tables are over the same classes, in any order.

    Raises:
        NotComparableError: they are not; the message names the way out.
    """
    names = first.header.contender, second.header.contender
    differ = sorted(frozenset(first.label_space.classes) ^ frozenset(second.label_space.classes))
    if differ:
        words = count_of(len(differ), "class differs", "classes differ")
        raise NotComparableError(
            f"{names[0]} and {names[1]} cannot be fused: {words} (first: {first_few(differ, 1)})."
            " Restrict both with `--classes common`."
        )
    if names[0] == names[1]:
        raise NotComparableError(
            f"Expected two contenders to fuse; both tables are of '{names[0]}'. Import one of them"
            " under another name with --contender."
        )


def entropies(matched: MatchedSources) -> tuple[float, float]:
    """Return the mean entropy of each source as a share of the largest possible, in [0, 1].

    A source near 1 says next to nothing, whatever weight it gets.
    """
    found = []
    for scores in (matched.first, matched.second):
        logs = np.log(np.where(scores > 0, scores, 1.0))
        found.append(float(-(scores * logs).sum(axis=1).mean() / np.log(scores.shape[1])))
    return found[0], found[1]
