"""Curves in a line of text."""

import math
from collections.abc import Sequence
from typing import Final

_BARS: Final = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], *, width: int = 16) -> str:
    """Return the last values as bars between their least and their greatest.

    A value that is not finite is a space; where all are equal, so are the bars.

    Args:
        values: in their order.
        width: how many are shown at most.

    Example:
        >>> sparkline([3.0, 2.0, 1.5, 1.0])
        '█▄▂▁'
        >>> sparkline([1.0, 1.0]), sparkline([])
        ('▁▁', '')
    """
    shown = values[-width:]
    finite = [value for value in shown if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    step = (high - low) / (len(_BARS) - 1) or math.inf
    return "".join(
        _BARS[int((value - low) / step)] if math.isfinite(value) else " " for value in shown
    )
