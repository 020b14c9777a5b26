"""Which items a decision is fitted on, and which it is reported on: never the same."""

import numpy as np

from fieldmark.core.checks import count_of, field_differences
from fieldmark.core.errors import DecisionError, NotComparableError
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.resampling import Units, units_of
from fieldmark.predictions.subsets import named, subset
from fieldmark.predictions.table import Predictions


def require_apart(fit: Predictions, report: Predictions) -> tuple[str, ...]:
    """Refuse two parts with an item in common; return notes on groups that both have.

    Raises:
        DecisionError: an item stands in both parts.
        NotComparableError: the parts are of different contenders, label spaces or contracts.
    """
    header, other = fit.header, report.header
    seen = frozenset(fit.ids)
    shared = [item for item in report.ids if item in seen]
    if shared:
        raise DecisionError(
            f"{len(shared):,} of the {count_of(report.n, 'item')} to report on were used to fit the"
            f" decision (first: '{shared[0]}'), so the report would say nothing about new"
            " items. Fit on one part, such as 'calibration', and report on another, such as 'test'."
        )
    differences = field_differences(
        header.model_dump(include={"contender", "seed", "fold", "score_kind", "contract", "tap"}),
        other.model_dump(include={"contender", "seed", "fold", "score_kind", "contract", "tap"}),
    )
    if fit.label_space.classes != report.label_space.classes:
        here, there = len(fit.label_space), len(report.label_space)
        differences += (f"classes: {here} against {there}, or in another order",)
    if differences:
        raise NotComparableError(
            f"A decision fitted on '{header.split}' cannot be reported on '{other.split}': the"
            f" predictions differ ({'; '.join(differences)}). Take both parts from one model."
        )
    return _shared_groups(fit, report)


def lots_of(predictions: Predictions, column: str | None, *, stated: bool = True) -> Units:
    """Return which lot each item belongs to; without a column each item is a lot of its own.

    Args:
        predictions: the table.
        column: a column of its items, such as "group" or "lot"; None for independent items.
        stated: whether somebody named the column; the default one may be absent.

    Raises:
        DecisionError: a stated column is absent, or an item has no lot.
    """
    if column is None or (column not in predictions.items.columns and not stated):
        return units_of(None, n=predictions.n)
    if column not in predictions.items.columns:
        raise DecisionError(
            f"Expected a column '{column}' with the lot of each item of"
            f" '{predictions.header.split}'; there are: {', '.join(predictions.items.columns)}."
        )
    values = predictions.items[column]
    if values.null_count():
        without = predictions.ids.filter(values.is_null())
        raise DecisionError(
            f"Expected a lot in column '{column}' for every item; {len(without):,} have none"
            f" (first: '{without[0]}')."
        )
    return units_of([str(value) for value in values], n=predictions.n)


def halves(predictions: Predictions, lots: Units) -> tuple[Predictions, Predictions]:
    """Return two halves of a part without a lot in common: for a calibrator, and for a threshold.

    The lots are shuffled by a fixed seed, so that the same part always gives the same halves. Their
    names say that they are halves.

    Raises:
        DecisionError: there are fewer than two lots.
    """
    if lots.count < 2:
        raise DecisionError(
            f"Expected at least two {'lots' if lots.clustered else 'items'} in"
            f" '{predictions.header.split}' to fit a calibrator on one half and a threshold on the"
            f" other; there is one. Leave the calibrator out, or state --calibrate-on."
        )
    order = generator_for("calibration half", lots.count).permutation(lots.count)
    first = np.zeros(lots.count, dtype=np.bool_)
    first[order[: lots.count // 2]] = True
    inside = first[lots.codes]
    first_half, second_half = subset(predictions, inside), subset(predictions, ~inside)
    part = predictions.header.split
    return named(first_half, f"{part} (first half)"), named(second_half, f"{part} (second half)")


def _shared_groups(fit: Predictions, report: Predictions) -> tuple[str, ...]:
    if fit.groups is None or report.groups is None:
        return ()
    common = frozenset(fit.groups) & frozenset(report.groups)
    if not common:
        return ()
    return (
        f"{count_of(len(common), 'group')} (first: '{min(common)}') stand in both"
        " parts: the report is about known groups, and the promise on new ones may not hold.",
    )
