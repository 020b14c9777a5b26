import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.comparison.mcnemar import mcnemar_exact, mcnemar_interval, needed_items
from fieldmark.comparison.outcome import VERDICTS
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.sign_flips import paired_difference
from fieldmark.comparison.swaps import swapped_difference
from fieldmark.comparison.verdict import compare
from fieldmark.evaluation.resampling import units_of
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99])


def agrees(low, high, p_value, level):
    """Whether the interval excludes 0 exactly when the p-value is below 1 - level."""
    return (low > 0 or high < 0) == (p_value < 1 - level)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 2000), LEVELS)
def test_mcnemar_and_its_interval_never_disagree(b, c, rest, level):
    n = b + c + rest
    if n == 0:
        return
    low, high = mcnemar_interval(b, c, n, level=level)
    assert -1 <= low <= (b - c) / n <= high <= 1
    assert agrees(low, high, mcnemar_exact(b, c), level)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=60),
    st.integers(1, 60),
    LEVELS,
    st.integers(0, 5),
)
def test_sign_flips_and_their_interval_never_disagree(thirds, groups, level, seed):
    a = np.array(thirds) / 3
    names = [f"{row % groups}" for row in range(len(a))]
    found = paired_difference(a, np.zeros(len(a)), names, resamples=1000, seed=seed, level=level)
    assert found.low <= found.difference <= found.high
    assert agrees(found.low, found.high, found.p_value, level)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40), LEVELS)
def test_swaps_and_their_interval_never_disagree(thirds, level):
    a = np.array(thirds) / 3
    values = np.concatenate([a, np.zeros(len(a))])[None]
    found = swapped_difference(
        lambda weights: values @ weights / len(a),
        units_of(None, n=len(a)),
        resamples=1000,
        level=level,
    )
    assert found.low <= found.difference <= found.high
    assert agrees(found.low, found.high, found.p_value, level)


@st.composite
def rivals(draw):
    """Two to four tables on the same items: one or two seeds a side."""
    n, classes = draw(st.integers(12, 60)), draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    names = tuple(f"class {number}" for number in range(classes))
    truth = rng.integers(classes, size=n)
    items = {"id": [f"i{row}" for row in range(n)], "label": [names[code] for code in truth]}
    if draw(st.booleans()):
        items["group"] = [f"{row}" for row in rng.integers(0, n, size=n)]

    def table(name, skill):
        scores = rng.normal(size=(n, classes))
        scores[np.arange(n), truth] += skill
        return Predictions(
            PredictionsHeader(score_kind="logits", contender=name),
            pl.DataFrame(items),
            LabelSpace(names),
            scores,
        )

    skills = draw(st.tuples(st.floats(0.5, 4), st.floats(0.5, 4)))
    counts = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    return [
        [table(name, skill) for _ in range(count)]
        for name, skill, count in zip(("new", "old"), skills, counts, strict=True)
    ]


@settings(max_examples=60, deadline=None)
@given(rivals(), st.sampled_from(["accuracy", "macro_f1", "balanced_accuracy"]))
def test_no_verdict_contradicts_its_interval(sides, metric):
    rules = ComparisonRules(across=frozenset({"dead-run"}), resamples=400)
    found = compare(*sides, metric=metric, rules=rules)
    assert found.verdict in VERDICTS
    excludes_zero = found.low > 0 or found.high < 0
    assert (found.verdict != "not distinguishable") == excludes_zero
    assert (found.p_value < 0.05) == excludes_zero
    assert found.difference == pytest.approx(found.a_value - found.b_value)
    if found.verdict == "better":
        assert found.low > 0
        assert "interval +" in found.sentence()
    if found.verdict == "worse":
        assert found.high < 0
        assert "interval -" in found.sentence()


@settings(max_examples=30, deadline=None)
@given(rivals(), st.sampled_from(["accuracy", "macro_f1"]))
def test_the_other_way_round_says_the_opposite(sides, metric):
    rules = ComparisonRules(across=frozenset({"dead-run"}), resamples=400)
    there = compare(*sides, metric=metric, rules=rules)
    back = compare(*sides[::-1], metric=metric, rules=rules)
    opposite = {"better": "worse", "worse": "better"}
    assert back.verdict == opposite.get(there.verdict, there.verdict)
    assert back.difference == pytest.approx(-there.difference)


@given(st.floats(0.001, 1), st.floats(0.001, 1))
def test_larger_differences_need_fewer_items(psi, share):
    d = psi * share
    smaller = needed_items(psi, d / 2)
    assert smaller >= needed_items(psi, d) >= 1
