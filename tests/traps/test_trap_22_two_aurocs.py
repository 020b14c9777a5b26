"""Trap 22: AUC pooled in one place, mean over folds in another. They are two identifiers."""

import numpy as np
import pytest

from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.onset_evaluation import evaluate_onset
from fieldmark.evaluation.onset_settings import OnsetSettings
from fieldmark.synthetic.trajectories import Season, draw_season


@pytest.fixture(scope="module")
def found():
    season = Season(genotypes=10, days=12, auc=0.85, genotype_spread=2.0)
    seen = draw_season(np.random.default_rng(0), season)
    return evaluate_onset(seen, OnsetSettings(resamples=50))


def test_trap_22_pooled_and_mean_of_folds_are_two_numbers(found) -> None:
    pooled = found.estimate("state_auroc_pooled")
    by_fold = found.estimate("state_auroc_mean_of_folds")
    assert by_fold.value - pooled.value > 0.05
    assert "pairs of a positive and a negative" in pooled.denominator
    assert by_fold.denominator == "10 of 10 folds with both states"


def test_trap_22_no_metric_is_called_auc_alone() -> None:
    named = [name for name in METRICS if name.startswith(("state_", "day_")) and "auroc" in name]
    kinds = ("pooled", "mean_of_folds", "mean_of_days")
    assert named
    assert all(name.removesuffix("_skill").endswith(kinds) for name in named)
    assert len({METRICS[name].definition for name in named}) == len(named)


def test_trap_22_every_day_has_both_under_their_own_names(found) -> None:
    for day in found.days:
        assert day.estimate("day_auroc_pooled") is not None
        assert day.estimate("day_auroc_mean_of_folds") is not None
