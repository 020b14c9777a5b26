"""Ablation tables: each row against its own reference, and no winner while cells are missing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fieldmark.comparison.families import holm, holm_levels
from fieldmark.comparison.outcome import Comparison
from fieldmark.comparison.paired_tests import fewest_resamples
from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.core.checks import first_few
from fieldmark.core.errors import NotComparableError
from fieldmark.predictions.table import Predictions

Cells = Mapping[str, Sequence[Predictions]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """One row of an ablation as it was planned.

    Attributes:
        name: the contender.
        cells: how many cells were planned, such as one a seed; at least 1.
        reference: the contender that the row is compared with; None for a reference itself.
        changed: the factors in which the two differ, in words.
    """

    name: str
    cells: int
    reference: str | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationRow:
    """One row with what is known of it.

    Attributes:
        planned: the row as it was planned.
        ran: how many of its cells have a result.
        comparison: against its own reference, over the cells that ran, corrected for the number of
            planned rows; None for a reference, and where a side has not run.
        refusal: why the two may not be compared; None where they may.
    """

    planned: PlannedRow
    ran: int
    comparison: Comparison | None = None
    refusal: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every planned cell has a result."""
        return self.ran == self.planned.cells

    @property
    def warning(self) -> str | None:
        """What forbids to read the difference as the effect of one factor."""
        if len(self.planned.changed) < 2:
            return None
        factors = "; ".join(self.planned.changed)
        return f"{len(self.planned.changed)} factors changed at once ({factors}): no single cause"

    def difference_text(self) -> str:
        """Return the difference with its interval, "reference", or "?" where it is not known."""
        if self.planned.reference is None:
            return "reference"
        return "?" if self.comparison is None else self.comparison.difference_text()


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationTable:
    """What each change makes of its own reference.

    Attributes:
        metric: identifier in the catalogue.
        rows: in the order of the plan.
    """

    metric: str
    rows: tuple[AblationRow, ...]

    @property
    def cells(self) -> tuple[int, int]:
        """How many cells ran, of how many that were planned."""
        return sum(row.ran for row in self.rows), sum(row.planned.cells for row in self.rows)

    @property
    def winner(self) -> str | None:
        """The only row that is better than its reference, where all share one and all have run."""
        references = {row.planned.reference for row in self.rows} - {None}
        if len(references) != 1 or not all(row.is_complete for row in self.rows):
            return None
        if any(row.refusal is not None for row in self.rows):
            return None
        better = [
            row.planned.name
            for row in self.rows
            if row.comparison is not None and row.comparison.verdict == "better"
        ]
        return better[0] if len(better) == 1 else None

    @property
    def conclusion(self) -> str:
        """What may be concluded, in one sentence."""
        ran, planned = self.cells
        if ran < planned:
            return f"{ran} of {planned} cells have run: no winner while {planned - ran} are missing"
        if self.winner is None:
            return f"all {planned} cells have run; no single row is better than its reference"
        return f"all {planned} cells have run; only {self.winner} is better than its reference"

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON; what has not run is None."""
        return {
            "metric": self.metric,
            "cells_ran": self.cells[0],
            "cells_planned": self.cells[1],
            "conclusion": self.conclusion,
            "winner": self.winner,
            "rows": [
                {
                    "name": row.planned.name,
                    "reference": row.planned.reference,
                    "changed": list(row.planned.changed),
                    "cells_ran": row.ran,
                    "cells_planned": row.planned.cells,
                    "difference": row.difference_text(),
                    "comparison": None if row.comparison is None else row.comparison.to_dict(),
                    "warning": row.warning,
                    "refusal": row.refusal,
                }
                for row in self.rows
            ],
        }


def ablation_table(
    plan: Sequence[PlannedRow],
    predictions: Cells,
    *,
    metric: str = "accuracy",
    rank: str | None = None,
    margin: float | None = None,
    rules: ComparisonRules = STRICT,
    judge: Callable[..., Comparison] = compare,
) -> AblationTable:
    """Return the difference of every row to its own reference, as far as cells have run.

    Holm's correction counts the rows that are planned, so that a verdict does not get easier while
    others are missing.

    Args:
        plan: the rows; a reference is a row too.
        predictions: contender -> the tables of its cells that ran, absent or empty for none.
        metric: as in `compare`.
        rank: as in `compare`.
        margin: as in `compare`.
        rules: as in `compare`; the level is that of the whole table.
        judge: compares two contenders: `compare`, or `compare_folds` where cells are folds.

    Raises:
        NotComparableError: a name comes twice, a reference is no row, more cells ran than were
            planned, or a metric or rank does not exist.
    """
    _require_plan(plan, predictions)
    planned = sum(row.reference is not None for row in plan)
    fewest = fewest_resamples(1 - (1 - rules.level) / max(1, planned))
    rules = replace(rules, resamples=max(rules.resamples, fewest))

    def against_reference(row: PlannedRow, level: float) -> Comparison:
        return judge(
            predictions[row.name],
            predictions[str(row.reference)],
            metric=metric,
            rank=rank,
            margin=margin,
            rules=replace(rules, level=level),
        )

    found: dict[str, Comparison] = {}
    refusals: dict[str, str] = {}
    ready = {row.name: row for row in plan if _has_run(row, predictions)}
    for name, row in ready.items():
        try:
            found[name] = against_reference(row, rules.level)
        except NotComparableError as error:
            refusals[name] = str(error)
    if planned > 1:
        p_values = [one.p_value for one in found.values()]
        levels = holm_levels(p_values, level=rules.level, planned=planned)
        words = f"Holm over {planned} planned rows"
        for name, level, p in zip(found, levels, holm(p_values, planned=planned), strict=True):
            at_level = against_reference(ready[name], level)
            found[name] = replace(at_level, p_adjusted=p, adjustment=words)
    rows = [
        AblationRow(
            planned=row,
            ran=len(predictions.get(row.name, ())),
            comparison=found.get(row.name),
            refusal=refusals.get(row.name),
        )
        for row in plan
    ]
    return AblationTable(metric=metric, rows=tuple(rows))


def _has_run(row: PlannedRow, predictions: Cells) -> bool:
    sides = (row.name, row.reference)
    return all(name is not None and predictions.get(name) for name in sides)


def _require_plan(plan: Sequence[PlannedRow], predictions: Cells) -> None:
    names = [row.name for row in plan]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise NotComparableError(
            f"Expected every row of the ablation once; {first_few(repeated)} came more than once."
        )
    for row in plan:
        if row.reference is not None and row.reference not in names:
            raise NotComparableError(
                f"Expected the reference of '{row.name}' to be a row of the ablation;"
                f" '{row.reference}' is none. Plan it, since its cells must run too."
            )
        ran = len(predictions.get(row.name, ()))
        if ran > row.cells:
            raise NotComparableError(
                f"Expected at most the {row.cells} planned cells of '{row.name}'; got {ran}. Count"
                " only the cells that are in the plan."
            )
