"""Trap 35: the columns of a results row were rotated by hand."""

import numpy as np
import polars as pl

from fieldmark.comparison.verdict import compare
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions


def table(name, right):
    truth = np.arange(100) % 2
    answer = np.where(np.arange(100) < right, truth, 1 - truth)
    return Predictions(
        PredictionsHeader(score_kind="logits", contender=name, split="test", seed=0),
        pl.DataFrame({"id": [f"i{i}" for i in range(100)], "label": [f"c{c}" for c in truth]}),
        LabelSpace(("c0", "c1")),
        3 * np.eye(2)[answer],
    )


def test_trap_35_every_number_is_stored_under_its_own_name():
    rows = evaluate_predictions(table("probe", 80)).to_dict()["estimates"]
    named = {(row["metric"], row["rank"]): row for row in rows}
    assert len(named) == len(rows)
    assert named["accuracy", None] == {
        "metric": "accuracy",
        "value": 0.8,
        "low": named["accuracy", None]["low"],
        "high": named["accuracy", None]["high"],
        "n": 100,
        "method": "Wilson",
        "split": "test",
        "classes": 2,
        "denominator": "all 100 items",
        "level": 0.95,
        "rank": None,
        "contender": "probe",
        "seed_values": [],
    }


def test_trap_35_a_comparison_is_stored_under_names_too():
    content = compare(table("new", 90), table("old", 60)).to_dict()
    assert (content["a"], content["b"]) == ("new", "old")
    assert (content["a_value"], content["b_value"]) == (0.9, 0.6)
    assert content["discordant"] == [30, 0]
    assert content["verdict"] == "better"
