"""The section on the decisions of a study: promise, thresholds, and whether the promise held."""

from collections.abc import Sequence

from fieldmark.decision.decisions import Decisions
from fieldmark.decision.operating_point import OperatingPoint
from fieldmark.decision.promise_check import PromiseCheck, Verdict
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.metrics import METRICS
from fieldmark.report.content import ReportContent
from fieldmark.report.decided import Decided
from fieldmark.report.estimate_cells import estimate_cell
from fieldmark.report.numbers import MISSING, NumberStyle
from fieldmark.report.section import Fold, Section
from fieldmark.report.tables import Cell, Column, Table, Tone

_COSTS = ("realised_cost", "realised_cost_of_best_class", "expected_cost")
_PER_1000 = NumberStyle(factor=1000.0, decimals=1, interval_decimals=0, unit="", difference_unit="")
_TONES: dict[Verdict, Tone] = {
    "contradicted": "bad",
    "not kept": "warning",
    "exceeded": "warning",
    "not tested": "neutral",
    "kept": "good",
    "confirmed": "good",
}
_WORST_FIRST = tuple(_TONES)
_MOST_OPEN = 2


def decision_section(content: ReportContent) -> Section:
    """Return each decision: one table of all contenders, and each rank of each contender."""
    by_name: dict[str, list[Decided]] = {}
    for one in content.decided:
        by_name.setdefault(one.name, []).append(one)
    tables: list[Table] = []
    folded: list[Fold] = []
    for position, (name, taken) in enumerate(by_name.items(), start=1):
        tables.append(decision_table(name, taken, position=position))
        ranks = [
            table
            for number, one in enumerate(taken, start=1)
            if (table := rank_table(one, name=f"decision-{position}-{number}")) is not None
        ]
        if len(by_name) <= _MOST_OPEN and ranks:
            tables.append(ranks.pop(0))
        reasons = why_not_table(taken, name=f"decision-{position}-why")
        if len(by_name) <= _MOST_OPEN:
            tables.append(reasons)
        elif reasons.rows:
            folded.append(Fold(reasons.caption, tables=(reasons,)))
        if ranks:
            folded.append(Fold(f"{name}: each rank of each contender", tables=tuple(ranks)))
    return Section(
        "decisions",
        "Decisions",
        remarks=tuple(dict.fromkeys(_notes(content.decided))),
        tables=tuple(tables),
        folded=tuple(folded),
    )


def decision_table(name: str, taken: Sequence[Decided], *, position: int) -> Table:
    """Return what one decision did for each contender: thresholds, what came of it, its promise.

    Args:
        name: of the decision.
        taken: one a contender.
        position: of the decision on the page.
    """
    first = next((one.found for one in taken if one.found is not None), None)
    metrics = _metrics_of(first)
    heads = (
        Column("Contender"),
        Column("Thresholds"),
        *(Column(_title(metric), _detail(metric), is_number=True) for metric in metrics),
        Column("Promise"),
    )
    rows = tuple(_decision_cells(one, metrics) for one in taken)
    return Table(
        f"decision-{position}", f"Decision “{name}”", heads, rows, note=_note(first, taken[0].asked)
    )


def why_not_table(taken: Sequence[Decided], *, name: str) -> Table:
    """Return for which contenders a decision could not be taken, and what is lacking.

    Args:
        taken: one a contender.
        name: of the table on its page.
    """
    rows = tuple((Cell(one.contender), Cell(one.why_not)) for one in taken if one.found is None)
    caption = f"Why “{taken[0].name}” could not be taken, and what is lacking"
    return Table(name, caption, (Column("Contender"), Column("Reason")), rows)


def rank_table(one: Decided, *, name: str) -> Table | None:
    """Return what a decision did at each rank, fine to coarse; None where it knows no ranks.

    Args:
        one: of one contender.
        name: of the table on its page.
    """
    found = one.found
    ranks = [] if found is None else list(dict.fromkeys(e.rank for e in found.estimates if e.rank))
    if found is None or not ranks:
        return None
    heads = (
        Column("Rank"),
        Column("Threshold", is_number=True),
        Column("Answered at it", is_number=True),
        Column("Wrong", "of those", is_number=True),
        Column("At it or finer", is_number=True),
        Column("Promise"),
    )
    rows = tuple(_rank_cells(found, rank, ranks) for rank in reversed(ranks))
    caption = f"“{one.name}” for {one.contender}, rank by rank"
    return Table(name, caption, heads, rows)


