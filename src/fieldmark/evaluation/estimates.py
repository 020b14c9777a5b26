"""A number that is reported: value, interval, n, method and denominator, never a bare float."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scipy.special import betaincinv, ndtri

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.metrics import METRICS

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One reported number.

    Args:
        metric: identifier in the catalogue, such as "accuracy".
        value: the number; None when it is not defined, for instance over no items.
        low: lower end of the interval; None when there is no interval.
        high: upper end of the interval.
        level: coverage that the interval aims at, in (0, 1).
        n: number of items that were evaluated.
        method: how the interval was made, in words.
        split: part of the split that the items come from.
        classes: number of candidate classes that the contender chose from.
        rank: rank of the labels; None for the label space of the predictions.
        denominator: what was divided by, in words.
        contender: who made the predictions, or which baseline.
        seed_values: the value per seed where ``value`` is a mean over several seeds, else empty.

    Raises:
        PredictionsError: the numbers contradict each other.

    Example:
        >>> print(Estimate(metric="accuracy", value=0.9421, low=0.9276, high=0.9538, n=1226,
        ...     method="Wilson", split="test", classes=2, denominator="all 1,226 items"))
        94.21 % (95 % interval 92.8 to 95.4, n = 1,226, Wilson)
    """

    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    split: str
    classes: int
    denominator: str
    level: float = 0.95
    rank: str | None = None
    contender: str | None = None
    seed_values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        require_level(self.level)
        if self.n < 0:
            raise PredictionsError(f"Expected n of at least 0 for {self.metric}; got {self.n}.")
        numbers = (self.value, self.low, self.high)
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise PredictionsError(
                f"Expected finite numbers for {self.metric}; got value, low, high = {numbers}."
                " Write None for what is not defined."
            )
        if (self.low is None) != (self.high is None) or (
            self.value is None and self.low is not None
        ):
            raise PredictionsError(
                f"Expected both ends of the interval of {self.metric}, with a value, or neither;"
                f" got value, low, high = {numbers}."
            )
        if self.low is not None and not _ordered(self.low, self.value, self.high):
            raise PredictionsError(
                f"Expected low <= value <= high for {self.metric};"
                f" got {self.low} <= {self.value} <= {self.high}."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON; what is not defined is None."""
        return asdict(self) | {"seed_values": list(self.seed_values)}

    def __str__(self) -> str:
        return f"{self.value_text()} ({self.interval_text()}, n = {self.n:,}, {self.method})"

    def value_text(self) -> str:
        """Return the value in words: shares in per cent, "?" for what is not defined."""
        if self.value is None:
            return "?"
        return f"{100 * self.value:.2f} %" if self._is_share() else f"{self.value:.3f}"

    def interval_text(self) -> str:
        """Return the interval in words.

        Example:
            >>> Estimate(metric="log_loss", value=1.5, low=1.25, high=1.75, n=9, split="test",
            ...     method="bootstrap", classes=3, denominator="9 items").interval_text()
            '95 % interval 1.250 to 1.750'
        """
        if self.low is None or self.high is None:
            return "no interval"
        digits, factor = (1, 100) if self._is_share() else (3, 1)
        low, high = (f"{factor * end:.{digits}f}" for end in (self.low, self.high))
        return f"{100 * self.level:g} % interval {low} to {high}"

    def _is_share(self) -> bool:
        return self.metric in METRICS and METRICS[self.metric].scale == "share"


def estimate_from_dict(content: Mapping[str, Any]) -> Estimate:
    """Return the Estimate that ``to_dict`` wrote.

    Raises:
        PredictionsError: a field is missing or unknown, or the numbers contradict each other.
    """
    try:
        return Estimate(**{**content, "seed_values": tuple(content.get("seed_values", ()))})
    except TypeError as error:
        raise PredictionsError(f"This is not a stored Estimate: {error}.") from None


def find_estimate(
    estimates: Iterable[Estimate], metric: str, rank: str | None = None
) -> Estimate | None:
    """Return the first Estimate of a metric at a rank (None: the leaves), or None."""
    for estimate in estimates:
        if (estimate.metric, estimate.rank) == (metric, rank):
            return estimate
    return None


def require_level(level: float) -> None:
    """Raise unless ``level`` is a coverage strictly between 0 and 1.

    Raises:
        PredictionsError: it is not.
    """
    if not 0 < level < 1:
        raise PredictionsError(f"Expected a level between 0 and 1, such as 0.95; got {level}.")


def wilson(successes: int, n: int, *, level: float = 0.95) -> Interval:
    """Return the Wilson score interval of a share of independent items.

    Args:
        successes: how many of the items have the property, 0 to n.
        n: number of items; 0 gives the interval (0, 1).
        level: coverage, in (0, 1).

    Raises:
        PredictionsError: a count above n or below 0, or a level outside (0, 1).

    Source:
        Wilson (1927), Journal of the American Statistical Association 22, 209 to 212.

    Example:
        >>> low, high = wilson(1155, 1226)
        >>> round(low, 4), round(high, 4)
        (0.9276, 0.9538)
    """
    _require_count(successes, n, level)
    if n == 0:
        return 0.0, 1.0
    z = float(ndtri((1 + level) / 2))
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z * z / n)
    low = 0.0 if successes == 0 else min(centre - half, share)
    high = 1.0 if successes == n else max(centre + half, share)
    return low, high


def clopper_pearson(successes: int, n: int, *, level: float = 0.95) -> Interval:
    """Return the exact interval of a share of independent items; it covers at least ``level``.

    Args:
        successes: how many of the items have the property, 0 to n.
        n: number of items; 0 gives the interval (0, 1).
        level: coverage, in (0, 1).

    Raises:
        PredictionsError: a count above n or below 0, or a level outside (0, 1).

    Source:
        Clopper and Pearson (1934), Biometrika 26, 404 to 413.

    Example:
        >>> low, high = clopper_pearson(0, 10)
        >>> low, round(high, 4)
        (0.0, 0.3085)
    """
    _require_count(successes, n, level)
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(betaincinv(successes + 1, n - successes, 1 - tail))
    return low, high


def _require_count(successes: int, n: int, level: float) -> None:
    require_level(level)
    if not 0 <= successes <= n:
        raise PredictionsError(
            f"Expected a count between 0 and n = {n}; got {successes}. A count above n is"
            " impossible: the items were counted more than once."
        )


def _ordered(low: float, value: float | None, high: float | None) -> bool:
    return value is not None and high is not None and low <= value <= high
