"""Back off to the deepest rank that can be trusted: thresholds by fixed-sequence testing (E5).

Each threshold is a hypothesis, "the error at this threshold is above the limit", with an exact
binomial p-value. The thresholds are tested from the most careful to the most daring one, and the
walk stops at the first that cannot be rejected, so that no correction for their number is needed.
The grid of thresholds is fixed beforehand.
"""

from typing import Literal

import numpy as np
from scipy.special import expit

from fieldmark.core.errors import DecisionError
from fieldmark.core.randomness import generator_for
from fieldmark.decision.backoff_needs import Demand, no_threshold
from fieldmark.decision.fixed_sequence import SOURCE, fixed_sequence
from fieldmark.decision.lineages import NO_ANSWER, Lineages, answered_rank
from fieldmark.decision.operating_point import OperatingPoint
from fieldmark.decision.order_statistics import require_promise
from fieldmark.decision.risk_control import SOURCE as RISK_CONTROL
from fieldmark.decision.risk_control import (
    expectation_promise,
    lowest_controlled,
    too_few_for_expectation,
    unit_weights,
)
from fieldmark.evaluation.resampling import FloatArray, IntArray

ErrorAmong = Literal["answered", "all"]

#: From 0.9991 down to 0.018, evenly in log odds.
THRESHOLDS: FloatArray = expit(np.linspace(7.0, -4.0, 111))
STARTS = 10


def back_off(
    evidence: Lineages, *, limit: float, confidence: float, among: ErrorAmong = "answered"
) -> tuple[OperatingPoint, ...]:
    """Return one threshold for all ranks: an item is answered at its finest node that reaches it.

    Args:
        evidence: chains of held-out items, exchangeable with the new ones.
        limit: of the share of wrong nodes, in (0, 1).
        confidence: with which the limit is kept, in (0, 1).
        among: "answered": wrong nodes as a share of the items that get an answer; "all": as a share
            of all items, those without an answer counting as not wrong.

    Returns:
        One operating point.

    Raises:
        DecisionError: no threshold keeps the limit.

    Source:
        Angelopoulos et al. (2021), Learn then test, with several starts; methods E5.
    """
    require_promise(limit, confidence)
    rows = evidence.one_of_each_lot()
    critical = critical_thresholds(evidence)
    answered, wrong = _tally(evidence.probability[rows, 0], critical[rows])
    counted = answered if among == "answered" else np.full_like(answered, len(rows))
    # Of all items none is answered at first, so that one start suffices.
    starts = STARTS if among == "answered" else 1
    found = fixed_sequence(wrong, counted, limit=limit, confidence=confidence, starts=starts)
    if found is None:
        demand = Demand(limit=limit, level=(1 - confidence) / starts, dealt=1)
        raise DecisionError(no_threshold(evidence, demand, confidence, counted, wrong))
    whom = "of the items that get an answer" if among == "answered" else "of all items"
    what = f"at most {100 * limit:g} % {whom} get a wrong node"
    return (
        OperatingPoint(
            name="answer from",
            rule="backoff",
            source=SOURCE,
            acts_on="summed probability of a node of the best leaf's lineage",
            threshold=float(THRESHOLDS[found]),
            promise=_promise(evidence, what, confidence),
            limit=limit,
            confidence=confidence,
            violation=1 - confidence,
            fitted_on=evidence.fitted_on(int(counted[found])),
        ),
    )


def back_off_by_rank(
    evidence: Lineages, *, limit: float, confidence: float
) -> tuple[OperatingPoint, ...]:
    """Return a threshold for each rank, so that each rank by itself keeps the limit.

    Who is answered at a rank depends on the thresholds of the finer ranks. The items are therefore
    dealt out, one share for each rank: each threshold is fitted, finest rank first, on items that
    the finer ones have not seen. All ranks together keep their limits with the stated confidence.

    Args:
        evidence: chains of held-out items, exchangeable with the new ones.
        limit: of the share of wrong nodes among the items answered at exactly that rank.
        confidence: with which all ranks keep the limit, in (0, 1).

    Returns:
        One operating point for each rank, coarse to fine; threshold None for a rank that is not
        answered, since no threshold keeps the limit there.

    Raises:
        DecisionError: no rank has a threshold.
    """
    require_promise(limit, confidence)
    rows = evidence.one_of_each_lot()
    ranks = len(evidence.ranks)
    shuffled = generator_for("back-off shares", len(rows)).permutation(rows)
    each = 1 - (1 - confidence) / ranks
    thresholds = np.full(ranks, np.inf)
    demand = Demand(limit=limit, level=(1 - each) / STARTS, dealt=ranks)
    points, tallies = [], []
    for rank, share in zip(reversed(range(ranks)), np.array_split(shuffled, ranks), strict=True):
        left = share[answered_rank(evidence.probability[share], thresholds) == NO_ANSWER]
        node = evidence.probability[left, rank]
        wrong_node = np.where(evidence.right[left, rank], -np.inf, node)
        answered, wrong = _tally(node, wrong_node)
        found = fixed_sequence(wrong, answered, limit=limit, confidence=each, starts=STARTS)
        if found is not None:
            thresholds[rank] = THRESHOLDS[found]
        points.append(_rank_point(evidence, rank, (demand, confidence), found, answered))
        tallies.append((answered, wrong))
    if not np.isfinite(thresholds).any():
        answered, wrong = (np.concatenate(counts) for counts in zip(*tallies, strict=True))
        raise DecisionError(no_threshold(evidence, demand, confidence, answered, wrong))
    return tuple(reversed(points))


