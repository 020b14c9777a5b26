"""Trap 16: a run that predicted one class was read as evidence against label smoothing."""

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.evaluate import evaluate_many, evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

TRUTH = np.array([0] * 120 + [1] * 80)


def table(name, probability_of_pit, seed=0):
    pit = np.asarray(probability_of_pit)
    return Predictions(
        PredictionsHeader(score_kind="probabilities", contender=name, seed=seed),
        pl.DataFrame(
            {"id": [f"i{i}" for i in range(200)], "label": [("clean", "pit")[c] for c in TRUTH]}
        ),
        LabelSpace(("clean", "pit")),
        np.stack([1 - pit, pit], axis=1),
    )


@pytest.fixture
def dead():
    """Everything is clean, with some wobble in the probabilities."""
    return table("label smoothing", np.random.default_rng(0).uniform(0.2, 0.45, 200))


@pytest.fixture
def alive():
    rng = np.random.default_rng(1)
    return table("plain", np.clip(0.25 + 0.5 * TRUTH + rng.normal(0, 0.2, 200), 0.01, 0.99))


def test_trap_16_one_class_throughout_is_flagged_dead(dead, alive):
    found = evaluate_predictions(dead)
    assert found.is_dead
    (flag,) = [flag for flag in found.warnings if flag.dead]
    assert flag.code == "constant-prediction"
    assert "All 200 items were answered 'clean'" in flag.sentence
    assert "the accuracy is the share of that class, 60.00 %" in flag.sentence
    assert not evaluate_predictions(alive).is_dead


def test_trap_16_a_dead_run_is_excluded_from_conclusions(dead, alive):
    with pytest.raises(NotComparableError, match="label smoothing is no evidence: All 200 items"):
        compare(alive, dead)
    with pytest.raises(NotComparableError, match="label smoothing is no evidence"):
        compare(dead, alive)


def test_trap_16_one_dead_seed_of_three_is_named(dead, alive):
    others = [table("plain", alive.scores[:, 1], seed=seed) for seed in (0, 1)]
    broken = table("plain", dead.scores[:, 1], seed=2)
    found = evaluate_many([*others, broken])
    assert found.is_dead
    assert [flag.sentence[:7] for flag in found.warnings if flag.dead] == ["Seed 2:"]
    with pytest.raises(NotComparableError, match="plain is no evidence"):
        compare([*others, broken], [table("old", alive.scores[:, 1])])


def test_trap_16_nearly_one_class_with_the_accuracy_of_a_prior_is_dead():
    pit = np.full(200, 0.3)
    pit[[0, 199]] = 0.9
    codes = [flag.code for flag in evaluate_predictions(table("almost", pit)).warnings]
    assert "class-prior" in codes


def test_trap_16_chance_level_is_dead():
    guess = np.random.default_rng(3).uniform(size=200)
    found = evaluate_predictions(table("guessing", guess))
    assert found.is_dead
    assert found.warnings[0].code == "chance-level"
