"""How the step size changes while training."""

import math

from fieldmark.core.errors import StudyError


def cosine_with_warmup(step: int, *, total: int, warmup: int = 0, floor: float = 0.0) -> float:
    """Return the factor of the step size at a step: a ramp from 0 to 1, then half a cosine.

    Args:
        step: from 0; beyond ``total`` the factor stays at ``floor``.
        total: number of steps of the whole training, at least 1.
        warmup: number of steps of the ramp, below ``total``.
        floor: factor at the end, in [0, 1].

    Raises:
        StudyError: the numbers do not fit together.

    Source:
        Loshchilov and Hutter (2017), SGDR, equation 5, without restarts.

    Example:
        >>> [round(cosine_with_warmup(step, total=10, warmup=2), 2) for step in (0, 1, 2, 6, 10)]
        [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    if total < 1 or not 0 <= warmup < total or not 0 <= floor <= 1:
        raise StudyError(
            "Expected at least one step, a shorter warm-up and a floor in [0, 1]; got total"
            f" {total}, warm-up {warmup} and floor {floor}."
        )
    if step < warmup:
        return (step + 1) / warmup
    progress = min(1.0, (step - warmup) / (total - warmup))
    return floor + (1 - floor) * (1 + math.cos(math.pi * progress)) / 2
