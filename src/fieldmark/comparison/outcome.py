"""The record of a comparison, and how it is said in one sentence."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.metrics import METRICS

Verdict = Literal["better", "worse", "not distinguishable", "equivalent"]
VERDICTS: tuple[Verdict, ...] = ("better", "worse", "not distinguishable", "equivalent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is known about the difference between two contenders on the same items.

    The test decides between better, worse and not distinguishable; its interval excludes 0 exactly
    when the p-value is below 1 - level. "equivalent" needs a margin, and the whole interval inside
    it, whether or not it excludes 0.

    Attributes:
        a: the contender that the verdict is about.
        b: the contender that it is compared with.
        metric: identifier in the catalogue.
        rank: rank of the labels; None for the leaves.
        verdict: "better", "worse", "not distinguishable" or "equivalent".
        difference: metric of ``a`` minus metric of ``b``.
        low: lower end of the interval of the difference.
        high: upper end of the interval.
        level: coverage of the interval, in (0, 1).
        p_value: two-sided, of no difference.
        test: what was done, in words.
        n: number of items.
        groups: number of groups that were kept whole; None for independent items.
        classes: number of candidates.
        split: part of the split that the items come from.
        a_value: metric of ``a``, the mean over its seeds.
        b_value: metric of ``b``.
        a_seeds: number of seeds of ``a``.
        b_seeds: number of seeds of ``b``.
        discordant: how many items only ``a``, and only ``b``, has right; None where several seeds
            are averaged or the metric is no share of items.
        needed_n: number of items that would show a difference of this size with 80 % power; None
            when it is shown already, or is 0.
        margin: largest difference that does not matter; None when none was named.
        notes: what a reader should know, one sentence each.

    Raises:
        NotComparableError: verdict, interval and p-value contradict each other.
    """

    a: str
    b: str
    metric: str
    verdict: Verdict
    difference: float
    low: float
    high: float
    p_value: float
    test: str
    n: int
    classes: int
    split: str
    a_value: float
    b_value: float
    level: float = 0.95
    rank: str | None = None
    groups: int | None = None
    a_seeds: int = 1
    b_seeds: int = 1
    discordant: tuple[int, int] | None = None
    needed_n: int | None = None
    margin: float | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        expected = verdict_of(
            (self.low, self.high), self.p_value, level=self.level, margin=self.margin
        )
        if expected != self.verdict:
            raise NotComparableError(
                f"Expected the verdict '{expected}' from the interval {self.low:.4g} to"
                f" {self.high:.4g} and p = {self.p_value:.4g}; got '{self.verdict}'."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON, with its sentence."""
        return asdict(self) | {
            "discordant": None if self.discordant is None else list(self.discordant),
            "notes": list(self.notes),
            "sentence": self.sentence(),
        }

    def sentence(self) -> str:
        """Return the verdict in one sentence, with what it rests on."""
        words = {
            "better": f"better than {self.b}",
            "worse": f"worse than {self.b}",
            "not distinguishable": f"not distinguishable from {self.b}",
            "equivalent": f"equivalent to {self.b}",
        }
        within = f" within {100 * (self.margin or 0):g} points"
        name = METRICS[self.metric].in_words if self.metric in METRICS else self.metric
        metric = name if self.rank is None else f"{name} at rank {self.rank}"
        return (
            f"{self.a} is {words[self.verdict]} on {metric}"
            f"{within if self.verdict == 'equivalent' else ''}: {self._interval_text()},"
            f" {_p_text(self.p_value)}, {self.test}{self._discordant_text()}{self._ending()}."
        )

    def _interval_text(self) -> str:
        digits = _digits_that_keep_the_sign(self.low, self.high)
        low, high = (_points(end, digits) for end in (self.low, self.high))
        difference = _points(self.difference, max(2, digits))
        return f"{difference} points ({100 * self.level:g} % interval {low} to {high})"

    def _discordant_text(self) -> str:
        if self.discordant is None:
            return f", n = {self.n:,}"
        only_a, only_b = self.discordant
        return f", {only_a:,} against {only_b:,} discordant of {self.n:,}"

    def _ending(self) -> str:
        if self.verdict == "equivalent":
            is_shown = self.p_value < 1 - self.level
            return "; a difference is shown, but smaller than the margin" if is_shown else ""
        if self.verdict != "not distinguishable":
            return ""
        if self.needed_n is None:
            return "; without a difference no number of images would settle it"
        return f"; about {_round_up(self.needed_n):,} images would settle it"


def verdict_of(
    interval: tuple[float, float], p_value: float, *, level: float, margin: float | None = None
) -> Verdict:
    """Return the verdict that a difference deserves.

    Args:
        interval: of the difference, first minus second.
        p_value: two-sided, of no difference.
        level: coverage of the interval; the test is at 1 - level.
        margin: largest difference that does not matter, above 0; None to leave equivalence out.

    Raises:
        NotComparableError: the margin is not above 0.

    Example:
        >>> verdict_of((0.01, 0.03), 0.001, level=0.95)
        'better'
        >>> verdict_of((-0.01, 0.01), 0.8, level=0.95, margin=0.02)
        'equivalent'
        >>> verdict_of((-0.01, 0.03), 0.3, level=0.95)
        'not distinguishable'
    """
    low, high = interval
    if margin is not None:
        if not margin > 0:
            raise NotComparableError(f"Expected a margin above 0; got {margin}.")
        if -margin < low and high < margin:
            return "equivalent"
    if p_value < 1 - level and low > 0:
        return "better"
    if p_value < 1 - level and high < 0:
        return "worse"
    return "not distinguishable"


def _points(difference: float, digits: int) -> str:
    text = f"{100 * difference:+.{digits}f}"
    return text if text.strip("+-0.") else text.lstrip("+-")


def _digits_that_keep_the_sign(low: float, high: float) -> int:
    """Enough digits that an end that is not 0 does not read as 0 where that would matter."""
    nearest = min(abs(low), abs(high))
    if low <= 0 <= high or nearest == 0:
        return 1
    return max(1, math.ceil(-math.log10(100 * nearest)))


def _p_text(p_value: float) -> str:
    if p_value < 0.001:
        return "p < 0.001"
    return f"p = {p_value:.2f}" if p_value >= 0.1 else f"p = {p_value:.3g}"


def _round_up(number: int) -> int:
    """Round up to two significant digits: a plan is no exact number."""
    step = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // step) * step
