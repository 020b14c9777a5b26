"""An evaluation as two small tables: every metric at the leaves, and accuracy rank by rank."""

from collections.abc import Iterator, Sequence
from typing import Final

from fieldmark.cli.console import print_line, print_table
from fieldmark.core.checks import count_of
from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.record import Evaluation

_SKILL: Final = "_skill"


def print_evaluation(found: Evaluation) -> None:
    """Write an evaluation to standard output; ``--json`` holds every number that is left out."""
    groups = "" if found.groups is None else f" in {count_of(found.groups, 'group')}"
    print_line(
        f"{found.contender} on '{found.split}': {count_of(found.n, 'item')}{groups}, "
        f"{count_of(found.classes, 'class', 'classes')}, "
        f"{found.excluded:,} excluded as unreadable."
    )
    baselines = list(dict.fromkeys(estimate.contender or "" for estimate in found.baselines))
    leaves = [estimate for estimate in found.estimates if estimate.rank is None]
    shown = [estimate for estimate in leaves if not estimate.metric.endswith(_SKILL)]
    interval = f"{100 * shown[0].level:g} % interval" if shown else "interval"
    columns = ("metric", "value", interval, "n", "skill", *baselines)
    print_table("", columns, [_leaf_row(found, estimate, baselines) for estimate in shown])
    ranks = list(dict.fromkeys(estimate.rank for estimate in found.estimates if estimate.rank))
    if ranks:
        columns = ("rank", "classes", "accuracy", interval, *baselines)
        print_table("", columns, list(_rank_rows(found, ranks, baselines)))
    _print_notes(found, shown)


def _leaf_row(found: Evaluation, estimate: Estimate, baselines: Sequence[str]) -> tuple[str, ...]:
    skill = find_estimate(found.estimates, f"{estimate.metric}{_SKILL}")
    return (
        estimate.metric,
        estimate.value_text(),
        _ends(estimate),
        f"{estimate.n:,}",
        "" if skill is None else skill.value_text(),
        *(_baseline(found, name, estimate.metric, None) for name in baselines),
    )


def _rank_rows(
    found: Evaluation, ranks: Sequence[str], baselines: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    for rank in ranks:
        estimate = found.estimate("accuracy", rank)
        if estimate is not None:
            others = (_baseline(found, name, "accuracy", rank) for name in baselines)
            counted = f"{estimate.classes:,}"
            yield (rank, counted, estimate.value_text(), _ends(estimate), *others)


def _baseline(found: Evaluation, name: str, metric: str, rank: str | None) -> str:
    own = [estimate for estimate in found.baselines if estimate.contender == name]
    estimate = find_estimate(own, metric, rank)
    return "" if estimate is None else estimate.value_text()


def _ends(estimate: Estimate) -> str:
    """Return the ends of the interval; the column says its level."""
    text = estimate.interval_text()
    return text.split("interval ")[-1] if estimate.low is not None else "none"


def _print_notes(found: Evaluation, shown: Sequence[Estimate]) -> None:
    by_method: dict[str, list[str]] = {}
    for estimate in shown:
        by_method.setdefault(estimate.method, []).append(estimate.metric)
    for method, metrics in by_method.items():
        whose = "all" if len(by_method) == 1 else ", ".join(metrics)
        print_line(f"Intervals of {whose}: {method}.")
    print_line("Skill is 0 for the best trivial baseline beside it and 1 for no mistake.")
    for flag in found.warnings:
        print_line(f"! {flag.sentence}")