def back_off_on_average(evidence: Lineages, *, limit: float) -> tuple[OperatingPoint, ...]:
    """Return the threshold at which the expected share of wrong nodes stays below a limit.

    The share is of all items, an item without an answer counting as not wrong; where lots hold
    several items it is the mean over lots of the share in a lot.

    Raises:
        DecisionError: there are too few items or lots for any threshold.

    Source:
        Angelopoulos et al. (2024), Conformal risk control; methods E12b and E5.
    """
    weights, units = unit_weights(np.ones(evidence.n, dtype=np.bool_), evidence.lots)
    setting = lowest_controlled(critical_thresholds(evidence), weights, units=units, limit=limit)
    if setting is None:
        what = "lots" if evidence.lots.clustered else "items"
        raise too_few_for_expectation(units, limit, what)
    what = f"at most {100 * limit:g} % of all new items get a wrong node"
    return (
        OperatingPoint(
            name="answer from",
            rule="risk-control",
            source=RISK_CONTROL,
            acts_on="summed probability of a node of the best leaf's lineage",
            threshold=max(0.0, float(np.nextafter(setting, np.inf))),
            promise=expectation_promise(what, evidence.part),
            limit=limit,
            confidence=None,
            violation=None,
            fitted_on=evidence.fitted_on(units),
        ),
    )


def critical_thresholds(evidence: Lineages) -> FloatArray:
    """Return for each item the highest threshold at which its answer is still wrong.

    That is the probability of its coarsest wrong node: float64 (n,), -inf where no node is wrong.
    """
    wrong = ~evidence.right
    first = np.argmax(wrong, axis=1)
    at_first: FloatArray = evidence.probability[np.arange(evidence.n), first]
    return np.where(wrong.any(axis=1), at_first, -np.inf)


def _tally(coarsest: FloatArray, critical: FloatArray) -> tuple[IntArray, IntArray]:
    """Return how many items are answered, and wrongly, at each threshold of the grid.

    An item is answered as long as its coarsest node reaches the threshold, and wrongly as long as
    the threshold is at most the critical one.
    """

    def reached(values: FloatArray) -> IntArray:
        first = np.searchsorted(-THRESHOLDS, -values, side="left")
        counts = np.bincount(first, minlength=len(THRESHOLDS) + 1)[: len(THRESHOLDS)]
        return counts.cumsum().astype(np.int64)

    return reached(coarsest), reached(critical)


def _rank_point(
    evidence: Lineages,
    rank: int,
    promised: tuple[Demand, float],
    found: int | None,
    answered: IntArray,
) -> OperatingPoint:
    demand, confidence = promised
    limit = demand.limit
    name = evidence.ranks[rank]
    what = (
        f"at most {100 * limit:g} % of the items that are answered at rank {name} get a wrong node,"
        " and so at every rank"
    )
    withheld = (
        f"Rank {name} is not answered: no threshold keeps the limit there. At most"
        f" {int(answered.max()):,} {evidence.unit_name}s of this rank's share could be answered at"
        f" it; even without a single error it takes {demand.without_error:,}."
    )
    return OperatingPoint(
        name=f"answer {name} from",
        rule="backoff",
        source=SOURCE,
        acts_on=f"summed probability of the {name} of the best leaf",
        threshold=None if found is None else float(THRESHOLDS[found]),
        promise=withheld if found is None else _promise(evidence, what, confidence),
        limit=limit,
        confidence=confidence,
        violation=1 - confidence,
        fitted_on=evidence.fitted_on(0 if found is None else int(answered[found])),
    )


def _promise(evidence: Lineages, what: str, confidence: float) -> str:
    alike = f"if they are drawn like those of '{evidence.part}'"
    whose = ", each for itself" if not evidence.lots.clustered else ", one from each lot"
    return f"With {100 * confidence:g} % confidence, {what}, {alike}{whose}."
