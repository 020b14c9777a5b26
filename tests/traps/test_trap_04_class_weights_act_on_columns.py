"""Per-class mixing weights were looked up with the true class; here they act on score columns."""

import dataclasses

import numpy as np
import polars as pl

from fieldmark.decision.fusing import FusionSettings, apply_fusion, fit_fusion
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.synthetic.score_tables import draw_scores

CLASSES = ("death cap", "parasol", "blusher", "panther cap")


def draw(name: str, accuracy: float, part: str) -> Predictions:
    """Return predictions of 400 photos."""
    rng = np.random.default_rng(sum(map(ord, name + part)))
    truth = np.arange(400) % 4
    items = pl.DataFrame(
        {"id": [f"{part}{n}" for n in range(400)], "label": [CLASSES[t] for t in truth]}
    )
    header = PredictionsHeader(score_kind="probabilities", contender=name, split=part)
    scores = draw_scores(rng, truth, classes=4, accuracy=accuracy)
    return Predictions(header, items, LabelSpace(CLASSES), scores)


def test_trap_04_fused_scores_do_not_depend_on_the_labels() -> None:
    fusion = fit_fusion(
        draw("net", 0.7, "fit"), draw("clip", 0.6, "fit"), FusionSettings(method="per-class")
    )
    weights = fusion.parameters["class_weights"]
    assert len(weights) == len(CLASSES)
    assert len(set(weights)) > 1
    tables = draw("net", 0.7, "test"), draw("clip", 0.6, "test")
    hidden = [
        dataclasses.replace(table, items=table.items.with_columns(label=pl.lit("parasol")))
        for table in tables
    ]
    seen = apply_fusion(fusion, *tables).scores
    np.testing.assert_array_equal(apply_fusion(fusion, *hidden).scores, seen)


def test_trap_04_one_item_is_fused_as_in_the_batch() -> None:
    fusion = fit_fusion(
        draw("net", 0.7, "fit"), draw("clip", 0.6, "fit"), FusionSettings(method="per-class")
    )
    tables = draw("net", 0.7, "test"), draw("clip", 0.6, "test")
    single = [
        dataclasses.replace(table, items=table.items[7:8], scores=table.scores[7:8])
        for table in tables
    ]
    np.testing.assert_allclose(
        apply_fusion(fusion, *single).scores[0], apply_fusion(fusion, *tables).scores[7]
    )
