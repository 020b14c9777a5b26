import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fieldmark.decision.backoff import critical_thresholds
from fieldmark.decision.costs import Costs
from fieldmark.decision.expected_costs import matrix_cost
from fieldmark.decision.lineages import Lineages, answered_rank, answered_wrongly
from fieldmark.decision.neyman_pearson import lot_scores
from fieldmark.decision.order_statistics import (
    highest_order,
    positives_needed,
    recall_lower_bound,
    violation,
)
from fieldmark.decision.outcome_curves import fit_isotonic
from fieldmark.decision.planner import plan_recall
from fieldmark.decision.risk_control import lowest_controlled
from fieldmark.decision.scaling import fit_temperature
from fieldmark.evaluation.resampling import units_of

SHARES = st.floats(0.5, 0.999)
UNIT = st.floats(0.0, 1.0)
GRID = st.integers(0, 64).map(lambda step: step / 64)


@given(st.integers(0, 3000), SHARES, SHARES)
def test_the_highest_order_keeps_the_promise_and_the_next_does_not(n, target, confidence):
    order = highest_order(n, target_recall=target, confidence=confidence)
    if order is not None:
        assert violation(order, n, target_recall=target) <= 1 - confidence
    following = (order or 0) + 1
    if following <= n:
        assert violation(following, n, target_recall=target) > 1 - confidence


@given(st.integers(0, 40), SHARES, SHARES)
def test_needed_positives_and_the_claim_of_a_new_set_agree(misses, target, confidence):
    n = positives_needed(misses, target_recall=target, confidence=confidence)
    assert recall_lower_bound(misses, n, confidence=confidence) >= target - 1e-9
    assert recall_lower_bound(misses, n - 1, confidence=confidence) <= target + 1e-9
    plan = plan_recall(target, confidence, n, misses=misses)
    assert plan.feasible
    assert plan.max_misses == misses


@given(arrays.arrays(np.float64, st.integers(1, 40), elements=GRID), st.data())
def test_isotonic_curves_never_fall_and_keep_the_mean(scores, data):
    outcome = data.draw(arrays.arrays(bool, len(scores)))
    fitted = fit_isotonic(scores, outcome).at(scores)
    assert (np.diff(fitted[np.argsort(scores)]) >= -1e-12).all()
    assert np.isclose(fitted.mean(), outcome.mean())
    squeezed = fit_isotonic(scores / 2 + 0.25, outcome).at(scores / 2 + 0.25)
    assert np.allclose(squeezed, fitted)


@given(st.integers(2, 30), st.integers(2, 5), st.integers(0, 10_000))
def test_the_temperature_does_not_mind_the_order(n, k, seed):
    rng = np.random.default_rng(seed)
    logits, truth = rng.normal(size=(n, k)), rng.integers(k, size=n)
    items, classes = rng.permutation(n), rng.permutation(k)
    there = np.argsort(classes)
    moved = fit_temperature(logits[items][:, classes], there[truth[items]])
    assert np.isclose(moved, fit_temperature(logits, truth), rtol=1e-6)


@given(arrays.arrays(np.float64, st.integers(1, 40), elements=UNIT), st.floats(0.05, 0.9))
def test_risk_control_follows_its_equation(critical, limit):
    n = len(critical)
    found = lowest_controlled(critical, np.ones(n), units=n, limit=limit)
    if found is None:
        assert 1 / (n + 1) > limit - 1e-9
    else:
        assert ((critical > found).sum() + 1) / (n + 1) <= limit + 1e-9
        lower = np.nextafter(found, -np.inf)
        if np.isfinite(found):
            assert ((critical > lower).sum() + 1) / (n + 1) > limit - 1e-9


@st.composite
def chains(draw):
    n, ranks = draw(st.integers(1, 20)), draw(st.integers(1, 4))
    raw = draw(arrays.arrays(np.float64, (n, ranks), elements=UNIT))
    depth = draw(arrays.arrays(np.int64, n, elements=st.integers(0, ranks)))
    return Lineages(
        ranks=tuple("abcd"[:ranks]),
        probability=-np.sort(-raw, axis=1),
        right=np.arange(ranks) < depth[:, None],
        nodes=np.full((n, ranks), "x", dtype=object),
        lots=units_of(None, n=n),
        part="c",
        items_digest="",
    )


@given(chains(), UNIT, UNIT)
def test_on_one_chain_more_care_never_makes_a_mistake(evidence, one, other):
    ranks = len(evidence.ranks)
    wrong = []
    for threshold in sorted((one, other)):
        rank = answered_rank(evidence.probability, np.full(ranks, threshold))
        wrong.append(answered_wrongly(evidence.right, rank))
        assert np.array_equal(wrong[-1], critical_thresholds(evidence) >= threshold)
    assert (wrong[1] <= wrong[0]).all()


@given(st.integers(1, 30), st.integers(1, 6), st.integers(0, 1000))
def test_the_score_of_a_lot_holds_enough_of_it(n, lots, seed):
    rng = np.random.default_rng(seed)
    scores, mine = rng.random(n), rng.random(n) < 0.7
    units = units_of([f"{one}" for one in rng.integers(lots, size=n)], n=n)
    share = rng.uniform(0.1, 1.0)
    found = lot_scores(scores, mine, units, lot_share=share)
    present = np.unique(units.codes[mine])
    assert len(found) == len(present)
    for lot, score in zip(present, found, strict=True):
        inside = scores[mine & (units.codes == lot)]
        assert (inside >= score).mean() >= share - 1e-9
        assert (inside > score).mean() < share


@given(st.floats(0.1, 100), st.floats(0.1, 100), st.floats(0.1, 100), UNIT)
def test_chow_is_the_least_of_three_costs(miss, false_alarm, review, p):
    costs = Costs(miss=miss, false_alarm=false_alarm, review=review)
    low, high = costs.thresholds()
    cost = miss * p if p < low else false_alarm * (1 - p) if p >= high else review
    options = [miss * p, false_alarm * (1 - p)] + ([review] if low < high else [])
    assert cost <= min(options) + 1e-9
    matrix = matrix_cost(
        ["clean", "pit"],
        {
            "clean": {"pass": 0, "alarm": false_alarm, "review": review},
            "pit": {"pass": miss, "alarm": 0, "review": review},
        },
    )
    assert cost <= matrix.expected(np.array([[1 - p, p]])).min() + 1e-9
