"""Whether a promise held on the part that is reported."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from fieldmark.decision.order_statistics import recall_lower_bound
from fieldmark.decision.outcome_estimates import EXACT
from fieldmark.evaluation.estimates import Estimate, estimate_from_dict
from fieldmark.evaluation.metrics import METRICS

Verdict = Literal["confirmed", "kept", "not kept", "contradicted", "exceeded", "not tested"]

_STORED = ("metric", "rank", "limit", "at_least", "verdict", "claim", "confidence")
_MEANING: dict[Verdict, str] = {
    "confirmed": "the whole interval keeps it",
    "kept": "the value keeps it, the interval reaches beyond",
    "not kept": "the value breaks it, the interval still allows it",
    "contradicted": "the whole interval breaks it",
    "exceeded": "this part lies beyond it, which a promise on average allows",
    "not tested": "no item that counts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseCheck:
    """A promised limit beside what was measured on another part.

    Attributes:
        metric: identifier of what was promised.
        rank: rank that it was promised for; None without.
        limit: the share that was promised.
        at_least: whether the share was to be at least the limit; otherwise at most.
        measured: what was found.
        verdict: what that says of the promise.
        claim: what the reported part by itself allows to claim: the one-sided exact bound at the
            confidence of the promise; None for items that come in lots, or without a confidence.
        confidence: of the promise.
    """

    metric: str
    rank: str | None
    limit: float
    at_least: bool
    measured: Estimate
    verdict: Verdict
    claim: float | None = None
    confidence: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON, with its sentence."""
        return asdict(self) | {"measured": self.measured.to_dict(), "sentence": self.sentence()}

    def sentence(self) -> str:
        """Return the verdict in one sentence."""
        side = "at least" if self.at_least else "at most"
        name = METRICS[self.metric].in_words
        where = f" at rank {self.rank}" if self.rank else ""
        return (
            f"{name}{where}: promised {side} {100 * self.limit:g} %, measured"
            f" {self.measured.value_text()} ({self.measured.interval_text()}, n ="
            f" {self.measured.n:,}): {self.verdict}, {_MEANING[self.verdict]}{self._claim(side)}"
        )

    def _claim(self, side: str) -> str:
        if self.claim is None or self.confidence is None:
            return ""
        sure = f"{100 * self.confidence:g} % confidence"
        return f"; by itself it allows the claim of {side} {100 * self.claim:.2f} % at {sure}"


def check_promise(
    estimates: Iterable[Estimate],
    metric: str,
    limit: float,
    *,
    at_least: bool,
    rank: str | None = None,
    confidence: float | None = None,
) -> PromiseCheck:
    """Return whether an Estimate among ``estimates`` keeps a limit, and what it allows to claim.

    Args:
        estimates: of the reported part.
        metric: identifier of what was promised.
        limit: the share that was promised.
        at_least: whether the share was to be at least the limit; otherwise at most.
        rank: rank that it was promised for.
        confidence: of the promise; None for a promise that holds on average only, which one part
            cannot contradict.

    Source:
        The claim: Clopper and Pearson (1934), one-sided; methods E11.
    """
    measured = next(one for one in estimates if (one.metric, one.rank) == (metric, rank))
    return PromiseCheck(
        metric=metric,
        rank=rank,
        limit=limit,
        at_least=at_least,
        measured=measured,
        verdict=_verdict(measured, limit, at_least=at_least, on_average=confidence is None),
        claim=_claim(measured, confidence, at_least=at_least),
        confidence=confidence,
    )


def promise_check_from_dict(content: Mapping[str, Any]) -> PromiseCheck:
    """Return the check that ``to_dict`` wrote.

    Raises:
        PredictionsError: the Estimate in it is damaged.
    """
    fields = {name: content[name] for name in _STORED}
    return PromiseCheck(**fields, measured=estimate_from_dict(content["measured"]))


def _claim(measured: Estimate, confidence: float | None, *, at_least: bool) -> float | None:
    if confidence is None or measured.value is None or measured.method != EXACT:
        return None
    hits = round(measured.value * measured.n)
    others = measured.n - hits if at_least else hits
    bound = recall_lower_bound(others, measured.n, confidence=confidence)
    return bound if at_least else 1 - bound


def _verdict(measured: Estimate, limit: float, *, at_least: bool, on_average: bool) -> Verdict:
    if measured.value is None or measured.low is None or measured.high is None:
        return "not tested"
    sign = 1 if at_least else -1
    worst, best = (measured.low, measured.high) if at_least else (measured.high, measured.low)
    if sign * worst >= sign * limit:
        return "confirmed"
    if sign * measured.value >= sign * limit:
        return "kept"
    if on_average:
        return "exceeded"
    return "contradicted" if sign * best < sign * limit else "not kept"
