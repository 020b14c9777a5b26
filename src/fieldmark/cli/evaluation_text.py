"""An evaluation as small tables: by kind of metric, rank by rank, and the trivial baselines."""

from collections.abc import Iterable, Sequence
from typing import Final

from fieldmark.cli.console import print_line, print_table
from fieldmark.core.checks import count_of
from fieldmark.evaluation.calibration_metrics import CALIBRATION_METRICS
from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.hierarchical_metrics import HIERARCHICAL_METRICS
from fieldmark.evaluation.metrics import definition_of
from fieldmark.evaluation.record import Evaluation
from fieldmark.evaluation.selective_metrics import SELECTIVE_METRICS

_SKILL: Final = "_skill"
_CONFIDENCES: Final = (
    "mean_confidence",
    "mean_confidence_right",
    "mean_confidence_wrong",
    "relative_entropy",
)
_ELSEWHERE: Final = {
    **dict.fromkeys((metric.identifier for metric in HIERARCHICAL_METRICS), "Hierarchical"),
    **dict.fromkeys((metric.identifier for metric in SELECTIVE_METRICS), "Selective"),
    **dict.fromkeys((metric.identifier for metric in CALIBRATION_METRICS), "Calibration"),
    **dict.fromkeys(_CONFIDENCES, "Calibration"),
}
_OFTEN_EQUAL: Final = {
    "macro_recall": "balanced_accuracy",
    "weighted_recall": "accuracy",
    "macro_f1_all_classes": "macro_f1",
    "macro_precision_all_classes": "macro_precision",
    "macro_recall_all_classes": "balanced_accuracy",
    "all_ranks_right": "accuracy",
    "hierarchical_precision": "hierarchical_f1",
    "hierarchical_recall": "hierarchical_f1",
}
_OF_BASELINES: Final = (
    "accuracy",
    "top_5_accuracy",
    "balanced_accuracy",
    "macro_f1",
    "log_loss",
    "brier_score",
    "hierarchical_f1",
)
_SEVERITY: Final = "mistake_severity"


def print_evaluation(found: Evaluation) -> None:
    """Write an evaluation to standard output; ``--json`` holds every number that is left out."""
    groups = "" if found.groups is None else f" in {count_of(found.groups, 'group')}"
    print_line(
        f"{found.contender} on '{found.split}': {count_of(found.n, 'item')}{groups}, "
        f"{count_of(found.classes, 'class', 'classes')}, "
        f"{found.excluded:,} excluded as unreadable."
    )
    leaves = [one for one in found.estimates if one.rank is None]
    shown = [one for one in leaves if not one.metric.endswith(_SKILL)]
    equal = {
        one.metric: _OFTEN_EQUAL[one.metric]
        for one in shown
        if one.metric in _OFTEN_EQUAL and _is_equal(found, one)
    }
    shown = [one for one in shown if one.metric not in equal]
    names = list(dict.fromkeys(one.contender or "" for one in found.baselines))
    _print_kind("Classification", found, shown, names)
    _print_kind("Hierarchical", found, shown, names)
    _print_ranks(found, names)
    _print_kind("Selective", found, shown, names)
    _print_kind("Calibration", found, shown, names)
    _print_baselines(found, names)
    _print_notes(shown, equal)


def interval_heading(estimates: Iterable[Estimate]) -> str:
    """Return the heading of a column of intervals, with their level.

    Args:
        estimates: of one level; none gives a heading without a level.
    """
    return next((f"{100 * one.level:.4g} % interval" for one in estimates), "interval")


def interval_ends(estimate: Estimate) -> str:
    """Return the ends of the interval; the heading says its level."""
    return estimate.interval_text().split("interval ")[-1] if estimate.low is not None else "none"


def _print_kind(
    title: str, found: Evaluation, shown: Sequence[Estimate], names: Sequence[str]
) -> None:
    estimates = [one for one in shown if _ELSEWHERE.get(one.metric, "Classification") == title]
    rows = [_row(found, estimate, names) for estimate in estimates]
    if not rows:
        return
    heading = interval_heading(estimates)
    columns = ["metric", "value", heading, "n", "baseline", "skill", "accuracy"]
    kept = [place for place in range(len(columns)) if any(row[place] for row in rows)]
    print_line()
    print_table(
        title, [columns[place] for place in kept], [[row[place] for place in kept] for row in rows]
    )


