"""A second source that knows nothing is kept in at most one of twenty fusions."""

import numpy as np
import polars as pl
import pytest

from fieldmark.decision.fusing import FusionSettings, fit_fusion
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.synthetic.score_tables import draw_scores

REPETITIONS, ITEMS, CLASSES = 1000, 120, 4
NAMES = tuple("abcd")
ITEMS_TABLE = pl.DataFrame(
    {
        "id": [f"{number}" for number in range(ITEMS)],
        "label": [NAMES[number % CLASSES] for number in range(ITEMS)],
    }
)


def table(name: str, scores: np.ndarray) -> Predictions:
    """Return predictions of the items."""
    header = PredictionsHeader(score_kind="probabilities", contender=name, split="validation")
    return Predictions(header, ITEMS_TABLE, LabelSpace(NAMES), scores)


@pytest.mark.validity
def test_noise_is_kept_in_at_most_five_per_cent() -> None:
    rng = np.random.default_rng(7)
    truth = np.arange(ITEMS) % CLASSES
    settings = FusionSettings(temperatures=(1.0,), resamples=200)
    kept = 0
    for _ in range(REPETITIONS):
        net = draw_scores(rng, truth, classes=CLASSES, accuracy=0.6)
        noise = rng.dirichlet(np.ones(CLASSES), ITEMS)
        kept += fit_fusion(table("net", net), table("noise", noise), settings).is_kept
    assert kept / REPETITIONS <= 0.05
