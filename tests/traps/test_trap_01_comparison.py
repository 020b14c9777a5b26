"""Trap 1: trained with mean = std = 0.5, evaluated with ImageNet statistics."""

import polars as pl
import pytest

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

HALVES = {"resize_size": 256, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
IMAGENET = HALVES | {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def table(name, contract):
    import numpy as np

    truth = np.arange(40) % 2
    return Predictions(
        PredictionsHeader(score_kind="logits", contender=name, contract=contract),
        pl.DataFrame({"id": [f"i{i}" for i in range(40)], "label": [f"c{code}" for code in truth]}),
        LabelSpace(("c0", "c1")),
        np.eye(2)[truth],
    )


def test_trap_01_other_contracts_are_refused_field_by_field():
    with pytest.raises(NotComparableError) as refusal:
        compare(table("as trained", HALVES), table("as evaluated", IMAGENET))
    message = str(refusal.value)
    assert "mean: [0.5, 0.5, 0.5] against [0.485, 0.456, 0.406]" in message
    assert "std: [0.5, 0.5, 0.5] against [0.229, 0.224, 0.225]" in message
    assert "resize_size" not in message
    assert "`--across contract`" in message


def test_trap_01_allowed_as_the_question_it_is_written_beside_the_verdict():
    found = compare(
        table("as trained", HALVES),
        table("as evaluated", IMAGENET),
        rules=ComparisonRules(across=frozenset({"contract"})),
    )
    assert "mean: [0.5, 0.5, 0.5] against" in found.notes[0]


def test_trap_01_the_same_contract_is_compared_without_a_note():
    assert compare(table("one", IMAGENET), table("other", dict(IMAGENET))).notes == ()
