"""Trap 8: accuracies over different numbers of classes; what can be said at the smaller number."""

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.answers import leaf_answers
from fieldmark.evaluation.candidate_sets import expected_estimates
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions

SPECIES = tuple(f"species {number:03d}" for number in range(170))


def table(classes: int, seed: int) -> Predictions:
    """Return answers to 3,000 items of equal difficulty, among more or fewer classes."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=3000)
    scores = rng.normal(size=(3000, classes))
    scores[np.arange(3000), truth] += 2.0
    labels = [SPECIES[code] for code in truth]
    items = pl.DataFrame({"id": [f"i{row}" for row in range(3000)], "label": labels})
    header = PredictionsHeader(score_kind="logits", contender="probe")
    return Predictions(header, items, LabelSpace(SPECIES[:classes]), scores)


def at_90(predictions: Predictions):
    leaf = leaf_answers(predictions, summarise(predictions))
    return {
        estimate.metric: estimate
        for estimate in expected_estimates(predictions, leaf, smaller=90, resamples=200)
    }


def test_trap_08_more_candidates_look_worse_and_the_expected_accuracy_does_not():
    few, many = table(90, seed=0), table(170, seed=1)
    over_90, over_170 = (
        evaluate_predictions(one, resamples=50).estimate("top_5_accuracy") for one in (few, many)
    )
    assert over_90.value - over_170.value > 0.05
    expected = at_90(many)["expected_top_5_accuracy"]
    assert expected.value == pytest.approx(over_90.value, abs=0.02)


def test_trap_08_the_expected_accuracy_has_a_name_and_a_denominator_of_its_own():
    expected = at_90(table(170, seed=1))
    assert set(expected) == {
        "expected_accuracy",
        "expected_top_3_accuracy",
        "expected_top_5_accuracy",
    }
    for estimate in expected.values():
        assert estimate.classes == 90
        assert estimate.denominator == (
            "all 3,000 items, each over all sets of 90 candidates out of 170 that hold the label"
        )


def test_trap_08_at_its_own_number_of_candidates_it_is_the_accuracy():
    few = table(90, seed=0)
    found = evaluate_predictions(few, resamples=50)
    for metric, estimate in at_90(few).items():
        own = found.estimate(metric.removeprefix("expected_"))
        assert estimate.value == pytest.approx(own.value, abs=1e-12)
