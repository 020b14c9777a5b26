"""Trap 18: labels were cleaned by the model under test, and then it was scored on them."""

import numpy as np
import polars as pl

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions


def test_trap_18_a_contender_that_cleaned_the_labels_wins_under_its_own_version_only():
    original = np.arange(60) % 2
    answers = np.where(np.arange(60) < 12, 1 - original, original)
    cleaned = np.where(np.arange(60) < 10, answers, original)

    def table(name, labels, given, version):
        return Predictions(
            PredictionsHeader(score_kind="logits", contender=name, label_version=version),
            pl.DataFrame({"id": [f"i{i}" for i in range(60)], "label": [f"c{c}" for c in labels]}),
            LabelSpace(("c0", "c1")),
            np.eye(2)[given],
        )

    rival = np.where(np.arange(60) >= 54, 1 - original, original)
    sides = (
        table("cleaner", cleaned, answers, "cleaned by cleaner"),
        table("rival", original, rival, "original"),
    )
    own, first = (compare(*sides, rules=ComparisonRules(labels=one)) for one in ("first", "second"))
    assert own.verdict == "better"
    assert (own.a_value, own.b_value) == (58 / 60, 44 / 60)
    assert first.verdict == "not distinguishable"
    assert (first.a_value, first.b_value) == (48 / 60, 54 / 60)
    assert "version cleaned by cleaner" in own.notes[0]
    assert "differ for 10 items of 60: look at the verdict under both" in own.notes[0]
