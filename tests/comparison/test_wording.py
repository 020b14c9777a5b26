import pytest

from fieldmark.comparison.wording import (
    interval_text,
    margin_text,
    metric_text,
    p_text,
    rounded_up,
)


def test_what_is_no_metric_of_the_catalogue_is_called_as_it_is():
    assert metric_text("latency", None, None) == "latency"
    assert metric_text("expected_accuracy", "genus", 90).endswith(
        " at rank genus among 90 candidates"
    )


def test_points_and_numbers():
    assert margin_text("accuracy", 0.02) == "2 points"
    assert interval_text("accuracy", 0.0, (0.0, 0.01), level=0.9) == (
        "0.00 points (90 % interval 0.0 to +1.0)"
    )
    assert "+0.0002 to +0.5000" in interval_text("log_loss", 0.1, (0.0002, 0.5), level=0.95)


@pytest.mark.parametrize(
    ("p_value", "words"),
    [(0.0004, "p < 0.001"), (0.0123, "p = 0.0123"), (0.5, "p = 0.50")],
)
def test_p_values(p_value, words):
    assert p_text(p_value) == words


@pytest.mark.parametrize(("number", "rounded"), [(7, 7), (99, 99), (101, 110), (120, 120)])
def test_plans_are_rounded_up(number, rounded):
    assert rounded_up(number) == rounded
