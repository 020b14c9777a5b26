from pathlib import Path

import pytest

from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.evaluation.gates import Flag
from fieldmark.export.bundle import read_bundle
from fieldmark.export.model_card import model_card
from fieldmark.predictions.store import load_predictions

CALIBRATOR = {
    "kind": "temperature",
    "n": 19,
    "fitted_on": "calibration",
    "source": "Guo et al. (2017)",
}
POINT = {
    "name": "alarm from",
    "acts_on": "P(pit)",
    "threshold": 0.031,
    "rule": "neyman-pearson",
    "fitted_on": {"part": "calibration"},
    "promise": "At least 99 % are held.",
}


@pytest.fixture
def evaluation(finished: Path):
    cell = finished / "results" / "tiny" / "cells" / "probe" / "seed-0" / "result"
    return evaluate_predictions(load_predictions(cell / "predictions" / "test"), resamples=200)


def card(folder: Path, evaluation=None, **documents) -> str:
    stated = {"calibrator": None, "operating_point": None} | documents
    return model_card(read_bundle(folder), evaluation=evaluation, **stated)


def test_the_card_is_generated_from_what_is_stored(exported, evaluation) -> None:
    text = (exported("probe") / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert text == card(exported("probe"), evaluation)
    accuracy = evaluation.estimate("accuracy")
    assert f"| {accuracy.value_text()} | {accuracy.interval_text()} | 21 |" in text
    assert "Accuracy at genus" in text
    assert "Accuracy, chance" in text
    assert "learnt from 36 images" in text
    assert "fieldmark verify BUNDLE" in text
    assert "always names one of its 4 classes" in text
    assert "- Made for tests." in text
    assert "not calibrated" in text
    assert text.count("\n# ") + text.startswith("# ") == 1


def test_without_numbers_the_card_says_so(exported) -> None:
    text = card(exported("probe"))
    assert "Nothing was measured of this model." in text
    assert "Nothing is known of how often it is right." in text


def test_calibrator_thresholds_and_their_promise_are_told(exported, evaluation) -> None:
    never = POINT | {"threshold": None, "name": "answer from"}
    stored = {"points": [POINT, never], "checks": ["recall: contradicted"]}
    text = card(exported("probe"), evaluation, calibrator=CALIBRATOR, operating_point=stored)
    assert "calibrated by temperature, fitted on 19 items of 'calibration' (Guo et al." in text
    assert "alarm from P(pit) = 0.031, by neyman-pearson on 'calibration'. Promise: At" in text
    assert "answer from P(pit) = none" in text
    assert "Promise checked on other images: recall: contradicted." in text
    assert "of the raw scores, before calibration" in text
    assert "not calibrated" not in text


def test_a_dead_run_is_not_recommended(exported, evaluation) -> None:
    import dataclasses

    flag = Flag(code="constant-prediction", sentence="Every image gets one class.", dead=True)
    text = card(exported("probe"), dataclasses.replace(evaluation, warnings=(flag,)))
    assert "- Its run is dead: do not use it at all." in text
    assert "- Every image gets one class." in text
