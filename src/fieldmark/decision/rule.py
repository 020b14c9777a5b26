"""What every decision rule is: fitted on one part, reported on another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldmark.decision.operating_point import OperatingPoint
from fieldmark.decision.outcome import Outcome
from fieldmark.decision.outcome_estimates import Reporting
from fieldmark.evaluation.resampling import Units
from fieldmark.predictions.table import Predictions

Points = tuple[OperatingPoint, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """One part of the data as a rule sees it.

    Attributes:
        predictions: scores that the rule acts on, calibrated where the policy says so.
        lots: which lot each item belongs to.
        calibration_prevalence: share of positives where the calibrator was fitted, or else where
            the rule was; None for a rule without positives.
    """

    predictions: Predictions
    lots: Units
    calibration_prevalence: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule does; its settings are a policy of its own kind.

    Attributes:
        fit: gives the operating points from the part to fit on.
        report: gives the outcome on the part to report on.
        keeps_a_promise: whether the promise needs items that the calibrator has not seen.
    """

    fit: Callable[[Part, Any], Points]
    report: Callable[[Part, Any, Points, Reporting], Outcome]
    keeps_a_promise: bool
