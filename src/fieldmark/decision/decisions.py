"""The record of decisions: rule, operating points, and what happened on another part."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from fieldmark.decision.calibrators import Calibrator
from fieldmark.decision.operating_point import OperatingPoint
from fieldmark.decision.promise_check import PromiseCheck
from fieldmark.evaluation.estimates import Estimate, find_estimate


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Decisions:
    """What was decided, by which rule, and what came of it on a part that the rule has not seen.

    Attributes:
        rule: name of the rule.
        policy: the whole policy, as JSON holds it.
        contender: who made the predictions.
        fitted_on: name of the part that the rule was fitted on.
        fitted_items_digest: digest of its ids and labels.
        reported_on: name of the part that is reported.
        reported_items_digest: digest of its ids and labels.
        calibrator: what made the scores probabilities; None where there was none.
        points: the thresholds with their promises.
        estimates: what came of it.
        baselines: the same for what needs no model.
        checks: whether each promise held.
        notes: what a reader should know, one sentence each.
        items: one row an item of the reported part, with its decision.
    """

    rule: str
    policy: dict[str, Any]
    contender: str
    fitted_on: str
    fitted_items_digest: str
    reported_on: str
    reported_items_digest: str
    calibrator: Calibrator | None
    points: tuple[OperatingPoint, ...]
    estimates: tuple[Estimate, ...]
    baselines: tuple[Estimate, ...]
    checks: tuple[PromiseCheck, ...]
    notes: tuple[str, ...]
    items: pl.DataFrame

    def estimate(self, metric: str, rank: str | None = None) -> Estimate | None:
        """Return one Estimate, or None when it was not measured."""
        return find_estimate(self.estimates, metric, rank)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON; of the items only their number."""
        return {
            "rule": self.rule,
            "policy": self.policy,
            "contender": self.contender,
            "fitted_on": self.fitted_on,
            "fitted_items_digest": self.fitted_items_digest,
            "reported_on": self.reported_on,
            "reported_items_digest": self.reported_items_digest,
            "calibrator": None if self.calibrator is None else self.calibrator.to_dict(),
            "points": [point.to_dict() for point in self.points],
            "estimates": [estimate.to_dict() for estimate in self.estimates],
            "baselines": [estimate.to_dict() for estimate in self.baselines],
            "checks": [check.to_dict() for check in self.checks],
            "notes": list(self.notes),
            "n": self.items.height,
        }
