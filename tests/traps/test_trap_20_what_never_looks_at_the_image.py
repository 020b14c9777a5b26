"""Trap 20: no trivial baseline stood beside the model; where and when may say as much as it."""

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

N = 300


@pytest.fixture
def fungi():
    """Three species, each with its forest; the model is right in 8 of 10 photos."""
    rng = np.random.default_rng(0)
    truth = np.arange(N) // 5 % 3
    answer = np.where(rng.random(N) < 0.8, truth, (truth + 1) % 3)
    names = ("birch bolete", "pine bolete", "slippery jack")
    items = {
        "id": [f"photo {row}" for row in range(N)],
        "label": [names[code] for code in truth],
        "group": [f"find {row // 5}" for row in range(N)],
        "forest": [("birch", "pine", "larch")[code] for code in truth],
        "latitude": 55 + truth + 0.1 * rng.random(N),
        "longitude": 12 + 0.1 * rng.random(N),
    }
    header = PredictionsHeader(score_kind="logits", contender="photos", split="test")
    return Predictions(header, pl.DataFrame(items), LabelSpace(names), 3 * np.eye(3)[answer])


def test_trap_20_a_column_that_says_it_all_takes_the_skill_away(fungi):
    alone = evaluate_predictions(fungi, resamples=50)
    assert alone.estimate("accuracy").value == pytest.approx(0.8, abs=0.07)
    found = evaluate_predictions(fungi, resamples=50, metadata=["forest"])
    name = "forest only, from the evaluated items of other groups"
    (forest,) = [b for b in found.baselines if (b.contender, b.metric) == (name, "accuracy")]
    assert forest.value == 1.0
    assert forest.method.startswith("Clopper-Pearson over 60 groups")
    assert found.estimate("accuracy_skill").value is None


def test_trap_20_the_nearest_find_stands_beside_without_being_asked_for(fungi):
    found = evaluate_predictions(fungi, resamples=50)
    name = "nearest location, from the evaluated items of other groups"
    (near,) = [b for b in found.baselines if (b.contender, b.metric) == (name, "accuracy")]
    assert near.value == 1.0
    assert near.n == N


def test_trap_20_photos_of_the_same_find_do_not_answer_for_each_other(fungi):
    own = fungi.items.with_columns(forest=pl.col("group"))
    table = Predictions(fungi.header, own, fungi.label_space, fungi.scores)
    found = evaluate_predictions(table, resamples=50, metadata=["forest"])
    name = "forest only, from the evaluated items of other groups"
    (forest,) = [b for b in found.baselines if (b.contender, b.metric) == (name, "accuracy")]
    assert forest.value < 0.4
