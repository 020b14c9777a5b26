"""Trap 26: backbones were tapped at different layers and put into one table."""

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions


def table(name, backbone, tap):
    truth = np.arange(40) % 2
    return Predictions(
        PredictionsHeader(
            score_kind="logits", contender=name, tap={"backbone": backbone, "tap": tap}
        ),
        pl.DataFrame({"id": [f"i{i}" for i in range(40)], "label": [f"c{c}" for c in truth]}),
        LabelSpace(("c0", "c1")),
        np.eye(2)[truth],
    )


def test_trap_26_backbones_tapped_at_different_layers_are_refused():
    with pytest.raises(NotComparableError, match="tap class_token against patch_mean"):
        compare(table("dino", "vit", "class_token"), table("clip", "vit_clip", "patch_mean"))


def test_trap_26_allowed_as_the_question_it_is_written_beside_the_verdict():
    sides = table("dino", "vit", "class_token"), table("clip", "vit_clip", "patch_mean")
    found = compare(*sides, rules=ComparisonRules(across=frozenset({"tap"})))
    assert found.notes[-1] == "across feature taps: tap class_token against patch_mean"


def test_trap_26_backbones_tapped_alike_are_compared():
    assert compare(table("a", "vit", "pooled"), table("b", "resnet", "pooled")).n == 40
