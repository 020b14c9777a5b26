"""Metrics slice by slice: by any column of the items, or by a rank of the labels."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.estimates import Estimate, find_estimate, require_level
from fieldmark.evaluation.measuring import Judged, Resampling, Subject, measure
from fieldmark.evaluation.metrics import definition_of
from fieldmark.evaluation.resampling import Units, units_of
from fieldmark.evaluation.slicing import Slicing, slicing_of
from fieldmark.predictions.table import Predictions

SMALL = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What was measured of the items of one slice.

    Attributes:
        column: column of the items, or rank of the labels.
        name: value or range of the column.
        n: number of items, at least 1.
        groups: number of groups among them; None when the items are independent.
        estimates: the metrics at the leaves over these items alone.
    """

    column: str
    name: str
    n: int
    groups: int | None
    estimates: tuple[Estimate, ...]

    @property
    def is_small(self) -> bool:
        """Whether there are too few items (or groups) to say much."""
        return min(self.n, self.n if self.groups is None else self.groups) < SMALL

    def estimate(self, metric: str) -> Estimate | None:
        """Return one Estimate, or None when it was not measured."""
        return find_estimate(self.estimates, metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceTable:
    """All slices that were looked at, with intervals that hold for all of them together.

    Attributes:
        contender: who made the predictions.
        split: part of the split that the items come from.
        level: coverage aimed at for all intervals of one metric together (Bonferroni).
        level_of_each: coverage of each interval, 1 - (1 - level) / number of slices.
        slices: column by column.
        notes: how the slices of each column were made.
    """

    contender: str
    split: str
    level: float
    level_of_each: float
    slices: tuple[Slice, ...]
    notes: tuple[str, ...]

    @property
    def looked_at(self) -> int:
        """Number of slices, small ones included."""
        return len(self.slices)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self) | {
            "looked_at": self.looked_at,
            "notes": list(self.notes),
            "slices": [
                asdict(one)
                | {"is_small": one.is_small, "estimates": [e.to_dict() for e in one.estimates]}
                for one in self.slices
            ],
        }


def evaluate_slices(
    predictions: Predictions,
    leaf: Answers,
    *,
    columns: Sequence[str],
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> SliceTable:
    """Return every metric at the leaves for every slice of every column.

    Each further slice is a further chance to look bad by accident, so the intervals are widened:
    with m slices each has the level 1 - (1 - level) / m, and all of one metric hold together with
    the stated level. Draws are added until at least one is expected beyond each end of each
    interval.

    Args:
        predictions: the table whose items have the columns.
        leaf: the answers at the leaves, in the order of the items.
        columns: columns of the items, or ranks of the taxonomy; at least one.
        level: coverage aimed at for all slices together, in (0, 1).
        resamples: least number of bootstrap draws in a slice.
        seed: of the draws.

    Raises:
        PredictionsError: a column is unknown, or has too many values to be slices.
    """
    require_level(level)
    slicings = [slicing_of(predictions, column) for column in columns]
    if not slicings:
        raise PredictionsError("Expected at least one column to slice by; got none.")
    looked_at = sum(len(slicing.names) for slicing in slicings)
    each = 1 - (1 - level) / looked_at
    draws = max(resamples, math.ceil(2 / (1 - each)))
    slices = []
    for slicing in slicings:
        for code in range(len(slicing.names)):
            how = Resampling(
                units=_units(predictions, slicing, code),
                split=predictions.header.split,
                level=each,
                resamples=draws,
                seed=seed,
            )
            slices.append(_slice(predictions.header.contender, leaf, slicing, code, how))
    return SliceTable(
        contender=predictions.header.contender,
        split=predictions.header.split,
        level=level,
        level_of_each=each,
        slices=tuple(slices),
        notes=tuple(slicing.note for slicing in slicings),
    )


def _units(predictions: Predictions, slicing: Slicing, code: int) -> Units:
    rows = np.flatnonzero(slicing.codes == code)
    groups = predictions.groups
    return units_of(None if groups is None else groups.gather(rows), n=len(rows))


def _slice(contender: str, leaf: Answers, slicing: Slicing, code: int, how: Resampling) -> Slice:
    answers = leaf.reordered(np.flatnonzero(slicing.codes == code))
    return Slice(
        column=slicing.column,
        name=slicing.names[code],
        n=answers.n,
        groups=how.units.count if how.units.clustered else None,
        estimates=measure([Subject(contender, (Judged(answers),))], how)[0],
    )


def worst_slices(table: SliceTable, metric: str = "accuracy") -> tuple[Slice, ...]:
    """Return the slices in which a metric has a value, the worst first; ties as they stand.

    Raises:
        PredictionsError: there is no such metric, or it was not measured in any slice.
    """
    lower_is_better = definition_of(metric).direction == "lower"
    found = [(slice_, slice_.estimate(metric)) for slice_ in table.slices]
    valued = [(one, e.value) for one, e in found if e is not None and e.value is not None]
    if not valued:
        raise PredictionsError(
            f"{metric} was not measured in any of the {count_of(table.looked_at, 'slice')}."
        )
    ordered = sorted(valued, key=lambda pair: pair[1], reverse=lower_is_better)
    return tuple(slice_ for slice_, _ in ordered)
