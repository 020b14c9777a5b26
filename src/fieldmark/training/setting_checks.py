"""Checks on the settings of a training; each raises StudyError with what came."""

import math

from fieldmark.core.errors import StudyError


def check_count(name: str, value: object, *, least: int) -> None:
    """Refuse a setting that is not a whole number of at least ``least``."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise StudyError(
            f"The training setting '{name}' must be a whole number of at least {least}; got"
            f" {value!r}."
        )


def check_number(name: str, value: object, *, zero_allowed: bool = False) -> None:
    """Refuse a setting that is not a finite number above 0, or of at least 0."""
    if not _is_number(value) or value < 0 or (value == 0 and not zero_allowed):  # type: ignore[operator]
        bound = "of at least 0" if zero_allowed else "above 0"
        raise StudyError(
            f"The training setting '{name}' must be a finite number {bound}; got {value!r}."
        )


def check_share(
    name: str,
    value: object,
    *,
    most: float = 1,
    above_zero: bool = False,
    below_one: bool = False,
) -> None:
    """Refuse a setting that is not a number from 0 to ``most``, ends included unless told."""
    number = value if _is_number(value) else math.nan
    fits = 0 <= number <= most  # type: ignore[operator]
    if not fits or (above_zero and number == 0) or (below_one and number == 1):
        low, high = "(" if above_zero else "[", ")" if below_one else "]"
        raise StudyError(
            f"The training setting '{name}' must be a number in {low}0, {most:g}{high}; got"
            f" {value!r}."
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
