import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import FieldmarkError
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.evaluation.record import Evaluation
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.report.rows import baseline_rows, contender_row


def evaluated(contender: str, **fields) -> Evaluation:
    labels = np.arange(60) % 3
    scores = np.eye(3)[np.where(np.arange(60) < 50, labels, (labels + 1) % 3)]
    predictions = Predictions(
        header=PredictionsHeader(score_kind="logits", contender=contender, **fields),
        items=pl.DataFrame(
            {"id": [f"i{row}" for row in range(60)], "label": ["abc"[label] for label in labels]}
        ),
        label_space=LabelSpace(("a", "b", "c")),
        scores=scores,
    )
    return evaluate_predictions(predictions, resamples=200)


def test_a_row_holds_what_was_evaluated() -> None:
    evaluation = evaluated("probe")
    row = contender_row("probe", evaluation, cells_ran=1, cells_planned=3, description="linear")
    assert row.estimates == evaluation.estimates
    assert row.flags == evaluation.warnings
    assert row.missing_cells == 2
    assert not row.is_baseline


def test_a_contender_that_has_not_run_has_no_estimates() -> None:
    row = contender_row("probe", None, cells_ran=0, cells_planned=3)
    assert row.estimates == ()
    assert row.flags == ()


def test_the_evaluation_of_another_contender_is_refused() -> None:
    with pytest.raises(FieldmarkError, match="holds those of 'knn'"):
        contender_row("probe", evaluated("knn"), cells_ran=1, cells_planned=1)


def test_the_same_baseline_comes_once() -> None:
    evaluations = [evaluated("probe"), evaluated("knn")]
    rows = baseline_rows(evaluations)
    names = [row.name for row in rows]
    assert len(names) == len(set(names)) == 3
    assert all(row.is_baseline for row in rows)
    assert sum(len(row.estimates) for row in rows) == len(evaluations[0].baselines)


def test_a_majority_of_other_labels_is_a_row_of_its_own() -> None:
    counted = evaluated("knn", training_label_counts={"a": 5, "b": 1, "c": 1})
    names = [row.name for row in baseline_rows([evaluated("probe"), counted])]
    assert len(names) == 5


def test_no_evaluations_have_no_baselines() -> None:
    assert baseline_rows([]) == ()
