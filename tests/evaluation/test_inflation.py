import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.inflation import inflation_by
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.table import Predictions, PredictionsHeader


def table(right: np.ndarray, groups: list[str] | None = None) -> Predictions:
    items = {"id": [f"i{place}" for place in range(len(right))], "label": ["oak"] * len(right)}
    if groups is not None:
        items["group"] = groups
    return Predictions(
        PredictionsHeader(score_kind="probabilities", contender="probe", split="test"),
        pl.DataFrame(items),
        LabelSpace(("oak", "ash")),
        np.where(right[:, None], [[0.9, 0.1]], [[0.2, 0.8]]),
    )


RIGHT = np.array([True] * 30 + [False] * 10)


def test_twins_that_are_always_right_inflate() -> None:
    found = inflation_by(table(RIGHT), [f"i{place}" for place in range(20)])
    assert (found.with_twins.value, found.without_twins.value) == (0.75, 0.5)
    assert (found.with_twins.n, found.without_twins.n, found.twins) == (40, 20, 20)
    assert found.difference == pytest.approx(0.25)
    assert 0 < found.low < 0.25 < found.high
    assert found.with_twins.method == "Wilson"
    assert found.sentence().startswith(
        "20 of 40 evaluated items have a twin in training. Accuracy with them 75.00 %, without "
        "them 50.00 %: +25.00 points (95 % interval +"
    )
    assert found.to_dict()["difference"] == pytest.approx(0.25)


def test_the_interval_is_that_of_paired_draws_by_a_slow_loop() -> None:
    twins = np.arange(40) < 20
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(4000):
        rows = rng.integers(40, size=40)
        draws.append(RIGHT[rows].mean() - RIGHT[rows][~twins[rows]].mean())
    found = inflation_by(table(RIGHT), [f"i{place}" for place in range(20)], resamples=4000)
    low, high = np.quantile(draws, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.02)


def test_groups_are_drawn_whole() -> None:
    found = inflation_by(table(RIGHT, [f"g{i // 4}" for i in range(40)]), ["i0"], resamples=300)
    assert found.method == "bootstrap over 10 groups, 300 draws"
    assert found.with_twins.method == found.method


def test_no_twin_and_nothing_but_twins() -> None:
    none = inflation_by(table(RIGHT), [], resamples=50)
    assert (none.difference, none.low, none.high) == (0, 0, 0)
    assert "they inflate nothing" in none.sentence()
    everything = inflation_by(table(RIGHT), [f"i{i}" for i in range(40)], resamples=50)
    assert everything.without_twins.value is None
    assert everything.difference is everything.low is None
    assert everything.sentence().endswith("without them nothing is left to evaluate.")


def test_strangers_are_refused() -> None:
    with pytest.raises(PredictionsError, match=r"Expected twins among the 40 items .* 'nobody'"):
        inflation_by(table(RIGHT), ["i0", "nobody"])
