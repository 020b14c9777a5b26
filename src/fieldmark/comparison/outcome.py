"""The record of a comparison, and how it is said in one sentence."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from fieldmark.comparison.wording import (
    definition_for,
    interval_text,
    margin_text,
    metric_text,
    p_text,
    rounded_up,
)
from fieldmark.core.errors import NotComparableError

Direction = Literal["higher", "lower", "neither"]
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
        universe: number of candidates of the random sets over which both are expected values; None
            where they are compared as they stand.
        p_adjusted: p-value after a correction for several challengers or choices; None without.
        adjustment: which correction, in words; its share of the error is in ``level`` already.
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
    universe: int | None = None
    p_adjusted: float | None = None
    adjustment: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        expected = verdict_of(
            (self.low, self.high),
            self.p_value,
            level=self.level,
            margin=self.margin,
            direction=self.direction,
        )
        if expected != self.verdict:
            raise NotComparableError(
                f"Expected the verdict '{expected}' from the interval {self.low:.4g} to"
                f" {self.high:.4g} and p = {self.p_value:.4g}; got '{self.verdict}'."
            )

    @property
    def direction(self) -> Direction:
        """Which way of the metric is better."""
        definition = definition_for(self.metric)
        return "higher" if definition is None else definition.direction

    @property
    def not_worse(self) -> bool | None:
        """Whether ``a`` is shown to be at most the margin worse; None without a margin.

        One-sided at (1 - level) / 2: the end of the interval that counts against ``a`` lies within
        the margin, whatever the other end does.
        """
        if self.margin is None:
            return None
        return self.high < self.margin if self.direction == "lower" else self.low > -self.margin

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON, with its sentence."""
        return asdict(self) | {
            "direction": self.direction,
            "not_worse": self.not_worse,
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
        within = f" within {self._margin_text()}" if self.verdict == "equivalent" else ""
        return (
            f"{self.a} is {words[self.verdict]} on"
            f" {metric_text(self.metric, self.rank, self.universe)}{within}:"
            f" {self.difference_text()}, {self._p_text()}, {self.test}{self._counts_text()}"
            f"{self._ending()}."
        )

    def difference_text(self) -> str:
        """Return the difference with its interval in words."""
        return interval_text(self.metric, self.difference, (self.low, self.high), level=self.level)

    def _margin_text(self) -> str:
        return margin_text(self.metric, self.margin or 0.0)

    def _p_text(self) -> str:
        if self.p_adjusted is None or self.adjustment is None:
            return p_text(self.p_value)
        return f"{p_text(self.p_value)}, {self.adjustment} {p_text(self.p_adjusted)}"

    def _counts_text(self) -> str:
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
        bounded = f"; not worse by {self._margin_text()}" if self.not_worse else ""
        if self.needed_n is not None:
            return f"{bounded}; about {rounded_up(self.needed_n):,} images would settle it"
        if self.difference == 0:
            return f"{bounded}; without a difference no number of images would settle it"
        return bounded


def verdict_of(
    interval: tuple[float, float],
    p_value: float,
    *,
    level: float,
    margin: float | None = None,
    direction: Direction = "higher",
) -> Verdict:
    """Return the verdict that a difference deserves.

    "equivalent" asks that the whole interval lies within the margin: two one-sided tests, each at
    (1 - level) / 2.

    Args:
        interval: of the difference, first minus second.
        p_value: two-sided, of no difference.
        level: coverage of the interval; the test is at 1 - level.
        margin: largest difference that does not matter, above 0; None to leave equivalence out.
        direction: which way of the metric is better; with "lower" a negative difference is.

    Raises:
        NotComparableError: the margin is not above 0, or no direction is better.

    Source:
        Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657 to 680, for
        the two one-sided tests.

    Example:
        >>> verdict_of((0.01, 0.03), 0.001, level=0.95)
        'better'
        >>> verdict_of((-0.01, 0.01), 0.8, level=0.95, margin=0.02)
        'equivalent'
        >>> verdict_of((-0.01, 0.03), 0.3, level=0.95)
        'not distinguishable'
    """
    if direction == "neither":
        raise NotComparableError("Neither way of the metric is better, so there is no verdict.")
    low, high = interval if direction == "higher" else (-interval[1], -interval[0])
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
