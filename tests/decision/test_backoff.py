import numpy as np
import pytest
from scipy.stats import binom

from fieldmark.core.errors import DecisionError
from fieldmark.decision.backoff import (
    THRESHOLDS,
    back_off,
    back_off_by_rank,
    back_off_on_average,
    critical_thresholds,
)
from fieldmark.decision.backoff_outcome import rank_thresholds
from fieldmark.decision.fixed_sequence import fixed_sequence
from fieldmark.decision.lineages import answered_rank, answered_wrongly, lineages
from fieldmark.evaluation.resampling import units_of


@pytest.fixture
def chains(fungi):
    def made(n: int, seed: int = 0, lots=None):
        table = fungi("calibration", n, seed)
        return lineages(table, lots=units_of(lots, n=n))

    return made


def test_the_threshold_is_rejected_and_the_next_more_daring_one_is_not(chains):
    evidence = chains(2000)
    (point,) = back_off(evidence, limit=0.1, confidence=0.95, among="all")
    place = int(np.flatnonzero(point.threshold == THRESHOLDS)[0])
    p_values = []
    for threshold in THRESHOLDS[place : place + 2]:
        rank = answered_rank(evidence.probability, np.full(3, threshold))
        wrong = answered_wrongly(evidence.right, rank).sum()
        p_values.append(binom.cdf(wrong, evidence.n, 0.1))
    assert p_values[0] <= 0.05 < p_values[1]
    assert "at most 10 % of all items" in point.promise


def test_a_limit_among_the_answered_is_stricter(chains):
    evidence = chains(2000)
    (answered,) = back_off(evidence, limit=0.1, confidence=0.95)
    (everyone,) = back_off(evidence, limit=0.1, confidence=0.95, among="all")
    assert answered.threshold > everyone.threshold
    assert answered.fitted_on.units < everyone.fitted_on.units == 2000


def test_each_rank_gets_a_threshold_or_is_withheld(chains):
    points = back_off_by_rank(chains(6000), limit=0.15, confidence=0.9)
    assert [point.name for point in points] == [
        "answer family from",
        "answer genus from",
        "answer species from",
    ]
    assert points[2].threshold is not None
    for point in points:
        assert (point.threshold is None) == ("is not answered" in point.promise)
    thresholds = rank_thresholds(points, 3)
    assert (np.isinf(thresholds) == [point.threshold is None for point in points]).all()


def test_with_lots_one_item_of_each_counts(chains):
    evidence = chains(2000, lots=[f"{i // 2}" for i in range(2000)])
    (point,) = back_off(evidence, limit=0.1, confidence=0.95, among="all")
    assert (point.fitted_on.unit, point.fitted_on.units) == ("lot", 1000)
    assert point.promise.endswith("one from each lot.")


def test_the_critical_threshold_is_the_highest_at_which_the_answer_is_wrong(chains):
    evidence = chains(300)
    critical = critical_thresholds(evidence)
    for threshold in (0.1, 0.5, 0.7, 0.95):
        rank = answered_rank(evidence.probability, np.full(3, threshold))
        assert (answered_wrongly(evidence.right, rank) == (critical >= threshold)).all()


def test_on_average_the_loss_follows_the_equation(chains):
    evidence = chains(500)
    (point,) = back_off_on_average(evidence, limit=0.1)
    losses = [
        answered_wrongly(evidence.right, answered_rank(evidence.probability, np.full(3, t))).sum()
        for t in (point.threshold, np.nextafter(point.threshold, 0))
    ]
    assert losses[0] + 1 <= 0.1 * 501 < losses[1] + 1
    assert "expectation only" in point.promise
    assert point.confidence is None


def test_a_contender_without_mistakes_answers_at_the_leaves(table, tree):
    names = tuple(f"s{i:02}" for i in range(12))
    sure = table(
        np.eye(12)[np.arange(60) % 12] * 0.88 + 0.01,
        [names[i % 12] for i in range(60)],
        classes=names,
        taxonomy=tree,
    )
    evidence = lineages(sure, lots=units_of(None, n=60))
    (point,) = back_off_on_average(evidence, limit=0.1)
    assert point.threshold == 0.0


def test_a_walk_stops_at_the_first_that_is_not_rejected():
    wrong, counted = np.array([0, 30, 0]), np.array([200, 200, 400])
    assert fixed_sequence(wrong, counted, limit=0.05, confidence=0.95) == 0
    assert fixed_sequence(wrong, counted, limit=0.05, confidence=0.95, starts=3) == 2
    assert fixed_sequence(wrong[::-1], counted * 0, limit=0.05, confidence=0.95) is None
    assert fixed_sequence(wrong * 0, counted, limit=0.05, confidence=0.95) == 2


def test_refusals(chains):
    with pytest.raises(DecisionError, match=r"infeasible: no threshold keeps the error .* at 1 %"):
        back_off(chains(50), limit=0.01, confidence=0.95)
    with pytest.raises(DecisionError, match="infeasible: no threshold"):
        back_off_by_rank(chains(50), limit=0.01, confidence=0.95)
    with pytest.raises(DecisionError, match="needs at least 99 items"):
        back_off_on_average(chains(50), limit=0.01)
    with pytest.raises(DecisionError, match="target between 0 and 1"):
        back_off(chains(50), limit=0.0, confidence=0.95)
