import pytest

from fieldmark.decision.promise_check import check_promise, promise_check_from_dict
from fieldmark.evaluation.estimates import Estimate


def estimate(value, low, high, *, method="Clopper-Pearson") -> Estimate:
    return Estimate(
        metric="positive_recall",
        value=value,
        low=low,
        high=high,
        n=200,
        method=method,
        split="test",
        classes=2,
        denominator="200 positives",
    )


@pytest.mark.parametrize(
    ("low", "value", "high", "at_least", "at_most"),
    [
        (0.95, 0.97, 0.99, "confirmed", "contradicted"),
        (0.85, 0.92, 0.99, "kept", "not kept"),
        (0.80, 0.88, 0.95, "not kept", "kept"),
        (0.60, 0.70, 0.80, "contradicted", "confirmed"),
    ],
)
def test_the_interval_decides(low, value, high, at_least, at_most):
    found = [estimate(value, low, high)]
    for side, expected in ((True, at_least), (False, at_most)):
        check = check_promise(found, "positive_recall", 0.9, at_least=side, confidence=0.9)
        assert check.verdict == expected
        average = check_promise(found, "positive_recall", 0.9, at_least=side)
        allowed = {"not kept": "exceeded", "contradicted": "exceeded"}
        assert average.verdict == allowed.get(expected, expected)


def test_without_a_number_nothing_is_tested():
    check = check_promise([estimate(None, None, None)], "positive_recall", 0.9, at_least=True)
    assert check.verdict == "not tested"
    assert "measured ? (no interval, n = 200): not tested, no item that counts" in check.sentence()


def test_the_part_by_itself_allows_a_claim():
    found = [estimate(0.99, 0.96, 1.0)]
    check = check_promise(found, "positive_recall", 0.9, at_least=True, confidence=0.95)
    assert check.claim == pytest.approx(0.9689, abs=1e-4)
    assert "allows the claim of at least 96.89 % at 95 % confidence" in check.sentence()
    most = check_promise(found, "positive_recall", 0.9, at_least=False, confidence=0.95)
    assert most.claim == pytest.approx(0.9982, abs=1e-4)
    drawn = [estimate(0.99, 0.96, 1.0, method="bootstrap")]
    found = check_promise(drawn, "positive_recall", 0.9, at_least=True, confidence=0.95)
    assert found.claim is None


def test_it_survives_a_dict():
    check = check_promise(
        [estimate(0.99, 0.96, 1.0)], "positive_recall", 0.9, at_least=True, confidence=0.95
    )
    assert promise_check_from_dict(check.to_dict()) == check
