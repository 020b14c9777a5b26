"""Thresholds that keep a recall with a stated confidence, by order statistics (E11)."""

from typing import Literal

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.core.errors import DecisionError
from fieldmark.decision.operating_point import OperatingPoint
from fieldmark.decision.order_statistics import (
    SOURCE,
    highest_order,
    positives_needed,
    require_share,
    violation,
)
from fieldmark.decision.positives import PositiveScores
from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.resampling import FloatArray, Units

Side = Literal["positives", "negatives"]

_KEPT = {"positives": "are held (not let pass)", "negatives": "raise no alarm"}


def neyman_pearson(
    evidence: PositiveScores,
    *,
    target: float,
    confidence: float,
    lot_share: float = 1.0,
    side: Side = "positives",
) -> OperatingPoint:
    """Return the threshold that keeps the promise with the fewest alarms.

    For the positives: an item is held from the threshold on, and at least ``target`` of all new
    positives are. For the negatives: an item raises the alarm from the threshold on, and at least
    ``target`` of all new negatives do not. Scores equal to the threshold are held, so that ties
    only make the promise safer for the positives; for the negatives the threshold lies just above
    the order statistic, to the same effect.

    Where lots hold several items, items of one lot are no independent evidence: a lot then counts
    once, with the score at which ``lot_share`` of its positives are still held, and the promise is
    about lots. It implies that the recall, averaged over lots, is at least target x lot_share.

    Args:
        evidence: scores of held-out items, exchangeable with the new ones, never used for
            training, choosing a model, stopping early or fitting the calibrator.
        target: share that is promised, in (0, 1).
        confidence: with which it is promised, in (0, 1).
        lot_share: share of a lot's items of this side that must be kept, in (0, 1].
        side: whose share is promised.

    Raises:
        DecisionError: there are too few items or lots for the promise; says how many are lacking.

    Source:
        Tong, Feng and Li (2018), Science Advances 4, eaao1659; methods E11.
    """
    if not 0 < lot_share <= 1:
        raise DecisionError(f"Expected a share of a lot above 0, up to 1; got {lot_share}.")
    mine = evidence.positive if side == "positives" else ~evidence.positive
    scores = evidence.score if side == "positives" else -evidence.score
    ordered = np.sort(lot_scores(scores, mine, evidence.lots, lot_share=lot_share))
    order = highest_order(len(ordered), target_recall=target, confidence=confidence)
    if order is None:
        raise DecisionError(_too_few(evidence, side, len(ordered), (target, confidence)))
    found = float(ordered[order - 1])
    return OperatingPoint(
        name="pass below" if side == "positives" else "alarm from",
        rule="neyman-pearson",
        source=SOURCE,
        acts_on=evidence.acts_on,
        threshold=found if side == "positives" else float(np.nextafter(-found, np.inf)),
        promise=_promise(evidence, side, (target, confidence), lot_share),
        limit=target,
        confidence=confidence,
        violation=violation(order, len(ordered), target_recall=target),
        fitted_on=evidence.fitted_on(len(ordered)),
    )


def lot_scores(
    scores: FloatArray, mine: BoolArray, lots: Units, *, lot_share: float = 1.0
) -> FloatArray:
    """Return for each lot the highest threshold at which enough of its items reach it.

    Args:
        scores: float array (n,).
        mine: bool array (n,), which items count.
        lots: which lot each item belongs to.
        lot_share: share of the lot's counted items that must reach the threshold, in (0, 1].

    Returns:
        Float64 array (lots with a counted item,): with share 1 the lowest score of each lot.

    Example:
        >>> from fieldmark.evaluation.resampling import units_of
        >>> lots = units_of(["a", "a", "b"], n=3)
        >>> lot_scores(np.array([0.9, 0.2, 0.6]), np.array([True] * 3), lots).tolist()
        [0.2, 0.6]
    """
    values, codes = scores[mine], lots.codes[mine]
    order = np.lexsort((values, codes))
    _, starts, counts = np.unique(codes[order], return_index=True, return_counts=True)
    # The rounding keeps 0.9 of 10 items at 9 in spite of binary fractions.
    held = np.ceil(np.round(lot_share * counts, 9)).astype(np.int64)
    lowest: FloatArray = values[order][starts + counts - held]
    return lowest


def split_alarm(low: OperatingPoint, high: OperatingPoint) -> tuple[float, float]:
    """Return the two thresholds of a reject band: pass below the first, alarm from the second.

    Where both promises can be kept without a band, the two fall together at the first one.

    Raises:
        DecisionError: a threshold is missing.
    """
    if low.threshold is None or high.threshold is None:
        raise DecisionError("Expected two thresholds for a reject band; one is missing.")
    return low.threshold, max(low.threshold, high.threshold)


def _promise(
    evidence: PositiveScores, side: Side, promised: tuple[float, float], lot_share: float
) -> str:
    target, confidence = promised
    sure = f"With {100 * confidence:g} % confidence"
    if not evidence.lots.clustered:
        return (
            f"{sure}, at least {100 * target:g} % of new {side} {_KEPT[side]}, if they are drawn"
            f" like those of '{evidence.part}', each for itself."
        )
    every = "every one" if lot_share == 1 else f"at least {100 * lot_share:g} %"
    return (
        f"{sure}, in at least {100 * target:g} % of new lots {every} of the {side} of the lot"
        f" {_KEPT[side]}, if lots are drawn like those of '{evidence.part}'; so, averaged over"
        f" lots, at least {100 * target * lot_share:.4g} % of the {side} {_KEPT[side]}."
    )


def _too_few(
    evidence: PositiveScores, side: Side, units: int, promised: tuple[float, float]
) -> str:
    target, confidence = promised
    require_share(target, "target")
    needed = positives_needed(0, target_recall=target, confidence=confidence)
    what = f"lots with {side}" if evidence.lots.clustered else side
    ways = (
        "name `lots: null` if the items are independent, or ask for a lower target"
        if evidence.lots.clustered
        else "ask for a lower target or confidence"
    )
    return (
        f"infeasible: {100 * target:g} % at {100 * confidence:g} % confidence needs at least"
        f" {needed:,} {what}; '{evidence.part}' has {count_of(units, 'of them', 'of them')}, so"
        f" {needed - units:,} more are needed. Collect them, {ways}."
    )
