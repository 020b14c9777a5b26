"""Trap 22: AUC pooled in one place, mean over folds in another."""

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.columns import shared_column
from fieldmark.comparison.fold_tables import compare_folds
from fieldmark.comparison.verdict import compare
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.estimates import Estimate
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions


def estimate(metric, contender, denominator="all pairs"):
    return Estimate(
        metric=metric,
        value=0.8,
        low=0.7,
        high=0.9,
        n=90,
        method="bootstrap",
        split="test",
        classes=2,
        denominator=denominator,
        contender=contender,
    )


def test_trap_22_pooled_and_mean_of_folds_do_not_share_a_column():
    pooled = estimate("state_auroc_pooled", "ours")
    averaged = estimate("state_auroc_mean_of_folds", "theirs")
    with pytest.raises(
        NotComparableError,
        match="metric: state_auroc_pooled against state_auroc_mean_of_folds",
    ):
        shared_column([pooled, averaged])
    assert len(shared_column([pooled, estimate("state_auroc_pooled", "theirs")])) == 2


def test_trap_22_a_verdict_over_folds_is_on_another_metric_than_the_pooled_one():
    rng = np.random.default_rng(0)
    truth = rng.choice(3, size=90, p=[0.7, 0.2, 0.1])

    def tables(name, skill, folds):
        scores = rng.normal(size=(90, 3)) + skill * np.eye(3)[truth]
        return [
            Predictions(
                PredictionsHeader(score_kind="logits", contender=name, seed=0, fold=f"f{fold}"),
                pl.DataFrame(
                    {"id": [f"i{row}" for row in rows], "label": [f"c{truth[row]}" for row in rows]}
                ),
                LabelSpace(("c0", "c1", "c2")),
                scores[rows],
            )
            for fold, rows in enumerate(np.array_split(np.arange(90), folds))
        ]

    over_folds = compare_folds(tables("a", 2, 3), tables("b", 1, 3), metric="macro_f1")
    (a,), (b,) = tables("a", 2, 1), tables("b", 1, 1)
    pooled = compare(a, b, metric="macro_f1")
    assert (over_folds.metric, pooled.metric) == ("macro_f1_mean_of_folds", "macro_f1")
