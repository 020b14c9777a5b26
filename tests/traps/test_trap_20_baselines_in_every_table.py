"""Trap 20: no trivial baseline stood beside the models. It does; who loses to it is not best."""

import numpy as np
import polars as pl

from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.report.content import ContenderRow, DataCard, ReportContent
from fieldmark.report.page import render_page
from fieldmark.report.result_tables import result_tables
from fieldmark.report.rows import baseline_rows, contender_row
from fieldmark.report.verdicts import verdict_sentences

N = 200


def rows_of(right: float) -> tuple[ContenderRow, ...]:
    """Return the rows of a contender on labels of which 80 % are clean."""
    labels = (np.arange(N) % 5 == 0).astype(int)
    answers = np.where(np.random.default_rng(0).random(N) < right, labels, 1 - labels)
    predictions = Predictions(
        header=PredictionsHeader(score_kind="logits", contender="probe", split="test"),
        items=pl.DataFrame(
            {
                "id": [f"i{item}" for item in range(N)],
                "label": [("clean", "pit")[label] for label in labels],
            }
        ),
        label_space=LabelSpace(("clean", "pit")),
        scores=np.eye(2)[answers],
    )
    evaluation = evaluate_predictions(predictions, resamples=200)
    row = contender_row("probe", evaluation, cells_ran=1, cells_planned=1)
    return (row, *baseline_rows([evaluation]))


def content_of(rows: tuple[ContenderRow, ...]) -> ReportContent:
    return ReportContent(
        title="pits",
        question="Pit or clean?",
        headline_metric="accuracy",
        verdict=verdict_sentences(rows, (), "accuracy"),
        rows=rows,
        data=DataCard(N, (("class", 2),), None, (("test", N),), excluded=0),
    )


def test_trap_20_the_baselines_and_the_skill_stand_in_the_same_table() -> None:
    (table,) = result_tables(content_of(rows_of(0.98)))
    names = [cells[0].text for cells in table.rows]
    of_labels = ["majority class of the evaluated labels", "prior of the evaluated labels"]
    assert names == ["probe", *of_labels, "chance"]
    assert [row[2].text for row in table.rows[1:]] == ["80.00 %", "68.00 %", "50.00 %"]
    assert "Accuracy: skill" in [column.title for column in table.columns]


def test_trap_20_who_does_not_beat_always_clean_is_told_so_in_large_type() -> None:
    page = render_page(content_of(rows_of(0.75)))
    assert "<h1>No contender is shown to beat the trivial baseline “majority class of" in page


def test_trap_20_who_does_beat_it_has_it_named_beside() -> None:
    page = render_page(content_of(rows_of(0.98)))
    assert "<h1>probe reaches accuracy" in page
    said = "The best trivial baseline, majority class of the evaluated labels, reaches 80.00 %."
    assert said in page
