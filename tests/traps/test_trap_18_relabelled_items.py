"""Trap 18: the validation set was relabelled by the model under test."""

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions


def table(name, relabelled):
    truth = np.arange(40) % 2
    labels = np.where(np.isin(np.arange(40), relabelled), 1 - truth, truth)
    return Predictions(
        PredictionsHeader(score_kind="logits", contender=name),
        pl.DataFrame({"id": [f"i{i}" for i in range(40)], "label": [f"c{c}" for c in labels]}),
        LabelSpace(("c0", "c1")),
        np.eye(2)[truth],
    )


def test_trap_18_a_score_on_other_labels_is_refused_beside_one_on_the_first():
    with pytest.raises(
        NotComparableError,
        match=r"3 items of 40 have different labels in cleaned and before \(first: 'i5', 'c0'"
        r" against 'c1'\)\. Predict or import both against one version of the labels",
    ):
        compare(table("cleaned", [5, 6, 7]), table("before", []))
