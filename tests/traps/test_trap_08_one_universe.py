"""Trap 8: top-5 over 90 labels stood beside top-5 over 170; at one universe they may."""

import numpy as np
import polars as pl

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

SPECIES = tuple(f"species {number:03d}" for number in range(170))


def table(name, classes, seed):
    rng = np.random.default_rng(seed)
    truth = np.arange(900) % 90
    scores = rng.normal(size=(900, classes))
    scores[np.arange(900), truth] += 1.5
    items = {"id": [f"i{row}" for row in range(900)], "label": [SPECIES[code] for code in truth]}
    return Predictions(
        PredictionsHeader(score_kind="logits", contender=name),
        pl.DataFrame(items),
        LabelSpace(SPECIES[:classes]),
        scores,
    )


def test_trap_08_equal_skill_over_90_and_170_classes_is_equal_at_one_universe():
    few, many = table("clip", 90, 0), table("resnet", 170, 1)
    rules = ComparisonRules(universe=90)
    found = compare(few, many, metric="top_5_accuracy", rules=rules)
    assert found.verdict == "not distinguishable"
    assert (found.metric, found.classes) == ("expected_top_5_accuracy", 90)
    as_they_stand = [
        (np.argsort(-side.scores)[:, :5] == side.label_positions[:, None]).any(axis=1).mean()
        for side in (few, many)
    ]
    assert as_they_stand[0] - as_they_stand[1] > 2 * abs(found.difference)
