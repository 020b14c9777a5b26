import numpy as np
import pytest

from fieldmark.comparison.optimism import (
    bootstrap_optimism,
    expected_maximum,
    expected_optimism,
    mean_correlation,
)
from fieldmark.core.errors import PredictionsError


@pytest.mark.parametrize(("count", "expected"), [(2, 1 / np.pi**0.5), (3, 1.5 / np.pi**0.5)])
def test_the_expected_maximum_of_few_is_known(count, expected):
    assert expected_maximum(count) == pytest.approx(expected, abs=1e-9)


def test_the_expected_maximum_of_many_is_that_of_a_simulation():
    drawn = np.random.default_rng(0).normal(size=(40_000, 30)).max(axis=1)
    assert expected_maximum(30) == pytest.approx(drawn.mean(), abs=0.01)


def test_what_all_share_is_no_optimism():
    assert expected_optimism(0.1, 9, correlation=1) == 0
    assert expected_optimism(0.1, 9, correlation=0.75) == pytest.approx(
        0.5 * expected_optimism(0.1, 9)
    )
    assert expected_optimism(0.1, 1) == 0


def test_the_correlation_is_found_again():
    rng = np.random.default_rng(0)
    draws = 0.8**0.5 * rng.normal(size=4000) + 0.2**0.5 * rng.normal(size=(9, 4000))
    assert mean_correlation(draws) == pytest.approx(0.8, abs=0.02)
    assert mean_correlation(np.ones((2, 5))) == 0


def test_candidates_that_are_far_apart_have_no_optimism():
    draws = np.random.default_rng(0).normal(scale=0.01, size=(3, 500))
    apart = bootstrap_optimism([0.2, 0.5, 0.9], draws)
    alike = bootstrap_optimism([0.5, 0.5, 0.5], draws)
    assert apart < 0.001
    assert alike == pytest.approx(expected_optimism(0.01, 3), rel=0.15)


def test_one_candidate_was_not_chosen():
    assert bootstrap_optimism([0.7], np.ones((1, 10))) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_maximum(0), "at least 1 candidate to choose among; got 0"),
        (lambda: expected_optimism(-1, 3), "a standard error of at least 0"),
        (lambda: expected_optimism(1, 3, correlation=1.5), "a correlation from 0 to 1"),
        (lambda: bootstrap_optimism([], np.ones((0, 5))), "draws of each of 0 candidates"),
        (lambda: bootstrap_optimism([1, 2], np.ones((3, 5))), r"of shape \(3, 5\)"),
    ],
)
def test_numbers_out_of_range_are_refused(call, message):
    with pytest.raises(PredictionsError, match=message):
        call()
