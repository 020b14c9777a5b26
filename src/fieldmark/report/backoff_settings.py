"""From which thresholds a contender backs off, and what came of each: always, fixed, promised."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from fieldmark.decision.backoff_outcome import backoff_items, backoff_totals
from fieldmark.decision.lineages import Lineages, lineages
from fieldmark.decision.outcome_estimates import Reporting
from fieldmark.decision.rolled_up import CUSTOMARY, rolled_up
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.resampling import FloatArray, units_of
from fieldmark.predictions.table import Predictions
from fieldmark.report.decided import Decided

Kind = Literal["always", "fixed", "calibrated", "decision"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredAt:
    """How many items were answered at exactly one rank, and how many of them wrongly."""

    rank: str
    answered: int
    wrong: int


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class BackoffSetting:
    """One way to back off, and what came of it on the reported part.

    Attributes:
        contender: whose scores.
        split: the part that is reported.
        kind: always the finest rank; the customary fixed threshold on scores as they are; the same
            on calibrated scores; or a decision of the study.
        name: in a few words.
        ranks: coarse to fine.
        thresholds: of each rank; None for a rank that is never answered, or without a threshold.
        answered: share of items that are answered.
        error: share of the answered items whose node is wrong.
        items: one row an item: id, label, decision, rank, probability, wrong; null where there is
            no answer.
        is_calibrated: whether the thresholds stand on calibrated probabilities.
    """

    contender: str
    split: str
    kind: Kind
    name: str
    ranks: tuple[str, ...]
    thresholds: tuple[float | None, ...]
    answered: Estimate
    error: Estimate
    items: pl.DataFrame
    is_calibrated: bool = False

    @property
    def n(self) -> int:
        """Number of items."""
        return self.items.height

    def by_rank(self, label: str | None = None) -> tuple[AnsweredAt, ...]:
        """Return what was answered at each rank, coarse to fine, of all items or of one label."""
        items = self.items if label is None else self.items.filter(pl.col("label") == label)
        counted = {
            rank: (answered, wrong)
            for rank, answered, wrong in items.filter(pl.col("rank").is_not_null())
            .group_by("rank")
            .agg(answered=pl.len(), wrong=pl.col("wrong").sum())
            .iter_rows()
        }
        pairs = ((rank, counted.get(rank, (0, 0))) for rank in self.ranks)
        return tuple(
            AnsweredAt(rank=rank, answered=answered, wrong=wrong)
            for rank, (answered, wrong) in pairs
        )


def always_finest(predictions: Predictions, *, level: float = 0.95) -> BackoffSetting:
    """Return what came of always answering at the finest rank.

    Args:
        predictions: logits or probabilities, with a taxonomy.
        level: coverage of the intervals.
    """
    units = units_of(predictions.groups, n=predictions.n)
    chain = lineages(predictions, lots=units)
    thresholds = np.full(len(chain.ranks), np.inf)
    thresholds[-1] = 0.0
    name = f"always the {chain.ranks[-1]}"
    return _setting(predictions, chain, thresholds, kind="always", name=name, level=level)


def from_fixed_threshold(
    predictions: Predictions, *, temperature: float | None = None, level: float = 0.95
) -> BackoffSetting:
    """Return what came of the customary fixed threshold of 0.65.

    Args:
        predictions: logits or probabilities, with a taxonomy.
        temperature: by which the scores were calibrated; None for scores as they are.
        level: coverage of the intervals.
    """
    units = units_of(predictions.groups, n=predictions.n)
    surest = rolled_up(predictions, lots=units)
    is_raw = temperature is None
    after = "scores as they are" if is_raw else f"after temperature scaling (T = {temperature:.2f})"
    return _setting(
        predictions,
        surest,
        np.full(len(surest.ranks), CUSTOMARY),
        kind="fixed" if is_raw else "calibrated",
        name=f"fixed {CUSTOMARY:g}, {after}",
        level=level,
    )


def from_decision(decided: Decided) -> BackoffSetting | None:
    """Return the setting of a decision that backs off; None for any other, or an infeasible one."""
    found = decided.found
    if found is None or found.rule not in ("backoff", "risk-control"):
        return None
    answered, error = (found.estimate(name) for name in ("answered", "error_of_answered"))
    if answered is None or error is None:
        return None
    ranks = tuple(dict.fromkeys(one.rank for one in found.estimates if one.rank))
    thresholds = tuple(point.threshold for point in found.points)
    return BackoffSetting(
        contender=decided.contender,
        split=found.reported_on,
        kind="decision",
        name=decided.name,
        ranks=ranks,
        thresholds=thresholds * len(ranks) if len(thresholds) == 1 else thresholds,
        answered=answered,
        error=error,
        items=found.items,
        is_calibrated=found.calibrator is not None,
    )


def _setting(
    predictions: Predictions,
    evidence: Lineages,
    thresholds: FloatArray,
    *,
    kind: Kind,
    name: str,
    level: float,
) -> BackoffSetting:
    header = predictions.header
    how = Reporting(
        units=evidence.lots,
        split=header.split,
        classes=len(predictions.label_space),
        contender=header.contender,
        level=level,
    )
    answered, error, _ = backoff_totals(evidence, thresholds, how)
    return BackoffSetting(
        contender=header.contender,
        split=header.split,
        kind=kind,
        name=name,
        ranks=evidence.ranks,
        thresholds=tuple(float(one) if np.isfinite(one) else None for one in thresholds),
        answered=answered,
        error=error,
        items=backoff_items(predictions, evidence, thresholds),
        is_calibrated=kind == "calibrated",
    )
