"""Trap 14: two images of 1,226 became "new best"."""

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.verdict import compare
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

N = 1226


def table(name, wrong):
    truth = np.arange(N) % 2
    answer = np.where(np.isin(np.arange(N), list(wrong)), 1 - truth, truth)
    return Predictions(
        PredictionsHeader(score_kind="logits", contender=name, split="test"),
        pl.DataFrame({"id": [f"i{i}" for i in range(N)], "label": [f"c{code}" for code in truth]}),
        LabelSpace(("c0", "c1")),
        np.eye(2)[answer],
    )


@pytest.fixture
def found():
    """1,155 right against 1,153 right, with 12 against 10 discordant."""
    return compare(
        table("new best", range(71)), table("incumbent", [*range(10, 71), *range(100, 112)])
    )


def test_trap_14_two_images_more_are_not_distinguishable(found):
    assert (found.a_value * N, found.b_value * N) == pytest.approx((1155, 1153))
    assert found.discordant == (12, 10)
    assert found.verdict == "not distinguishable"
    assert found.low < 0 < found.high
    assert found.p_value == pytest.approx(0.8318, abs=1e-4)


def test_trap_14_the_number_of_images_that_would_settle_it_is_said(found):
    assert found.needed_n == 52_923
    assert found.sentence() == (
        "new best is not distinguishable from incumbent on accuracy: +0.16 points (95 % interval"
        " -0.6 to +0.9), p = 0.83, exact McNemar, 12 against 10 discordant of 1,226; about 53,000"
        " images would settle it."
    )


def test_trap_14_on_macro_f1_too():
    sides = table("new best", range(71)), table("incumbent", [*range(10, 71), *range(100, 112)])
    found = compare(*sides, metric="macro_f1")
    assert found.verdict == "not distinguishable"
    assert found.needed_n > 10_000


def test_trap_14_sixty_images_more_are_better():
    found = compare(table("new best", range(71)), table("incumbent", range(131)))
    assert found.verdict == "better"
    assert found.needed_n is None
