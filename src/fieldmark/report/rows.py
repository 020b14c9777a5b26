"""From evaluations to the rows of the table: contenders as they ran, baselines once each."""

from collections.abc import Iterable
from dataclasses import replace

from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.record import Evaluation
from fieldmark.report.content import ContenderRow


def contender_row(
    name: str,
    evaluation: Evaluation | None,
    *,
    cells_ran: int,
    cells_planned: int,
    description: str = "",
) -> ContenderRow:
    """Return the row of a contender; without an evaluation every number in it is ``?``.

    Args:
        name: as the study calls it, which is also the contender of the evaluation.
        evaluation: what was measured over the cells that ran; None when none has.
        cells_ran: cells of the plan that have a result.
        cells_planned: cells of the plan.
        description: what it is, in a few words.

    Raises:
        FieldmarkError: the evaluation is another contender's.
    """
    return ContenderRow(
        name,
        estimates=() if evaluation is None else evaluation.estimates,
        cells_ran=cells_ran,
        cells_planned=cells_planned,
        description=description,
        flags=() if evaluation is None else evaluation.warnings,
    )


def baseline_rows(evaluations: Iterable[Evaluation]) -> tuple[ContenderRow, ...]:
    """Return one row for each trivial baseline that stands beside any of the evaluations.

    The same baseline on the same ground comes once.

    Args:
        evaluations: of the contenders of one study.
    """
    rows: dict[str, ContenderRow] = {}
    for evaluation in evaluations:
        for estimate in evaluation.baselines:
            name = estimate.contender or "baseline"
            row = rows.get(name, ContenderRow(name, is_baseline=True))
            if not any(_same_ground(estimate, known) for known in row.estimates):
                row = replace(row, estimates=(*row.estimates, estimate))
            rows[name] = row
    return tuple(rows.values())


def _same_ground(first: Estimate, second: Estimate) -> bool:
    """Whether two estimates answer the same question, so that one of them is enough."""
    a, b = ((e.metric, e.rank, e.split, e.classes, e.level) for e in (first, second))
    return a == b
