"""Trap 12: a figure fell back to random data, and table cells were typed by hand."""

import numpy as np
import polars as pl

from fieldmark.comparison.claims import Claim, check_claim
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import load_predictions, save_predictions
from fieldmark.predictions.table import Predictions


def table():
    rng = np.random.default_rng(0)
    return Predictions(
        PredictionsHeader(score_kind="probabilities", contender="probe"),
        pl.DataFrame(
            {"id": [f"i{row}" for row in range(60)], "label": rng.choice(["a", "b", "c"], 60)}
        ),
        LabelSpace(("a", "b", "c")),
        rng.dirichlet(np.ones(3), 60),
    )


def test_trap_12_the_stored_predictions_give_every_number_again(tmp_path):
    save_predictions(table(), tmp_path / "predictions")
    first, again = (
        evaluate_predictions(load_predictions(tmp_path / "predictions")).to_dict() for _ in range(2)
    )
    assert first == again == evaluate_predictions(table()).to_dict()


def test_trap_12_what_was_not_measured_is_a_question_mark():
    found = evaluate_predictions(table())
    claim = Claim(metric="accuracy", contender="never ran", at_least=0.5)
    assert check_claim(claim, found.estimates).status == "?"


def test_trap_12_a_number_that_is_not_defined_is_missing_and_not_zero():
    right = table()
    perfect = Predictions(
        right.header,
        right.items.with_columns(
            label=pl.Series(np.array(list("abc"))[right.scores.argmax(axis=1)])
        ),
        right.label_space,
        right.scores,
    )
    wrong = evaluate_predictions(perfect).estimate("mean_confidence_wrong")
    assert wrong.value is None
    assert wrong.value_text() == "?"
