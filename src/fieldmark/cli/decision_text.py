"""Decisions as sentences and one table: thresholds with their promises, and what came of them."""

from collections.abc import Sequence

from fieldmark.cli.console import print_line, print_table
from fieldmark.core.checks import count_of
from fieldmark.decision.decisions import Decisions
from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.metrics import METRICS

_TOTALS = ("answered", "error_of_answered")


def print_decisions(found: Decisions) -> None:
    """Write decisions to standard output; ``--json`` and ``--out`` hold every number."""
    n = count_of(found.items.height, "item")
    print_line(
        f"{found.rule} for {found.contender}: fitted on '{found.fitted_on}', reported on"
        f" '{found.reported_on}' ({n})."
    )
    if found.calibrator is not None:
        print_line(f"Scores are {found.calibrator.sentence()}.")
    for point in found.points:
        print_line(f"- {point.sentence()}")
        print_line(f"  promise: {point.promise}")
    print_line(f"  source: {found.points[0].source}")
    overall = [estimate for estimate in found.estimates if estimate.rank is None]
    interval = f"{100 * overall[0].level:g} % interval"
    print_table("", ("measured", "value", interval, "of"), [_row(one) for one in overall])
    ranks = list(dict.fromkeys(estimate.rank for estimate in found.estimates if estimate.rank))
    if ranks:
        columns = ("rank", "answered to here", "error", "answered at exactly here", "error here")
        print_table("", columns, [_rank_row(found, rank) for rank in ranks])
    if any(baseline.rank for baseline in found.baselines):
        _print_beside(found, ranks)
    for baseline in () if ranks else found.baselines:
        name = METRICS[baseline.metric].in_words
        print_line(f"{baseline.contender}: {name} {baseline.value_text()}")
    for check in found.checks:
        broken = check.verdict in ("not kept", "contradicted")
        print_line(f"{'!' if broken else '='} {check.sentence()}.")
    for note in found.notes:
        print_line(f"! {note}")


def _print_beside(found: Decisions, ranks: Sequence[str]) -> None:
    """Write what would have come of other thresholds, beside the rule: one line each."""
    named = {"the rule": list(found.estimates)}
    for baseline in found.baselines:
        named.setdefault(str(baseline.contender), []).append(baseline)
    columns = ("beside it", "answered", "error", *(f"at {rank}" for rank in reversed(ranks)))
    rows = []
    for name, estimates in named.items():
        cells = [find_estimate(estimates, metric, None) for metric in _TOTALS]
        cells += [find_estimate(estimates, "answered_here", rank) for rank in reversed(ranks)]
        rows.append((name, *("" if cell is None else cell.value_text() for cell in cells)))
    print_table("", columns, rows)


def _row(estimate: Estimate) -> tuple[str, ...]:
    title = METRICS[estimate.metric].title
    return title, estimate.value_text(), _ends(estimate), estimate.denominator


def _rank_row(found: Decisions, rank: str) -> tuple[str, ...]:
    metrics = ("answered", "error_of_answered", "answered_here", "error_of_answered_here")
    cells = (found.estimate(metric, rank) for metric in metrics)
    return (
        rank,
        *("" if cell is None else f"{cell.value_text()} ({_ends(cell)})" for cell in cells),
    )


def _ends(estimate: Estimate) -> str:
    """Return the ends of the interval; the column says its level."""
    if estimate.low is None:
        return "none"
    return estimate.interval_text().split("interval ")[-1]
