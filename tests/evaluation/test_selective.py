import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.selective import (
    area_of_generalised_risk,
    area_of_risk,
    area_of_separation,
    augrc,
    aurc,
    coverage_at_risk,
    coverages_at_risk,
    risk_at_coverage,
    risk_coverage,
    risks_at_coverage,
)


@pytest.fixture
def curve():
    """Five items, two of them equally sure; the second of these and the last are wrong."""
    return risk_coverage([0.9, 0.7, 0.7, 0.5, 0.3], [False, False, True, False, True])


def test_ties_are_one_operating_point(curve):
    assert curve.threshold.tolist() == [0.9, 0.7, 0.5, 0.3]
    assert curve.coverage.tolist() == [0.2, 0.6, 0.8, 1.0]
    assert curve.risk.tolist() == pytest.approx([0, 1 / 3, 1 / 4, 2 / 5])
    assert curve.generalised_risk.tolist() == pytest.approx([0, 1 / 5, 1 / 5, 2 / 5])
    assert curve.n == 5


def test_areas_are_trapezoids_over_coverage(curve):
    by_hand = 0.2 * 0 + 0.4 * (1 / 3) / 2 + 0.2 * (1 / 3 + 1 / 4) / 2 + 0.2 * (1 / 4 + 2 / 5) / 2
    assert aurc(curve) == pytest.approx(by_hand)
    assert augrc(curve) == pytest.approx(0.4 * 0.2 / 2 + 0.2 * 0.2 + 0.2 * (0.2 + 0.4) / 2)


def test_the_order_of_items_within_a_tie_does_not_matter():
    first = risk_coverage([0.5, 0.5, 0.1], [True, False, False])
    second = risk_coverage([0.5, 0.5, 0.1], [False, True, False])
    assert (aurc(first), augrc(first)) == (aurc(second), augrc(second))


def test_one_confidence_for_all_says_nothing_beyond_the_accuracy():
    flat = risk_coverage([0.5] * 10, [True] * 3 + [False] * 7)
    assert flat.coverage.tolist() == [1.0]
    assert aurc(flat) == pytest.approx(0.3)
    assert augrc(flat) == pytest.approx(0.15)
    assert coverage_at_risk(flat, 0.05) == 0.0
    assert risk_at_coverage(flat, 0.1) == pytest.approx(0.3)


@pytest.mark.parametrize(("wrong", "area"), [(False, 0.0), (True, 1.0)])
def test_one_item(wrong, area):
    one = risk_coverage([0.4], [wrong])
    assert aurc(one) == area
    assert augrc(one) == area / 2


def test_the_risk_at_a_coverage_is_that_of_the_first_point_that_covers_it(curve):
    assert risk_at_coverage(curve, 0.2) == 0.0
    assert risk_at_coverage(curve, 0.21) == pytest.approx(1 / 3)
    assert risk_at_coverage(curve, 0.8) == pytest.approx(1 / 4)
    assert risk_at_coverage(curve, 1.0) == pytest.approx(2 / 5)


def test_the_coverage_at_a_risk_is_the_largest_even_where_the_risk_rose_before(curve):
    assert coverage_at_risk(curve, 0.0) == pytest.approx(0.2)
    assert coverage_at_risk(curve, 0.25) == pytest.approx(0.8)
    assert coverage_at_risk(curve, 0.4) == 1.0
    assert coverage_at_risk(risk_coverage([0.9, 0.1], [True, False]), 0.3) == 0.0


def test_a_coverage_that_rounding_would_miss_is_met():
    confidence = np.linspace(1, 0, 10)
    curve = risk_coverage(confidence, np.arange(10) == 9)
    assert risk_at_coverage(curve, 0.3 * 3) == 0.0
    assert coverage_at_risk(curve, 0.1) == 1.0


@pytest.mark.parametrize(
    ("confidence", "wrong"),
    [([], []), ([0.5], [True, False]), ([0.5, np.nan], [True, False]), ([[0.5]], [[True]])],
    ids=["empty", "lengths", "NaN", "two dimensions"],
)
def test_what_is_no_confidence_for_each_answer_is_refused(confidence, wrong):
    with pytest.raises(PredictionsError, match="confidence that is a number for each of at least"):
        risk_coverage(confidence, wrong)


def test_settings_out_of_range_are_refused(curve):
    with pytest.raises(PredictionsError, match="coverage above 0, at most 1; got 0"):
        risk_at_coverage(curve, 0)
    with pytest.raises(PredictionsError, match=r"risk between 0 and 1; got 1\.5"):
        coverage_at_risk(curve, 1.5)


def test_resamples_in_which_the_surest_items_do_not_occur():
    covered = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 4.0]])
    errors = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])
    assert area_of_risk(covered, errors) == pytest.approx([0.5, (1 + 3 * (1 + 0.25) / 2) / 4])
    assert area_of_generalised_risk(covered, errors) == pytest.approx(
        [(2 * 1 + 2 * 3) / 32, (1 + 3 * 2) / 32]
    )
    assert risks_at_coverage(covered, errors, 0.5) == pytest.approx([0.5, 0.25])
    assert coverages_at_risk(covered, errors, 0.3) == pytest.approx([0.0, 1.0])


def test_separation_is_not_defined_where_all_are_right():
    found = area_of_separation(np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([[0.0, 0], [0, 1]]))
    assert np.isnan(found[0])
    assert found[1] == 1.0
