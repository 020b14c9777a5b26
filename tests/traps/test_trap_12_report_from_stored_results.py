"""Trap 12: figures and cells came from hand-made data. What is missing is shown as missing."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import load_predictions, save_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.report.content import ContenderRow, DataCard, ReportContent
from fieldmark.report.page import render_page
from fieldmark.report.rows import baseline_rows, contender_row
from fieldmark.report.verdicts import verdict_sentences
from fieldmark.workflows.judging_report import report_predictions

N, CLASSES = 240, ("clean", "pit", "stem")
DATA = DataCard(N, (("class", 3),), None, (("test", N),), excluded=0)


class Rows(HTMLParser):
    """Reads the rows of the first table: one list of cell texts a row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.feed(page.partition("<tbody>")[2].partition("</tbody>")[0])

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.rows[-1][-1] += f"{data.strip()} "


def stored(folder: Path, contender: str, *, right: int) -> Predictions:
    labels = np.arange(N) % 3
    answers = np.where(np.arange(N) < right, labels, (labels + 1) % 3)
    predictions = Predictions(
        header=PredictionsHeader(score_kind="logits", contender=contender, split="test"),
        items=pl.DataFrame(
            {"id": [f"i{row}" for row in range(N)], "label": [CLASSES[label] for label in labels]}
        ),
        label_space=LabelSpace(CLASSES),
        scores=np.eye(3)[answers],
    )
    save_predictions(predictions, folder / contender)
    return load_predictions(folder / contender)


def page_of(rows: tuple[ContenderRow, ...], **fields: object) -> str:
    content = ReportContent(
        title="pits",
        question="Which contender finds the pits?",
        headline_metric="accuracy",
        rows=rows,
        data=DATA,
        **({"verdict": verdict_sentences(rows, (), "accuracy")} | fields),  # type: ignore[arg-type]
    )
    return render_page(content)


@pytest.mark.parametrize("right", [240, 226, 81])
def test_trap_12_the_page_shows_what_the_stored_predictions_say(tmp_path: Path, right: int) -> None:
    evaluation = evaluate_predictions(stored(tmp_path, "probe", right=right), resamples=200)
    row = contender_row("probe", evaluation, cells_ran=1, cells_planned=1)
    first = Rows(page_of((row, *baseline_rows([evaluation])))).rows[0]
    measured = evaluation.estimate("accuracy")
    assert measured is not None
    assert first[2].startswith(f"{100 * right / N:.2f} % ")
    assert f"{100 * (measured.low or 0):.1f} to {100 * (measured.high or 0):.1f}" in first[2]


def test_trap_12_a_missing_result_is_a_question_mark_and_names_no_winner(tmp_path: Path) -> None:
    tables = [stored(tmp_path, name, right=right) for name, right in (("a", 226), ("b", 120))]
    rows = tuple(
        contender_row(
            table.header.contender,
            evaluate_predictions(table, resamples=200),
            cells_ran=1,
            cells_planned=1,
        )
        for table in tables
    )
    verdict = compare(*tables)
    whole = page_of(rows, verdict=verdict_sentences(rows, (verdict,), "accuracy"))
    assert "a is the best of 2 contenders" in whole

    rows = (*rows, ContenderRow("c", cells_planned=1))
    page = page_of(rows, verdict=("a is the best of 3 contenders.",), comparisons=(verdict,))
    assert [cell.split()[0] for cell in Rows(page).rows[2]] == ["c"] + ["?"] * (
        len(Rows(page).rows[2]) - 1
    )
    assert "best of" not in page
    assert "Preliminary: 1 of 3 cells has no result" in page


def test_trap_12_a_figure_never_falls_back_to_other_data() -> None:
    page = page_of((ContenderRow("c", cells_planned=1),))
    assert "<svg" not in page
    assert not re.search(r"\d\.\d\d %", page)


def test_trap_12_a_report_of_stored_predictions_draws_what_they_say(tmp_path: Path) -> None:
    stored(tmp_path, "probe", right=180)
    report_predictions([tmp_path / "probe"], tmp_path / "out", rules=ComparisonRules(resamples=200))
    rows = pl.read_csv(tmp_path / "out" / "mix_ups.csv")
    is_right = pl.col("label") == pl.col("answer")
    assert rows.filter(is_right)["count"].sum() == 180
    assert rows["count"].sum() == N
    bars = pl.read_csv(tmp_path / "out" / "confidence.csv")
    assert (bars["right"].sum(), bars["wrong"].sum()) == (180, N - 180)
    assert "<svg" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
