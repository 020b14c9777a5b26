"""Trap 19: the threshold for the safety goal was never run, or was tuned on the test scores."""

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.calibrators import calibrate, fit_calibrator
from fieldmark.decision.decide import decide
from fieldmark.decision.policy import NeymanPearson
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.table import Predictions, PredictionsHeader

POLICY = NeymanPearson(positive="pit", target_recall=0.99)


def cherries(part: str, ids: range) -> Predictions:
    odds = np.random.default_rng(ids.start).normal(scale=3.0, size=len(ids))
    pit = np.random.default_rng(ids.start + 1).random(len(ids)) < 1 / (1 + np.exp(-odds))
    return Predictions(
        PredictionsHeader(score_kind="logits", contender="convnext", split=part),
        pl.DataFrame(
            {"id": [f"{i}" for i in ids], "label": ["pit" if one else "clean" for one in pit]}
        ),
        LabelSpace(("clean", "pit")),
        np.stack([np.zeros(len(ids)), odds], axis=1),
    )


def test_trap_19_a_threshold_with_a_bound_is_fitted_on_one_part_and_measured_on_another():
    found = decide(
        cherries("calibration", range(1226)), cherries("test", range(2000, 3226)), POLICY
    )
    (point,) = found.points
    assert (point.fitted_on.part, found.reported_on) == ("calibration", "test")
    assert point.violation <= 0.05
    assert point.fitted_on.items_digest == found.fitted_items_digest
    assert found.fitted_items_digest != found.reported_items_digest
    (check,) = found.checks
    assert check.measured.split == "test"


def test_trap_19_the_same_items_on_both_sides_are_refused():
    test = cherries("test", range(1226))
    with pytest.raises(DecisionError, match="1,226 of the 1,226 items to report on were used to"):
        decide(test, test, POLICY)


def test_trap_19_one_shared_item_under_another_name_of_the_part_is_refused():
    fit, report = cherries("calibration", range(1226)), cherries("test", range(1225, 2000))
    with pytest.raises(DecisionError, match=r"1 of the 775 items .* \(first: '1225'\)"):
        decide(fit, report, POLICY)
    third = cherries("third", range(1999, 2500))
    calibrated = NeymanPearson(positive="pit", target_recall=0.9, calibrator="temperature")
    with pytest.raises(DecisionError, match="1 of the 774 items"):
        decide(
            cherries("calibration", range(1226)),
            cherries("test", range(1226, 2000)),
            calibrated,
            calibrate_on=third,
        )


def test_trap_19_a_calibrator_stamps_the_items_that_it_was_fitted_on():
    fit, report = cherries("calibration", range(500)), cherries("test", range(500, 900))
    calibrator = fit_calibrator(fit, kind="temperature")
    assert calibrate(fit, calibrator).header.provenance["calibrated_on_these_items"]
    assert not calibrate(report, calibrator).header.provenance["calibrated_on_these_items"]
