"""Checks on the settings of heads, which come from study files."""

import math

from fieldmark.core.errors import StudyError


def check_whole(name: str, value: object, *, least: int = 1) -> None:
    """Refuse a setting that is not a whole number of at least ``least``.

    Args:
        name: the setting as the study file spells it.
        value: what was given; True and False are no numbers.
        least: the smallest allowed value.

    Raises:
        StudyError: the value is not a whole number, or too small.

    Example:
        >>> check_whole("epochs", 3)
        >>> check_whole("epochs", 2.5)
        Traceback (most recent call last):
        fieldmark.core.errors.StudyError: The head setting 'epochs' must be a whole number of at
        least 1; got 2.5.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise StudyError(
            f"The head setting '{name}' must be a whole number of at least {least}; got {value!r}."
        )


def check_number(name: str, value: object, *, zero_allowed: bool = False) -> None:
    """Refuse a setting that is not a finite number above 0.

    Args:
        name: the setting as the study file spells it.
        value: what was given; True and False are no numbers.
        zero_allowed: whether 0 is allowed too.

    Raises:
        StudyError: the value is not a number, not finite, or too small.

    Example:
        >>> check_number("weight_decay", 0, zero_allowed=True)
    """
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    if not math.isfinite(number) or number < 0 or (number == 0 and not zero_allowed):
        bound = "of at least 0" if zero_allowed else "above 0"
        raise StudyError(
            f"The head setting '{name}' must be a finite number {bound}; got {value!r}."
        )
