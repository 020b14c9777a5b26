import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.estimates import wilson
from fieldmark.evaluation.resampling import bootstrap_interval, resampled, units_of
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.report.share_estimates import ShareEstimates

TABLE = Predictions(
    PredictionsHeader(score_kind="logits", contender="probe", split="test"),
    pl.DataFrame({"id": [f"i{row}" for row in range(40)], "label": ["a", "b"] * 20}),
    LabelSpace(("a", "b")),
    np.eye(2)[np.arange(40) % 2],
)
HITS = np.arange(40) < 30
OF = np.arange(40) >= 10


def share(groups: list[str] | None = None, of=OF):
    shares = ShareEstimates(TABLE, units_of(groups, n=40), 0.95, 0)
    return shares.estimate("class_recall", HITS, of, words="all {n} images")


def test_a_share_of_independent_images_has_wilsons_interval() -> None:
    found = share()
    assert (found.value, found.n, found.method) == (20 / 30, 30, "Wilson")
    assert (found.low, found.high) == wilson(20, 30)
    assert (found.split, found.contender) == ("test", "probe")
    assert found.denominator == "all 30 images"


def test_a_share_of_grouped_images_is_less_certain() -> None:
    found = share([f"g{row // 5}" for row in range(40)])
    assert found.method == "cluster bootstrap by group (6 groups)"
    assert found.high - found.low > share().high - share().low
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_share_of_few_groups_is_as_unsure_as_when_all_groups_are_drawn() -> None:
    units = units_of([f"g{row // 2}" for row in range(40)], n=40)
    hits, of = np.random.default_rng(1).random(40) < 0.6, np.arange(40) < 24
    found = ShareEstimates(TABLE, units, 0.95, 0).estimate("class_recall", hits, of, words="")
    sums = np.stack([units.sums(hits & of), units.sums(of)])
    draws = resampled(
        lambda weights: np.divide(*(sums @ weights))[None],
        units,
        resamples=20_000,
        rng=np.random.default_rng(2),
    )
    involved = units_of([f"g{row // 2}" for row in range(24)], n=24)
    expected = bootstrap_interval(found.value, draws[0], units=involved.count)
    assert found.method == "cluster bootstrap by group (12 groups)"
    assert (found.low, found.high) == pytest.approx(expected, abs=0.02)


def test_a_share_of_nothing_has_no_value() -> None:
    found = share(of=np.zeros(40, dtype=bool))
    assert (found.value, found.low, found.n, found.method) == (None, None, 0, "no image")
