import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.candidate_sets import expected_top_k
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions


def table(name, classes, *, signal=2.0, seed=0, labels=20, n=300, kind="logits"):
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % labels
    scores = rng.normal(size=(n, classes))
    rows = np.flatnonzero(truth < classes)
    scores[rows, truth[rows]] += signal
    return Predictions(
        PredictionsHeader(score_kind=kind, contender=name),
        pl.DataFrame(
            {"id": [f"i{row}" for row in range(n)], "label": [f"c{code:03d}" for code in truth]}
        ),
        LabelSpace(tuple(f"c{code:03d}" for code in range(classes))),
        scores,
    )


def test_different_numbers_of_classes_meet_at_one_universe():
    a, b = table("few", 90), table("many", 170, seed=1)
    found = compare(a, b, rules=ComparisonRules(universe=50))
    for value, side, candidates in ((found.a_value, a, 90), (found.b_value, b, 170)):
        place = summarise(side).truth_rank
        expected = expected_top_k(place, candidates=candidates, smaller=50).mean()
        assert value == pytest.approx(expected)
    assert (found.metric, found.classes, found.universe) == ("expected_accuracy", 50, 50)
    assert found.test == "sign flips over 300 items"
    assert "out of its own 90 and 170 classes" in found.notes[-1]
    assert " among 50 candidates: " in found.sentence()
    assert found.verdict == "not distinguishable"


def test_at_its_own_size_it_is_the_accuracy_as_it_stands():
    a, b = table("a", 90), table("b", 90, seed=1)
    at_universe = compare(a, b, rules=ComparisonRules(universe=90))
    assert at_universe.difference == pytest.approx(compare(a, b).difference)


def test_top_5_is_expected_too():
    rules = ComparisonRules(universe=50)
    found = compare(table("a", 90), table("b", 170), metric="top_5_accuracy", rules=rules)
    assert found.metric == "expected_top_5_accuracy"
    assert found.a_value > 0.5


@pytest.mark.parametrize(
    ("tables", "metric", "universe", "message"),
    [
        ((90, 170), "accuracy", 91, "a universe of 2 to 90 candidates, as many as the smaller"),
        ((90, 170), "macro_f1", 50, "Unknown metric to expect at a universe 'macro_f1'"),
        ((10, 170), "accuracy", 5, "among the 10 classes of the contender; 150 items of 300 bear"),
    ],
)
def test_what_cannot_be_expected_is_refused(tables, metric, universe, message):
    a, b = (table(f"{classes}", classes) for classes in tables)
    with pytest.raises(NotComparableError, match=message):
        compare(a, b, metric=metric, rules=ComparisonRules(universe=universe))
