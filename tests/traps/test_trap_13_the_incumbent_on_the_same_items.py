"""Trap 13: the baseline was not the deployed model, and was measured elsewhere."""

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions


def table(name, first, count):
    truth = np.arange(first, first + count) % 2
    items = {"id": [f"i{i}" for i in range(first, first + count)]}
    items["label"] = [("clean", "pit")[code] for code in truth]
    return Predictions(
        PredictionsHeader(score_kind="logits", contender=name),
        pl.DataFrame(items),
        LabelSpace(("clean", "pit")),
        np.eye(2)[truth],
    )


def test_trap_13_an_incumbent_measured_on_other_images_is_refused():
    with pytest.raises(
        NotComparableError,
        match=r"candidate and incumbent are not on the same items: 20 items only in candidate"
        r" \(first: 'i0' and 19 more\); 20 items only in incumbent",
    ):
        compare(table("candidate", 0, 60), table("incumbent", 20, 60))


def test_trap_13_an_incumbent_on_some_of_the_images_is_refused():
    with pytest.raises(NotComparableError, match="10 items only in candidate"):
        compare(table("candidate", 0, 60), table("incumbent", 0, 50))
