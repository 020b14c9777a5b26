import math

from fieldmark.cli.sparklines import sparkline


def test_the_least_and_the_greatest_are_the_ends() -> None:
    assert sparkline([0, 7, 3.5]) == "▁█▄"


def test_only_the_last_values_are_shown() -> None:
    assert sparkline(range(100), width=4) == "▁▃▅█"
    assert len(sparkline(range(100))) == 16


def test_what_is_not_finite_is_a_gap() -> None:
    assert sparkline([0.0, math.nan, math.inf, 1.0]) == "▁  █"
    assert sparkline([math.nan]) == " "


def test_equal_values_are_equal_bars() -> None:
    assert sparkline([2.0, 2.0, 2.0]) == "▁▁▁"
