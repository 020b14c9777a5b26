import math

import pytest

from fieldmark.report.numbers import MISSING, PLAIN, SHARE, count, p_value, shortened


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_missing_is_a_question_mark(value: float | None) -> None:
    assert SHARE.value(value) == PLAIN.difference(value) == p_value(value) == MISSING
    assert SHARE.interval(0.1, value) == SHARE.difference_interval(value, 0.1) == MISSING


def test_shares_have_two_decimals_and_intervals_one() -> None:
    assert SHARE.value(0.94209) == "94.21 %"
    assert SHARE.value(1.0) == "100.00 %"
    assert SHARE.interval(0.92768, 0.95385) == "92.8 to 95.4"


def test_other_numbers_have_three_decimals_and_no_unit() -> None:
    assert PLAIN.value(1234.5678) == "1,234.568"
    assert PLAIN.interval(-0.5, 0.25) == "−0.500 to 0.250"


def test_differences_carry_a_sign_unless_they_are_nothing() -> None:
    assert SHARE.difference(-0.0016) == "−0.16 points"
    assert SHARE.difference(0.0) == "0.00 points"
    assert SHARE.difference(-0.0000001) == "0.00 points"
    assert PLAIN.difference(0.25) == "+0.250"


def test_an_end_beside_zero_never_reads_as_zero() -> None:
    assert SHARE.difference_interval(0.0002, 0.013) == "+0.02 to +1.30"
    assert SHARE.difference_interval(-0.021, -0.00004) == "−2.100 to −0.004"
    assert SHARE.difference_interval(0.0, 0.013) == "0.0 to +1.3"


def test_an_end_that_is_zero_up_to_rounding_errors_reads_as_zero() -> None:
    assert SHARE.difference_interval(-1e-17, 0.5) == "0.0 to +50.0"


def test_counts_have_thousands_separators() -> None:
    assert count(91_832) == "91,832"
    assert count(None) == MISSING


def test_small_p_values_are_bounded() -> None:
    assert p_value(0.0) == p_value(0.00099) == "below 0.001"
    assert p_value(0.04211) == "0.042"


@pytest.mark.parametrize("limit", [5, 6, 11])
def test_long_names_are_cut_in_the_middle(limit: int) -> None:
    name = "mobilenet-v3-large"
    cut = shortened(name, limit)
    assert len(cut) == limit
    assert cut.startswith("mo")
    assert cut.endswith("ge")
    assert shortened(name, len(name)) == name
