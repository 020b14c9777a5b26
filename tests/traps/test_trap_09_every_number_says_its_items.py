"""Trap 9: metrics came from one of 16 shards. Every number says how many items it is over."""

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.evaluate import evaluate_many, evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

SHARDS, ROWS = 16, 30


@pytest.fixture
def whole():
    """Return a table in which some classes lie in one shard only."""
    n = SHARDS * ROWS
    truth = np.arange(n) * 8 // n
    scores = np.random.default_rng(0).normal(size=(n, 8))
    scores[np.arange(n), truth] += 2
    items = {"id": [f"i{row}" for row in range(n)], "label": [f"c{code}" for code in truth]}
    header = PredictionsHeader(score_kind="logits", contender="sharded", split="test")
    return Predictions(
        header, pl.DataFrame(items), LabelSpace(tuple(f"c{code}" for code in range(8))), scores
    )


def shard_of(table, number):
    rows = slice(number * ROWS, (number + 1) * ROWS)
    header = table.header.model_copy(update={"seed": number})
    return Predictions(header, table.items[rows], table.label_space, table.scores[rows])


def test_trap_09_every_estimate_is_over_all_items(whole):
    found = evaluate_predictions(whole, resamples=20)
    of_some = {"mean_confidence_right", "mean_confidence_wrong"}
    assert {e.n for e in found.estimates if e.metric not in of_some} == {SHARDS * ROWS}
    right, wrong = (found.estimate(f"mean_confidence_{which}").n for which in ("right", "wrong"))
    assert right + wrong == SHARDS * ROWS


def test_trap_09_a_shard_says_that_it_is_one(whole):
    found = evaluate_predictions(shard_of(whole, 0), resamples=20)
    assert found.n == found.estimate("accuracy").n == ROWS
    assert found.items_digest != evaluate_predictions(whole, resamples=20).items_digest
    assert found.estimate("macro_f1").denominator == "the 1 class among the labels"


def test_trap_09_shards_are_not_averaged_as_if_they_were_seeds(whole):
    with pytest.raises(NotComparableError, match="not on the same items"):
        evaluate_many([shard_of(whole, number) for number in range(SHARDS)])
