"""What can be asked of evaluate beside its metrics, as tables: universe, slices, back-off."""

from collections.abc import Sequence

from fieldmark.cli.console import print_line, print_table
from fieldmark.cli.evaluation_text import interval_ends, interval_heading
from fieldmark.core.checks import count_of
from fieldmark.evaluation.backoff_curve import BackoffCurve, BackoffPoint
from fieldmark.evaluation.confusion_counts import ConfusedPair
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.metrics import definition_of
from fieldmark.evaluation.slices import SMALL, Slice, SliceTable, worst_slices

_WORST = 15
_BACKOFF_ROWS = 12


def print_universe(estimates: Sequence[Estimate], *, candidates: int) -> None:
    """Write the expected accuracies at a smaller number of candidates.

    Args:
        estimates: of one size, at least one.
        candidates: number of classes that the contender chose from.
    """
    smaller = estimates[0].classes
    rows = [(one.metric, one.value_text(), interval_ends(one), f"{one.n:,}") for one in estimates]
    title = f"Expected among {smaller:,} of {candidates:,} candidates"
    print_line()
    print_table(title, ("metric", "value", interval_heading(estimates), "n"), rows)


def print_slices(table: SliceTable, metric: str, *, whole: Estimate | None) -> None:
    """Write the worst slices, and how many were looked at.

    Args:
        table: the slices.
        metric: what orders them.
        whole: the Estimate of the metric over all items.

    Raises:
        PredictionsError: the metric was not measured in any slice.
    """
    ordered = worst_slices(table, metric)
    shown = ordered[:_WORST]
    found = [one for one in (slice_.estimate(metric) for slice_ in shown) if one]
    rows = [_slice_row(*pair, whole) for pair in zip(shown, found, strict=True)]
    columns = ["column", "slice", metric, interval_heading(found), "n", "groups", "flag"]
    kept = [place for place in range(len(columns)) if any(row[place] for row in rows)]
    overall = "" if whole is None else f" (all items: {whole.value_text()})"
    print_line()
    print_table(
        f"Worst slices by {metric}{overall}",
        [columns[place] for place in kept],
        [[row[place] for place in kept] for row in rows],
    )
    print_line(
        f"{count_of(table.looked_at, 'slice was', 'slices were')} looked at"
        f"{f', the worst {_WORST} are shown' if len(ordered) > _WORST else ''}; each interval has"
        f" the level {100 * table.level_of_each:.4g} %, so that all hold together with"
        f" {100 * table.level:g} % (Bonferroni); 'worse than all' where the whole interval is."
        f" Slices by {'; '.join(table.notes)}."
    )


def _slice_row(slice_: Slice, estimate: Estimate, whole: Estimate | None) -> tuple[str, ...]:
    flags = [f"small (under {SMALL})"] if slice_.is_small else []
    if whole is not None and _is_worse(estimate, whole):
        flags.append("worse than all")
    return (
        slice_.column,
        slice_.name,
        estimate.value_text(),
        interval_ends(estimate),
        f"{slice_.n:,}",
        "" if slice_.groups is None else f"{slice_.groups:,}",
        ", ".join(flags),
    )


def _is_worse(estimate: Estimate, whole: Estimate) -> bool:
    """Return whether the whole interval lies on the bad side of the value over all items."""
    if estimate.low is None or estimate.high is None or whole.value is None:
        return False
    if definition_of(whole.metric).direction == "lower":
        return estimate.low > whole.value
    return estimate.high < whole.value


def print_backoff(curve: BackoffCurve) -> None:
    """Write some points of a back-off curve: what is answered at which rank, and how well."""
    heading = f"{100 * curve.level:g} % interval"
    columns = ("p from", "answered", "accuracy", heading, "depth", *curve.ranks)
    rows = [_backoff_row(point) for point in _spread(curve.points)]
    print_line()
    print_table("Backing off to the finest rank that is sure enough", columns, rows)
    print_line(
        "Accuracy is over the answered items; below each rank stands the share of all items that is"
        f" answered there; depth is the mean rank of the answers, 0 for none to {len(curve.ranks)}"
        " for the leaves. Intervals:"
        f" {curve.method}. The thresholds are read off these items and promise nothing; `fieldmark"
        " decide` fits one with a promise."
    )


def _backoff_row(point: BackoffPoint) -> tuple[str, ...]:
    low, high = point.low, point.high
    return (
        f"{point.threshold:.3f}",
        f"{100 * point.coverage:.1f} %",
        f"{100 * point.accuracy:.2f} %",
        "none" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}",
        f"{point.mean_depth:.2f}",
        *(f"{100 * share:.0f} %" for share in point.shares),
    )


def _spread(points: Sequence[BackoffPoint]) -> list[BackoffPoint]:
    """Return some points whose mean depths are about evenly spread."""
    found: list[BackoffPoint] = []
    for point in points:
        wanted = points[0].mean_depth * (1 - len(found) / _BACKOFF_ROWS)
        if point.mean_depth <= wanted and len(found) < _BACKOFF_ROWS:
            found.append(point)
    return found


def print_confused(pairs: Sequence[ConfusedPair]) -> None:
    """Write the most frequent mix-ups; nothing when there is none."""
    rows = [
        (pair.truth, pair.predicted, f"{pair.count:,}", f"{pair.n:,}", _share(pair))
        for pair in pairs
    ]
    if rows:
        print_line()
        print_table("Most frequent mix-ups", ("label", "answer", "items", "of", "share"), rows)


def _share(pair: ConfusedPair) -> str:
    return f"{100 * pair.count / pair.n:.1f} %"
