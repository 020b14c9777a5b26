"""What a rule did on one part: a decision for each item, and what came of it."""

from dataclasses import dataclass

import polars as pl

from fieldmark.decision.promise_check import PromiseCheck
from fieldmark.evaluation.estimates import Estimate
from fieldmark.predictions.table import Predictions


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Outcome:
    """What happened.

    Attributes:
        items: one row an item, in the order of the predictions: id, label, decision and what else
            the rule knows of it.
        estimates: what came of it.
        baselines: the same for what needs no model, by contender.
        checks: whether each promise held.
    """

    items: pl.DataFrame
    estimates: tuple[Estimate, ...]
    baselines: tuple[Estimate, ...] = ()
    checks: tuple[PromiseCheck, ...] = ()


def items_with(predictions: Predictions, columns: dict[str, pl.Series]) -> pl.DataFrame:
    """Return id, label and group of the items with further columns beside them."""
    kept = [name for name in ("id", "label", "group") if name in predictions.items.columns]
    return predictions.items.select(kept).with_columns(
        *(values.alias(name) for name, values in columns.items())
    )
