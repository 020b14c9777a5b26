"""An evaluation over time as two small tables: every metric beside its baselines, and by day."""

from collections.abc import Iterator, Sequence
from typing import Final

from fieldmark.cli.console import print_line, print_table
from fieldmark.core.checks import count_of
from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.onset_record import DayEvaluation, OnsetEvaluation

_SKILL: Final = "_skill"
_OF: Final = " of "
_BY_DAY: Final = (
    "day_accuracy",
    "day_f1",
    "day_auroc_pooled",
    "day_auroc_mean_of_folds",
    "known_by_day",
    "falsely_known_by_day",
)


def print_onset_evaluation(found: OnsetEvaluation) -> None:
    """Write an evaluation over time to standard output; ``--json`` holds what is left out."""
    _print_head(found)
    shown = [one for one in found.estimates if not one.metric.endswith(_SKILL)]
    names = list(dict.fromkeys(one.contender or "" for one in found.baselines))
    interval = f"{100 * shown[0].level:g} % interval"
    heads = [name.split(_OF)[0] for name in names]
    rows = [_row(found, estimate, names) for estimate in shown]
    print_table("", ("metric", "value", interval, "n", "skill", *heads), rows)
    metrics = [name for name in _BY_DAY if any(day.estimate(name) for day in found.days)]
    columns = ("day", "imaged", "positive", *metrics)
    print_table("", columns, [tuple(_day_cells(day, metrics)) for day in found.days])
    _print_notes(found, shown)


def _print_head(found: OnsetEvaluation) -> None:
    groups = "" if found.groups is None else f" in {count_of(found.groups, 'group')}"
    who = "controls" if found.controls_stated else "that never begin"
    possible = found.specimens * found.times
    print_line(
        f"{found.contender} on '{found.split}': {count_of(found.specimens, 'specimen')}{groups}, "
        f"{found.with_onset:,} with an onset by day {found.end:g}, {found.unaffected:,} {who}; "
        f"{found.imaged:,} of {possible:,} specimen-days imaged."
    )
    fitted = found.fitted_on
    source = "all other groups, for each group" if fitted is None else f"'{fitted}'"
    print_line(f"Rule: {found.rule}. Thresholds and baselines from {source}.")
    if found.settings["kind"] in ("change-point", "cusum"):
        print_line(
            f"Prevalence that the scores assume: {found.prevalence:.3f}, from "
            f"{found.prevalence_source}."
        )


def _row(found: OnsetEvaluation, estimate: Estimate, names: Sequence[str]) -> tuple[str, ...]:
    skill = find_estimate(found.estimates, f"{estimate.metric}{_SKILL}")
    return (
        estimate.metric,
        estimate.value_text(),
        _ends(estimate),
        f"{estimate.n:,}",
        "" if skill is None else skill.value_text(),
        *(_value(found.baseline(name, estimate.metric)) for name in names),
    )


def _day_cells(day: DayEvaluation, metrics: Sequence[str]) -> Iterator[str]:
    yield from (f"{day.day:g}", f"{day.imaged:,}", f"{day.positive:,}")
    for metric in metrics:
        estimate = day.estimate(metric)
        shown = metric.endswith("known_by_day") and estimate is not None
        ends = f" ({_ends(estimate)})" if shown and estimate and estimate.low is not None else ""
        yield f"{_value(estimate)}{ends}"


def _value(estimate: Estimate | None) -> str:
    return "" if estimate is None else estimate.value_text()


def _ends(estimate: Estimate) -> str:
    """Return the ends of the interval; the column says its level."""
    text = estimate.interval_text()
    return text.split("interval ")[-1] if estimate.low is not None else "none"


def _print_notes(found: OnsetEvaluation, shown: Sequence[Estimate]) -> None:
    by_method: dict[str, list[str]] = {}
    for estimate in shown:
        by_method.setdefault(estimate.method, []).append(estimate.metric)
    for method, metrics in by_method.items():
        whose = "all" if len(by_method) == 1 else ", ".join(metrics)
        print_line(f"Intervals of {whose}: {method}.")
    print_line("Errors and lead times are in the unit of the time column.")
    print_line("Skill is 0 for the best trivial baseline beside it and 1 for no mistake.")
    for note in found.notes:
        print_line(f"! {note}")