def _metrics_of(found: Decisions | None) -> tuple[str, ...]:
    if found is None:
        return ()
    measured = [one.metric for one in found.estimates if one.rank is None]
    return tuple(dict.fromkeys(measured))


def _title(metric: str) -> str:
    return f"{METRICS[metric].title} per 1,000" if metric in _COSTS else METRICS[metric].title


def _detail(metric: str) -> str:
    return {"lower": "lower is better", "higher": "higher is better"}.get(
        METRICS[metric].direction, ""
    )


def _decision_cells(one: Decided, metrics: Sequence[str]) -> tuple[Cell, ...]:
    if one.found is None:
        word = "infeasible" if one.why_not.startswith("infeasible") else "not possible"
        blank = (Cell(MISSING, tone="muted") for _ in metrics)
        return (Cell(one.contender), Cell("none"), *blank, Cell(word, tone="warning"))
    estimates = (one.found.estimate(metric) for metric in metrics)
    return (
        Cell(one.contender, _calibrator(one.found)),
        Cell("; ".join(_threshold(point) for point in one.found.points)),
        *(_cell(estimate) for estimate in estimates),
        _verdict_cell(one.found.checks),
    )


def _calibrator(found: Decisions) -> str:
    made = found.calibrator
    if made is None:
        return ""
    temperature = made.parameters.get("temperature")
    value = f" (T = {temperature[0]:.2f})" if temperature is not None else ""
    return f"calibrated by {made.kind}{value}"


def _threshold(point: OperatingPoint) -> str:
    if point.threshold is None:
        return point.name if point.limit is None else f"{point.name}: never"
    return f"{point.name} {point.threshold:.3f}"


def _cell(estimate: Estimate | None) -> Cell:
    """Return an estimate; costs per 1,000 items."""
    is_cost = estimate is not None and estimate.metric in _COSTS
    return estimate_cell(estimate, style=_PER_1000 if is_cost else None)


def _verdict_cell(checks: Sequence[PromiseCheck]) -> Cell:
    if not checks:
        return Cell("none made", tone="neutral")
    worst = min(checks, key=lambda check: _WORST_FIRST.index(check.verdict))
    of = f"{sum(check.verdict in ('confirmed', 'kept') for check in checks)} of {len(checks)} kept"
    detail = _promised(worst) if len(checks) == 1 else of
    return Cell(worst.verdict, detail, tone=_TONES[worst.verdict])


def _promised(check: PromiseCheck) -> str:
    side = "at least" if check.at_least else "at most"
    return f"{side} {100 * check.limit:g} %"


def _rank_cells(found: Decisions, rank: str, ranks: Sequence[str]) -> tuple[Cell, ...]:
    is_each = len(found.points) == len(ranks)
    point = found.points[ranks.index(rank) if is_each else 0]
    checks = [check for check in found.checks if check.rank == rank]
    withheld = is_each and point.threshold is None
    promise = (
        Cell("not answered", tone="neutral")
        if withheld
        else _verdict_cell(checks)
        if checks
        else Cell("over all ranks" if found.checks else "none made", tone="muted")
    )
    return (
        Cell(rank, point.promise.partition(". ")[2] if withheld else ""),
        Cell("never" if point.threshold is None else f"{point.threshold:.3f}"),
        _cell(found.estimate("answered_here", rank)),
        _cell(found.estimate("error_of_answered_here", rank)),
        _cell(found.estimate("answered", rank)),
        promise,
    )


def _note(found: Decisions | None, asked: str) -> str:
    stated = f"Asked for: {asked}." if asked else ""
    if found is None:
        return stated
    promises = dict.fromkeys(
        point.promise for point in found.points if not point.promise.startswith("Rank ")
    )
    level = f"{100 * found.estimates[0].level:g} % interval"
    where = (
        f"Fitted on “{found.fitted_on}”, reported on “{found.reported_on}”. Below each value: its "
        f"{level}."
    )
    return " ".join(part for part in (stated, where, *promises) if part)


def _notes(taken: Sequence[Decided]) -> list[str]:
    return [note for one in taken if one.found is not None for note in one.found.notes]
