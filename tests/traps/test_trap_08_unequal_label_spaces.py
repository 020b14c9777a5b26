"""Trap 8: top-5 over 90 labels set beside top-5 over 170."""

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

SPECIES = tuple(f"species {number:03d}" for number in range(170))


def table(name, classes, seed):
    rng = np.random.default_rng(seed)
    truth = np.arange(340) % classes
    scores = rng.normal(size=(340, classes))
    scores[np.arange(340), truth] += 1.5
    kept = np.arange(340) % 170 < classes
    items = pl.DataFrame(
        {
            "id": [f"i{row}" for row in range(340)],
            "label": [SPECIES[row % 170] for row in range(340)],
        }
    )
    return Predictions(
        PredictionsHeader(score_kind="logits", contender=name),
        items.filter(pl.Series(kept)),
        LabelSpace(SPECIES[:classes]),
        scores[kept],
    )


def test_trap_08_top_5_of_90_beside_top_5_of_170_is_refused_and_common_is_offered():
    with pytest.raises(
        NotComparableError,
        match=r"80 of 170 classes differ \(first: 'species 090'\)\. Restrict both with"
        r" `--classes common`",
    ):
        compare(table("clip", 90, 0), table("resnet", 170, 1), metric="top_5_accuracy")


def test_trap_08_over_the_common_classes_both_choose_among_90():
    found = compare(
        table("clip", 90, 0),
        table("resnet", 170, 1),
        metric="top_5_accuracy",
        rules=ComparisonRules(classes="common"),
    )
    assert (found.classes, found.n) == (90, 180)
    assert "restricted to 90 common classes" in found.notes[0]
    assert "180 of 340 items of resnet" in found.notes[0]


def test_trap_08_every_number_says_of_how_many_classes():
    for classes in (90, 170):
        found = evaluate_predictions(table("clip", classes, 0), resamples=10)
        assert {estimate.classes for estimate in found.estimates} == {classes}
