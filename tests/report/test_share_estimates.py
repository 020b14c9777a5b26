import numpy as np
import polars as pl

from fieldmark.evaluation.estimates import wilson
from fieldmark.evaluation.resampling import units_of
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


def test_a_share_of_nothing_has_no_value() -> None:
    found = share(of=np.zeros(40, dtype=bool))
    assert (found.value, found.low, found.n, found.method) == (None, None, 0, "no image")
