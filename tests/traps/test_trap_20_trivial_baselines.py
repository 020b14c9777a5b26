"""Trap 20: no trivial baseline stood beside the model's number."""

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions


def table(accuracy, **header):
    """Return 200 items of which 180 are healthy, and a model with this accuracy."""
    truth = np.array([0] * 180 + [1] * 20)
    wrong = np.arange(200) % 200 >= round(200 * accuracy)
    answer = np.where(np.roll(wrong, 90), 1 - truth, truth)
    return Predictions(
        PredictionsHeader(score_kind="logits", contender="probe", **header),
        pl.DataFrame(
            {"id": [f"i{i}" for i in range(200)], "label": [("healthy", "ill")[c] for c in truth]}
        ),
        LabelSpace(("healthy", "ill")),
        4 * np.eye(2)[answer],
    )


def accuracies(found):
    return {b.contender: b.value for b in found.baselines if b.metric == "accuracy"}


def test_trap_20_trivial_baselines_are_always_in_the_table():
    assert accuracies(evaluate_predictions(table(0.85))) == {
        "chance": 0.5,
        "majority class of the evaluated labels": 0.9,
        "prior of the evaluated labels": pytest.approx(0.9**2 + 0.1**2),
    }


def test_trap_20_a_model_behind_the_majority_has_no_skill_and_is_told_so():
    found = evaluate_predictions(table(0.85))
    assert found.estimate("accuracy").value == pytest.approx(0.85)
    assert found.estimate("accuracy_skill").value == pytest.approx(-0.5)
    assert "no-skill" in [flag.code for flag in found.warnings]


def test_trap_20_skill_is_the_share_of_the_way_to_perfect():
    found = evaluate_predictions(table(0.98))
    assert found.estimate("accuracy_skill").value == pytest.approx(0.8)
    assert (
        "majority class of the evaluated labels (0.9000)" in found.estimate("accuracy_skill").method
    )


def test_trap_20_the_majority_is_that_of_the_training_labels_when_they_are_known():
    counts = {"ill": 30, "healthy": 20}
    found = evaluate_predictions(table(0.98, training_label_counts=counts))
    assert accuracies(found)["majority class of the training labels"] == pytest.approx(0.1)
    assert found.estimate("accuracy_skill").value == pytest.approx((0.98 - 0.5) / 0.5)


def test_trap_20_baselines_carry_the_same_fields_as_the_model():
    for baseline in evaluate_predictions(table(0.85)).baselines:
        assert baseline.n == 200
        assert baseline.classes == 2
        if baseline.metric != "matthews_correlation":
            assert baseline.low <= baseline.value <= baseline.high
