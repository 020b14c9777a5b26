"""An estimate as a cell: value, interval, and what stands where there is none."""

from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.estimate_cells import estimate_cell
from fieldmark.report.numbers import PLAIN
from fieldmark.report.tables import Cell


def _estimate(value: float | None, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(
        metric="accuracy",
        value=value,
        low=low,
        high=high,
        level=0.95,
        n=40,
        method="Wilson",
        split="test",
        classes=3,
        denominator="all 40 items",
        contender="probe",
    )


def test_the_interval_stands_below_the_value_in_the_style_of_the_metric() -> None:
    assert estimate_cell(_estimate(0.5, 0.352, 0.648)) == Cell("50.00 %", "35.2 to 64.8")


def test_another_style_may_be_asked_for() -> None:
    assert estimate_cell(_estimate(0.5, 0.352, 0.648), style=PLAIN) == Cell(
        "0.500", "0.352 to 0.648"
    )


def test_a_value_without_an_interval_stands_alone() -> None:
    assert estimate_cell(_estimate(0.5)) == Cell("50.00 %")


def test_what_is_missing_is_a_question_mark_with_its_reason() -> None:
    assert estimate_cell(_estimate(None), missing="no image") == Cell("?", "no image")
    assert estimate_cell(None) == Cell("?")
