import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.calibration_error import expected_calibration_error, reliability
from fieldmark.evaluation.confusion_counts import (
    confusion_counts,
    row_normalised,
    top_confused_pairs,
)
from fieldmark.evaluation.selective import (
    augrc,
    aurc,
    coverage_at_risk,
    risk_at_coverage,
    risk_coverage,
)


@st.composite
def answered(draw):
    """Confidences of 1 to 40 answers, with ties, and whether each is wrong."""
    n, levels = draw(st.integers(1, 40)), draw(st.integers(1, 50))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.integers(levels + 1, size=n) / levels, rng.random(n) < draw(st.floats(0, 1))


@given(answered())
def test_the_curve_ends_at_the_error_rate_and_areas_are_shares(case):
    confidence, wrong = case
    curve = risk_coverage(confidence, wrong)
    assert curve.coverage[-1] == 1.0
    assert curve.risk[-1] == pytest.approx(wrong.mean())
    assert (np.diff(curve.coverage) > 0).all()
    assert (np.diff(curve.threshold) < 0).all()
    assert 0 <= augrc(curve) <= wrong.mean() <= 1
    assert 0 <= aurc(curve) <= 1


@given(answered(), st.floats(0.1, 10), st.floats(-5, 5), st.integers(0, 2**32))
def test_order_and_scale_of_confidences_do_not_matter(case, scale, shift, seed):
    confidence, wrong = case
    order = np.random.default_rng(seed).permutation(len(wrong))
    ranks = np.unique(confidence, return_inverse=True)[1]
    first = risk_coverage(confidence, wrong)
    other = risk_coverage(ranks[order] * scale + shift, wrong[order])
    assert np.array_equal(first.coverage, other.coverage)
    assert first.risk == pytest.approx(other.risk)


@given(answered(), st.floats(0.01, 1), st.floats(0, 1))
def test_risk_at_a_coverage_and_coverage_at_a_risk_keep_each_other(case, coverage, risk):
    curve = risk_coverage(*case)
    assert coverage_at_risk(curve, risk_at_coverage(curve, coverage)) >= coverage * (1 - 1e-9)
    reached = coverage_at_risk(curve, risk)
    if reached > 0:
        assert risk_at_coverage(curve, reached) <= risk * (1 + 1e-6) + 1e-12


@given(answered())
def test_knowing_which_answers_are_wrong_is_best_and_the_reverse_worst(case):
    confidence, wrong = case
    best, some, worst = (
        augrc(risk_coverage(one, wrong)) for one in (-wrong.astype(float), confidence, wrong * 1.0)
    )
    assert best - 1e-12 <= some <= worst + 1e-12


@given(answered(), st.integers(1, 20), st.booleans())
def test_bins_hold_every_answer_once_and_the_error_lies_between(case, bins, equal_mass):
    confidence, wrong = case
    found = reliability(confidence, ~wrong, bins=bins, equal_mass=equal_mass)
    assert sum(one.n for one in found) == len(wrong)
    assert len(found) <= bins
    for one in found:
        assert one.low - 1e-12 <= one.mean_confidence <= one.high + 1e-12
        assert one.accuracy_low <= one.accuracy <= one.accuracy_high
    error = expected_calibration_error(confidence, ~wrong, bins=bins, equal_mass=equal_mass)
    assert abs(confidence.mean() - (~wrong).mean()) - 1e-9 <= error <= 1


@settings(max_examples=50)
@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 2**32))
def test_confusions_are_counted_once_and_never_above_n(n, classes, seed):
    truth, predicted = np.random.default_rng(seed).integers(classes, size=(2, n))
    answers = Answers(
        rank=None,
        classes=tuple(map(str, range(classes))),
        candidates=classes,
        truth=truth,
        predicted=predicted,
    )
    counts = confusion_counts(answers)
    assert counts.count.sum() == n
    assert counts.count.max() <= n
    sums = np.zeros(classes)
    np.add.at(sums, counts.truth, row_normalised(counts))
    assert sums[np.unique(truth)] == pytest.approx(1.0)
    pairs = top_confused_pairs(answers)
    assert all(pair.count <= pair.n <= n for pair in pairs)
    assert [pair.count for pair in pairs] == sorted((pair.count for pair in pairs), reverse=True)
