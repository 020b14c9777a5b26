"""Trap 8: top-5 over 90 labels set beside top-5 over 170. The offer: the common label space."""

import numpy as np
import polars as pl

from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions
from fieldmark.predictions.universe import common_classes, restrict

WIDE = [f"class {number:03}" for number in range(170)]
NARROW = WIDE[:90]


def guesses(classes: list[str], *, n: int = 4000) -> Predictions:
    """Return the scores of a model that knows nothing, over items of the first 90 classes."""
    generator = np.random.default_rng(8)
    labels = [NARROW[number] for number in generator.integers(len(NARROW), size=n)]
    return Predictions(
        header=PredictionsHeader(score_kind="logits", contender=f"{len(classes)} classes"),
        items=pl.DataFrame({"id": [str(row) for row in range(n)], "label": labels}),
        label_space=LabelSpace(tuple(classes)),
        scores=generator.standard_normal((n, len(classes))).astype(np.float32),
    )


def top_5(predictions: Predictions) -> float:
    return float((summarise(predictions).truth_rank <= 5).mean())


def test_trap_08_fewer_labels_look_better_without_knowing_more() -> None:
    assert top_5(guesses(NARROW)) > 1.5 * top_5(guesses(WIDE))


def test_trap_08_over_the_common_labels_nobody_is_better() -> None:
    wide, narrow = guesses(WIDE), guesses(NARROW)
    classes = common_classes(wide, narrow)
    assert classes == tuple(NARROW)
    both = [restrict(table, classes) for table in (wide, narrow)]
    assert both[0].label_space == both[1].label_space
    assert both[0].items_digest == both[1].items_digest
    chance = 5 / len(NARROW)
    error = (chance * (1 - chance) / both[0].n) ** 0.5
    assert all(abs(top_5(table) - chance) < 4 * error for table in both)


def test_trap_08_the_label_spaces_tell_themselves_apart() -> None:
    assert guesses(WIDE, n=1).label_space.digest != guesses(NARROW, n=1).label_space.digest
