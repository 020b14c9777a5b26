"""An estimate as a cell of a table: its value, and its interval in small print."""

from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.numbers import MISSING, NumberStyle
from fieldmark.report.result_tables import style_of
from fieldmark.report.tables import Cell


def estimate_cell(
    estimate: Estimate | None, *, style: NumberStyle | None = None, missing: str = ""
) -> Cell:
    """Return the value of an estimate, and below it its interval, if it has one.

    Args:
        estimate: None, or one without a value, gives ``?``.
        style: how numbers are written; None takes the style of the metric.
        missing: what stands below ``?``.

    Example:
        >>> estimate_cell(None, missing="no image")
        Cell(text='?', detail='no image', tone='plain')
    """
    if estimate is None or estimate.value is None:
        return Cell(MISSING, missing)
    chosen = style_of(estimate.metric) if style is None else style
    interval = "" if estimate.low is None else chosen.interval(estimate.low, estimate.high)
    return Cell(chosen.value(estimate.value), interval)
