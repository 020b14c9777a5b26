"""Decide: fit a rule on one part of the data, and report what it does on another."""

from fieldmark.core.errors import DecisionError
from fieldmark.decision.calibrators import Calibrator, calibrate, fit_calibrator
from fieldmark.decision.decisions import Decisions
from fieldmark.decision.division import halves, lots_of, require_apart
from fieldmark.decision.outcome_estimates import Reporting
from fieldmark.decision.poison import with_poisonous_classes
from fieldmark.decision.policy import Policy
from fieldmark.decision.rule import Part
from fieldmark.decision.rules import rule_of
from fieldmark.evaluation.resampling import Units
from fieldmark.predictions.table import Predictions

_CHOSEN_ON = (
    "The rule was fitted on 'validation'. If the checkpoint or a setting was chosen there, the"
    " promise is too hopeful: keep a part for calibration alone."
)


def decide(
    fit: Predictions,
    report: Predictions,
    policy: Policy,
    *,
    calibrate_on: Predictions | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Decisions:
    """Return the decisions of a rule that was fitted on one part and is reported on another.

    Where the policy names a calibrator and the rule makes a promise, the promise needs items that
    the calibrator has not seen: one half of the lots of ``fit`` goes to the calibrator and the
    other to the threshold, unless ``calibrate_on`` is a part of its own.

    Args:
        fit: predictions of a part that was not used for training, choosing or stopping.
        report: predictions of the same contender on other items.
        policy: the rule and its settings.
        calibrate_on: a third part for the calibrator; None takes it from ``fit``.
        level: coverage of the intervals, in (0, 1).
        resamples: number of bootstrap draws, where intervals are not exact.
        seed: of the draws.

    Raises:
        DecisionError: the parts have an item in common, the policy does not fit the data, or the
            promise cannot be given with so few items; says what is lacking.
        NotComparableError: the parts are of different contenders or classes.

    Example:
        >>> import numpy as np, polars as pl
        >>> from fieldmark.decision.policy import NeymanPearson
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> def table(part: str, seed: int) -> Predictions:
        ...     rng = np.random.default_rng(seed)
        ...     pit = np.arange(1200) % 2
        ...     p = 1 / (1 + np.exp(-rng.normal(4.0 * pit - 2.0)))
        ...     return Predictions(
        ...         PredictionsHeader(score_kind="probabilities", contender="probe", split=part),
        ...         pl.DataFrame({"id": [f"{part}-{i}" for i in range(1200)],
        ...                       "label": ["pit" if one else "clean" for one in pit]}),
        ...         LabelSpace(("clean", "pit")), np.stack([1 - p, p], axis=1))
        >>> policy = NeymanPearson(positive=("pit",), target_recall=0.99)
        >>> found = decide(table("calibration", 0), table("test", 1), policy)
        >>> round(found.points[0].threshold, 3), found.points[0].fitted_on.units
        (0.232, 600)
        >>> found.checks[0].verdict
        'confirmed'
    """
    tables = [one for one in (fit, report, calibrate_on) if one is not None]
    policy = with_poisonous_classes(policy, [one.items for one in tables])
    rule = rule_of(policy)
    notes = _apart(fit, report, calibrate_on)
    if rule.keeps_a_promise and fit.header.split == "validation":
        notes += (_CHOSEN_ON,)
    source, basis = calibrate_on or fit, fit
    if policy.calibrator is not None and calibrate_on is None and rule.keeps_a_promise:
        source, basis = halves(fit, _lots(fit, policy))
        notes += (
            f"One half of '{fit.header.split}' ({source.n:,} items) was used for the calibrator,"
            f" the other ({basis.n:,} items) for the threshold.",
        )
    calibrator = _calibrator(source, policy, calibrate_on)
    fitted, reported = (
        Part(_calibrated(one, calibrator), _lots(one, policy), _prevalence(source, policy))
        for one in (basis, report)
    )
    points = rule.fit(fitted, policy)
    how = Reporting(
        units=reported.lots,
        split=report.header.split,
        classes=len(report.label_space),
        contender=report.header.contender,
        level=level,
        resamples=resamples,
        seed=seed,
    )
    outcome = rule.report(reported, policy, points, how)
    return Decisions(
        rule=policy.name,
        policy=policy.model_dump(mode="json"),
        contender=report.header.contender,
        fitted_on=fit.header.split,
        fitted_items_digest=fit.items_digest,
        reported_on=report.header.split,
        reported_items_digest=report.items_digest,
        calibrator=calibrator,
        points=points,
        estimates=outcome.estimates,
        baselines=outcome.baselines,
        checks=outcome.checks,
        notes=notes,
        items=outcome.items,
    )


def _apart(
    fit: Predictions, report: Predictions, calibrate_on: Predictions | None
) -> tuple[str, ...]:
    notes = require_apart(fit, report)
    if calibrate_on is None:
        return notes
    return (*notes, *require_apart(calibrate_on, fit), *require_apart(calibrate_on, report))


def _lots(predictions: Predictions, policy: Policy) -> Units:
    return lots_of(predictions, policy.lots, stated="lots" in policy.model_fields_set)


def _calibrator(
    source: Predictions, policy: Policy, calibrate_on: Predictions | None
) -> Calibrator | None:
    if policy.calibrator is None:
        if calibrate_on is not None:
            raise DecisionError(
                "Expected the policy to name a calibrator for the part to calibrate on; it names"
                " none. Add `calibrator: temperature`, or leave that part out."
            )
        return None
    return fit_calibrator(source, kind=policy.calibrator)


def _calibrated(predictions: Predictions, calibrator: Calibrator | None) -> Predictions:
    return predictions if calibrator is None else calibrate(predictions, calibrator)


def _prevalence(source: Predictions, policy: Policy) -> float | None:
    positive = policy.model_dump().get("positive")
    return float(source.labels.is_in(list(positive)).to_numpy().mean()) if positive else None
