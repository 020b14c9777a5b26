"""Trap 7: raw cosines went through a softmax and were fused with a trained softmax."""

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

CLASSES, N = 90, 400
TRUTH = np.random.default_rng(0).integers(CLASSES, size=N)


def source(name, kind, scores):
    names = tuple(f"class {number}" for number in range(CLASSES))
    items = {"id": [f"i{row}" for row in range(N)], "label": [names[code] for code in TRUTH]}
    header = PredictionsHeader(score_kind=kind, contender=name)
    return Predictions(header, pl.DataFrame(items), LabelSpace(names), scores)


@pytest.fixture
def cosines():
    """The right text is a little closer to the image; nearly always right, never sure."""
    rng = np.random.default_rng(1)
    scores = 0.2 + 0.01 * rng.normal(size=(N, CLASSES))
    scores[np.arange(N), TRUTH] += 0.06
    return scores


def test_trap_07_the_entropy_of_each_source_is_shown(cosines):
    trained = source("trained", "logits", 100 * cosines)
    found = evaluate_predictions(trained, resamples=50).estimate("relative_entropy")
    assert found.low <= found.value <= found.high
    assert found.value < 0.7
    raw = evaluate_predictions(source("text", "logits", cosines), resamples=50)
    assert raw.estimate("relative_entropy").value > 0.999
    assert raw.estimate("relative_entropy").denominator == f"all {N} items"


def test_trap_07_a_flat_source_is_flagged_though_it_is_often_right(cosines):
    found = evaluate_predictions(source("text", "logits", cosines), resamples=50)
    assert found.estimate("accuracy").value > 0.9
    (flag,) = [flag for flag in found.warnings if flag.code == "flat-scores"]
    assert "nearly equal for all 90 classes (entropy 100.0% of the highest)" in flag.sentence
    assert "similarities put through a softmax" in flag.sentence
    assert found.estimate("ece_equal_width").value > 0.8


def test_trap_07_similarities_that_are_called_so_have_no_probabilities(cosines):
    found = evaluate_predictions(source("text", "similarities", cosines), resamples=50)
    assert found.estimate("accuracy").value > 0.9
    for metric in ("relative_entropy", "log_loss", "ece_equal_width", "aurc", "mean_confidence"):
        assert found.estimate(metric) is None
