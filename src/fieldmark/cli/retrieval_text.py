"""An evaluation of rankings as small tables: every metric by scope, then what explains it."""

from collections.abc import Sequence
from typing import Final

from fieldmark.cli.console import print_line, print_table
from fieldmark.core.checks import count_of
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.retrieval_record import RetrievalEvaluation, ScopeEvaluation

_SUFFIXES: Final = {"gallery": "", "group": "_in_group", "radius": "_in_radius"}
_SHOWN: Final = 10


def print_retrieval(found: RetrievalEvaluation) -> None:
    """Write an evaluation of rankings to standard output; ``--json`` holds what is left out."""
    print_line(
        f"{found.contender} on '{found.split}': {count_of(found.queries, 'query', 'queries')} "
        f"({found.new_queries:,} of identities without a photo), "
        f"{count_of(found.photos, 'photo')} of "
        f"{count_of(found.identities, 'identity', 'identities')}; "
        f"{count_of(found.self_matches, 'self-match', 'self-matches')} left out, "
        f"{found.excluded:,} excluded as unreadable."
    )
    _print_metrics(found)
    _print_baselines(found)
    for scope in found.scopes:
        _print_candidates(scope)
    closest = found.scopes[1] if len(found.scopes) > 1 else found.scopes[0]
    _print_failing(closest)
    _print_groups(closest)
    _print_notes(found)


def _print_metrics(found: RetrievalEvaluation) -> None:
    metrics = [one.metric for one in found.scopes[0].estimates]
    rows = []
    for metric in metrics:
        cells = [_cell(_of(scope.estimates, metric, scope)) for scope in found.scopes]
        if any(cells):
            rows.append((metric, *cells))
    level = 100 * found.estimates[0].level
    columns = ("metric", *(f"{_title(scope)}" for scope in found.scopes))
    print_line()
    print_table(f"All queries count in every scope; {level:.4g} % intervals", columns, rows)


def _print_baselines(found: RetrievalEvaluation) -> None:
    names = list(dict.fromkeys(one.contender or "" for one in found.baselines))
    rows = []
    for name in names:
        cells = []
        for scope in found.scopes:
            own = [one for one in scope.baselines if one.contender == name]
            estimate = _of(own, "rank_1", scope)
            cells.append("" if estimate is None else estimate.value_text())
        rows.append((name, *cells))
    print_line()
    print_table("Rank-1 accuracy without looking", ("baseline", *map(_title, found.scopes)), rows)


def _print_candidates(scope: ScopeEvaluation) -> None:
    if len(scope.by_candidates) < 2:
        return
    rows = [
        (
            f"{one.low}" if one.low == one.high else f"{one.low} to {one.high}",
            f"{one.queries:,}",
            _cell(one.accuracy),
            f"{100 * one.chance:.1f} %",
            "" if one.d_prime is None else _cell(one.d_prime),
        )
        for one in scope.by_candidates
    ]
    print_line()
    print_table(
        f"By the number of candidates, {_title(scope)}",
        ("candidates", "queries", "rank_1", "chance", "d'"),
        rows,
    )


def _print_failing(scope: ScopeEvaluation) -> None:
    if not scope.failing:
        return
    expected = (
        ""
        if scope.expected_failing is None
        else f"; {scope.expected_failing:.1f} are expected at the d' of all"
    )
    rows = [
        (
            one.identity,
            one.group or "",
            f"{one.queries:,}",
            f"{one.photos:,}",
            f"{one.twin} ({one.taken_for_twin} of {one.queries})",
            "" if one.by_chance is None else f"{one.by_chance:.3f}",
        )
        for one in scope.failing[:_SHOWN]
    ]
    fails = count_of(len(scope.failing), "identity fails", "identities fail")
    print_line()
    print_table(
        f"Never right, {_title(scope)}: {fails} in all of at least {scope.fewest_queries} queries"
        f"{expected}",
        ("identity", "group", "queries", "photos", "twin", "probability by chance"),
        rows,
    )


def _print_groups(scope: ScopeEvaluation) -> None:
    if not scope.worst_groups:
        return
    rows = [
        (
            one.group,
            f"{one.queries:,}",
            f"{one.errors:,}",
            "" if one.expected_errors is None else f"{one.expected_errors:.1f}",
            f"{one.candidates:,}",
            f"{100 * one.share_of_errors:.1f} %",
        )
        for one in scope.worst_groups
    ]
    share = 100 * sum(one.share_of_errors for one in scope.worst_groups)
    print_line()
    print_table(
        f"Groups with most errors, {_title(scope)}: {share:.1f} % of all errors",
        ("group", "queries", "errors", "expected", "candidates", "of all errors"),
        rows,
    )


def _print_notes(found: RetrievalEvaluation) -> None:
    levels = found.levels
    print_line()
    if levels.same is not None and levels.different is not None:
        print_line(
            f"Similarity in the median: {levels.same:.3f} for photos of one identity, "
            f"{levels.different:.3f} for photos of two."
        )
    for scope in found.scopes:
        if scope.threshold is not None:
            print_line(
                f"Rejected as new below {scope.threshold:.6g} ({scope.threshold_source}), "
                f"{_title(scope)}."
            )
    print_line("Ties go to the wrong photo. d' is not lowered by more candidates, accuracy is.")
    methods = [one.method for one in found.estimates if one.low is not None]
    if methods:
        print_line(f"Most intervals: {max(methods, key=methods.count)}.")
    for flag in found.warnings:
        print_line(f"! {flag.sentence}")


def _title(scope: ScopeEvaluation) -> str:
    if scope.radius_metres is not None:
        return f"within {scope.radius_metres:g} m"
    return "within the group" if scope.scope == "group" else "whole gallery"


def _of(estimates: Sequence[Estimate], metric: str, scope: ScopeEvaluation) -> Estimate | None:
    """Return the Estimate of a metric under its name in this scope."""
    suffix, stem = _SUFFIXES[scope.scope], metric.removesuffix("_skill")
    name = f"{stem}{suffix}{metric[len(stem) :]}"
    return next((one for one in estimates if one.metric == name), None)


def _cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    if estimate.low is None:
        return estimate.value_text()
    return f"{estimate.value_text()} ({estimate.interval_text().split('interval ')[-1]})"
