"""How numbers are written, in one place: what is missing is ``?``, never "nan" or "None"."""

import math
from dataclasses import dataclass

MISSING = "?"
_MINUS = "−"
_MOST_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How the values, intervals and differences of one kind of metric are written.

    Args:
        factor: what a stored value is multiplied with before it is written.
        decimals: of values and differences.
        interval_decimals: of the ends of intervals.
        unit: written behind a value.
        difference_unit: written behind a difference.

    Example:
        >>> SHARE.value(0.94209), SHARE.interval(0.928, 0.954), SHARE.value(None)
        ('94.21 %', '92.8 to 95.4', '?')
        >>> SHARE.difference(0.031), SHARE.difference_interval(-0.004, 0.021)
        ('+3.10 points', '−0.4 to +2.1')
        >>> SHARE.difference_interval(0.0002, 0.013)
        '+0.02 to +1.30'
        >>> PLAIN.value(1.23456), PLAIN.difference(-0.5)
        ('1.235', '−0.500')
    """

    factor: float
    decimals: int
    interval_decimals: int
    unit: str
    difference_unit: str

    def value(self, value: float | None) -> str:
        """Return a value with its unit."""
        return self._written(value, f",.{self.decimals}f", self.unit)

    def interval(self, low: float | None, high: float | None) -> str:
        """Return an interval without the unit."""
        return self._interval(low, high, f",.{self.interval_decimals}f")

    def difference(self, difference: float | None) -> str:
        """Return a difference with its sign and unit."""
        return self._written(difference, f"+,.{self.decimals}f", self.difference_unit)

    def difference_interval(self, low: float | None, high: float | None) -> str:
        """Return an interval of a difference with signs, without the unit.

        As many decimals as it takes, up to six, so that an end beside 0 does not read as 0.
        """
        scaled = [self.factor * end for end in (low, high) if end is not None]
        ends = [end for end in scaled if round(end, _MOST_DECIMALS) != 0]
        decimals = self.interval_decimals
        while any(round(end, decimals) == 0 for end in ends):
            decimals += 1
        return self._interval(low, high, f"+,.{decimals}f")

    def _interval(self, low: float | None, high: float | None, form: str) -> str:
        ends = self._written(low, form, ""), self._written(high, form, "")
        return MISSING if MISSING in ends else " to ".join(ends)

    def _written(self, value: float | None, form: str, unit: str) -> str:
        if value is None or not math.isfinite(self.factor * value):
            return MISSING
        text = format(self.factor * value, form)
        if not text.strip("+-0.,"):
            text = text.lstrip("+-")
        return text.replace("-", _MINUS) + unit


SHARE = NumberStyle(
    factor=100.0, decimals=2, interval_decimals=1, unit=" %", difference_unit=" points"
)
PLAIN = NumberStyle(factor=1.0, decimals=3, interval_decimals=3, unit="", difference_unit="")


def count(number: int | None) -> str:
    """Return a count with thousands separators.

    Example:
        >>> count(91832), count(0), count(None)
        ('91,832', '0', '?')
    """
    return MISSING if number is None else f"{number:,}"


def p_value(value: float | None) -> str:
    """Return a p-value with three decimals, and "below 0.001" for what is smaller.

    Example:
        >>> p_value(0.0421), p_value(1e-9), p_value(None)
        ('0.042', 'below 0.001', '?')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    return "below 0.001" if value < 0.001 else f"{value:.3f}"


def shortened(name: str, limit: int) -> str:
    """Return a name of at most ``limit`` characters, cut in the middle where it is longer.

    Example:
        >>> shortened("mobilenet-v3-large-linear-probe", 15)
        'mobilen…r-probe'
    """
    if len(name) <= limit:
        return name
    tail = (limit - 1) // 2
    return f"{name[: limit - 1 - tail]}…{name[-tail:]}"