def _row(found: Evaluation, estimate: Estimate, names: Sequence[str]) -> tuple[str, ...]:
    skill = found.estimate(f"{estimate.metric}{_SKILL}", estimate.rank)
    accuracy = found.estimate("accuracy") if estimate.metric == _SEVERITY else None
    return (
        estimate.metric,
        estimate.value_text(),
        interval_ends(estimate),
        f"{estimate.n:,}",
        _best_baseline(found, estimate, names),
        "" if skill is None else skill.value_text(),
        "" if accuracy is None else accuracy.value_text(),
    )


def _print_ranks(found: Evaluation, names: Sequence[str]) -> None:
    ranks = list(dict.fromkeys(one.rank for one in found.estimates if one.rank))
    rows = []
    for rank in ranks:
        estimate = found.estimate("accuracy", rank)
        if estimate is not None:
            _, value, ends, _, baseline, skill, _ = _row(found, estimate, names)
            f1 = found.estimate("macro_f1", rank)
            macro = "" if f1 is None else f1.value_text()
            rows.append((rank, f"{estimate.classes:,}", value, ends, baseline, skill, macro))
    if rows:
        heading = interval_heading(found.estimates)
        columns = ("rank", "classes", "accuracy", heading, "baseline", "skill", "macro_f1")
        print_line()
        print_table("Rank by rank, on the path of the best leaf", columns, rows)


def _best_baseline(found: Evaluation, estimate: Estimate, names: Sequence[str]) -> str:
    """Return the best value of a trivial baseline and its number, "" where there is none."""
    rivals = [
        one
        for one in found.baselines
        if (one.metric, one.rank) == (estimate.metric, estimate.rank) and one.value is not None
    ]
    if not rivals or definition_of(estimate.metric).direction == "neither":
        return ""
    sign = -1.0 if definition_of(estimate.metric).direction == "lower" else 1.0
    best = max(rivals, key=lambda one: sign * (one.value or 0.0))
    return f"{best.value_text()} ({names.index(best.contender or '') + 1})"


def _print_baselines(found: Evaluation, names: Sequence[str]) -> None:
    if not names:
        return
    rows = []
    for metric in _OF_BASELINES:
        values = [
            find_estimate([one for one in found.baselines if one.contender == name], metric)
            for name in names
        ]
        if any(values):
            own = found.estimate(metric)
            cells = ("" if one is None else one.value_text() for one in (own, *values))
            rows.append((metric, *cells))
    numbers = [f"({number})" for number in range(1, len(names) + 1)]
    print_line()
    print_table("Beside trivial baselines", ("metric", "value", *numbers), rows)
    for number, name in zip(numbers, names, strict=True):
        print_line(f"{number} {name}")


def _is_equal(found: Evaluation, estimate: Estimate) -> bool:
    other = found.estimate(_OFTEN_EQUAL[estimate.metric])
    if other is None or other.value is None or estimate.value is None:
        return False
    return abs(other.value - estimate.value) < 1e-12


def _print_notes(shown: Sequence[Estimate], equal: dict[str, str]) -> None:
    print_line()
    by_method: dict[str, list[str]] = {}
    for estimate in shown:
        by_method.setdefault(estimate.method, []).append(estimate.metric)
    most = max(by_method, key=lambda method: len(by_method[method]), default="")
    for method, metrics in by_method.items():
        whose = "all" if len(by_method) == 1 else ", ".join(metrics)
        whose = "all others" if method == most and len(by_method) > 1 else whose
        print_line(f"Intervals of {whose}: {method}.")
    print_line("Skill is 0 for the best trivial baseline beside it and 1 for no mistake.")
    if any(estimate.metric == _SEVERITY for estimate in shown):
        print_line("Severity is over wrong answers alone, and can fall because accuracy falls.")
    if equal:
        print_line(f"Equal here, and shown once: {_in_words(equal)}.")


def print_warnings(found: Evaluation) -> None:
    """Write the signs of a dead run, and what to read with care."""
    for flag in found.warnings:
        print_line(f"! {flag.sentence}")


def _in_words(equal: dict[str, str]) -> str:
    return "; ".join(
        " = ".join((shown, *(metric for metric, other in equal.items() if other == shown)))
        for shown in dict.fromkeys(equal.values())
    )
