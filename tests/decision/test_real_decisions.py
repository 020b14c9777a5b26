"""Decisions on the logits of two published networks on 1,000 real photos."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.decision.calibrators import calibrate, fit_calibrator
from fieldmark.decision.decide import decide
from fieldmark.decision.policy import Backoff, MinimumRisk, NeymanPearson
from fieldmark.decision.policy_section import PoisonSection
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy
from fieldmark.predictions.subsets import subset
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions, PredictionsHeader

LOGITS = Path(__file__).parents[3] / "shared" / "data" / "logits"
NETWORKS = ["mobilenetv2_100", "squeezenet1_0"]
# Columns 151 to 268 of ImageNet are the breeds of dogs.
DOGS = range(151, 269)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not LOGITS.is_dir(), reason="the real logits are not beside the checkout"),
]


def tree(names: list[str]) -> Taxonomy:
    kinds = ["dog" if column in DOGS else f"kind {column // 100}" for column in range(1000)]
    return build_taxonomy(pl.DataFrame({"kind": kinds, "name": names}), ("kind", "name"))


def load(network: str) -> tuple[Predictions, Predictions]:
    """Return the odd and the even photos of a network as two parts."""
    with np.load(LOGITS / f"imagenet_sample.{network}.npz") as arrays:
        names = [f"{column:03}" for column in range(1000)]
        whole = Predictions(
            PredictionsHeader(score_kind="logits", contender=network),
            pl.DataFrame(
                {
                    "id": arrays["image"].astype(str),
                    "label": [names[label] for label in arrays["label"]],
                }
            ),
            LabelSpace(tuple(names)),
            arrays["logits"],
            taxonomy=tree(names),
        )
    fit, report = (subset(whole, np.arange(1000) % 2 == odd) for odd in (1, 0))
    named = [
        one.header.model_copy(update={"split": part})
        for one, part in ((fit, "calibration"), (report, "test"))
    ]
    return replace(fit, header=named[0]), replace(report, header=named[1])


@pytest.mark.parametrize("network", NETWORKS)
def test_a_temperature_helps_on_other_photos(network):
    fit, report = load(network)
    calibrated = calibrate(report, fit_calibrator(fit, kind="temperature"))
    before, after = (-summarise(one).truth_log_probability.mean() for one in (report, calibrated))
    assert after < before
    assert (summarise(calibrated).predicted == summarise(report).predicted).mean() > 0.99


@pytest.mark.parametrize("network", NETWORKS)
def test_few_dogs_are_missed(network):
    fit, report = load(network)
    policy = NeymanPearson(positive=[f"{one:03}" for one in DOGS], target_recall=0.9)
    found = decide(fit, report, policy)
    assert found.points[0].fitted_on.units == 59
    assert found.estimate("positive_recall").value >= 0.9
    assert found.estimate("false_alarm_rate").value < 0.3


@pytest.mark.parametrize(("network", "limit"), [(NETWORKS[0], 0.08), (NETWORKS[1], 0.2)])
def test_backing_off_to_the_kind_keeps_the_error(network, limit):
    fit, report = load(network)
    found = decide(fit, report, Backoff(error_limit=limit, confidence=0.9))
    answered = found.estimate("answered").value
    assert answered > found.estimate("answered", "name").value > 0.2
    assert found.checks[0].verdict in ("confirmed", "kept")


def test_a_poisonous_class_is_answered_more_often():
    fit, report = load(NETWORKS[0])
    poison = PoisonSection(classes=[f"{one:03}" for one in DOGS], cost=50)
    found = decide(fit, report, MinimumRisk(cost="poison", poison=poison))
    names = found.items.select(pl.col("decision", "best_class").cast(pl.Int64).is_between(151, 268))
    assert names["decision"].sum() > names["best_class"].sum()
    of_dogs = found.items.filter(pl.col("label").cast(pl.Int64).is_between(151, 268))
    assert of_dogs["decision"].cast(pl.Int64).is_between(151, 268).all()
