"""How metrics, differences and p-values are worded in a verdict."""

import math

from fieldmark.evaluation.metric_definition import MetricDefinition
from fieldmark.evaluation.metrics import METRICS

#: Ends the identifier of a metric that is measured in each fold and then averaged over folds.
MEAN_OF_FOLDS = "_mean_of_folds"


def definition_for(metric: str) -> MetricDefinition | None:
    """Return the definition of a metric, or of what is averaged over folds; None for neither."""
    return METRICS.get(metric, METRICS.get(metric.removesuffix(MEAN_OF_FOLDS)))


def metric_text(metric: str, rank: str | None, universe: int | None) -> str:
    """Return what was measured, within a sentence.

    Example:
        >>> metric_text("macro_f1_mean_of_folds", "genus", None)
        'macro F1 (mean of folds) at rank genus'
    """
    definition = definition_for(metric)
    name = metric if definition is None else definition.in_words
    if metric.endswith(MEAN_OF_FOLDS) and metric not in METRICS:
        name = f"{name} (mean of folds)"
    ranked = name if rank is None else f"{name} at rank {rank}"
    return ranked if universe is None else f"{ranked} among {universe:,} candidates"


def margin_text(metric: str, margin: float) -> str:
    """Return a margin in points, or as a number where the metric is no share.

    Example:
        >>> margin_text("accuracy", 0.01), margin_text("log_loss", 0.05)
        ('1 point', '0.05')
    """
    if not _is_share(metric):
        return f"{margin:g}"
    points = 100 * margin
    return f"{points:g} point{'' if points == 1 else 's'}"


def interval_text(
    metric: str, difference: float, interval: tuple[float, float], *, level: float
) -> str:
    """Return a difference with its interval, in points where the metric is a share.

    Example:
        >>> interval_text("accuracy", 0.031, (0.004, 0.058), level=0.95)
        '+3.10 points (95 % interval +0.4 to +5.8)'
        >>> interval_text("log_loss", -0.2, (-0.3, -0.1), level=0.95)
        '-0.200 (95 % interval -0.300 to -0.100; lower is better)'
    """
    factor, digits, of_ends, unit = (100, 2, 1, " points") if _is_share(metric) else (1, 3, 3, "")
    low, high = (factor * end for end in interval)
    kept = _digits_that_keep_the_sign(low, high, of_ends)
    lower, upper = (_signed(end, kept) for end in (low, high))
    definition = definition_for(metric)
    is_lower = definition is not None and definition.direction == "lower"
    way = "; lower is better" if is_lower else ""
    measured = _signed(factor * difference, max(digits, kept))
    return f"{measured}{unit} ({100 * level:.4g} % interval {lower} to {upper}{way})"


def p_text(p_value: float) -> str:
    """Return a p-value with three significant digits, or as below 0.001."""
    if p_value < 0.001:
        return "p < 0.001"
    return f"p = {p_value:.2f}" if p_value >= 0.1 else f"p = {p_value:.3g}"


def rounded_up(number: int) -> int:
    """Return a number rounded up to two significant digits: a plan is no exact number.

    Example:
        >>> rounded_up(52_923)
        53000
    """
    step = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // step) * step


def _is_share(metric: str) -> bool:
    definition = definition_for(metric)
    return definition is None or definition.scale == "share"


def _signed(number: float, digits: int) -> str:
    text = f"{number:+.{digits}f}"
    return text if text.strip("+-0.") else text.lstrip("+-")


def _digits_that_keep_the_sign(low: float, high: float, fewest: int) -> int:
    """Enough digits that an end that is not 0 does not read as 0 where that would matter."""
    nearest = min(abs(low), abs(high))
    if low <= 0 <= high or nearest == 0:
        return fewest
    return max(fewest, math.ceil(-math.log10(nearest)))
