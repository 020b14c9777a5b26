from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.comparison.rules import ComparisonRules
from fieldmark.core.progress import SilentProgress
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.report.content import ContenderRow
from fieldmark.workflows.common_ground import CommonGround, common_ground
from fieldmark.workflows.evidence import gather
from fieldmark.workflows.reporting import report_content
from fieldmark.workflows.taxonomy import run_study

SILENT = SilentProgress()
RULES = ComparisonRules(classes="common", resamples=200)
OWN, STOCK, OTHER = ("ash", "elm", "oak"), ("oak", "palm", "ash"), ("fir", "yew")


def table(name: str, classes: tuple[str, ...], right: int, *, seed: int = 0) -> Predictions:
    """Return 12 items, a third of each of `OWN`; the first are named right where they can be."""
    labels = [OWN[row % 3] for row in range(12)]
    scores = np.full((12, len(classes)), 0.1)
    for row, label in enumerate(labels):
        known = classes.index(label) if label in classes else 0
        scores[row, known if row < right else (known + 1) % len(classes)] += 0.7
    items = pl.DataFrame({"id": [f"i{row}" for row in range(12)], "label": labels})
    header = PredictionsHeader(score_kind="probabilities", contender=name, seed=seed)
    scores /= scores.sum(axis=1, keepdims=True)
    return Predictions(header, items, LabelSpace(classes), scores)


def test_all_contenders_are_measured_over_the_classes_that_all_know() -> None:
    tables = {
        "own": (table("own", OWN, 12), table("own", OWN, 6, seed=1)),
        "stock": (table("stock", STOCK, 6),),
    }
    found = common_ground(tables, RULES, progress=SILENT)
    own, stock, *baselines = found.rows
    assert (own.estimate("accuracy").n, own.estimate("accuracy").classes) == (8, 2)
    # Of the 8 photos of ash and oak, 4 are among the first 6; a wrong elm or palm is left out.
    assert own.estimate("accuracy").seed_values[0] == 1
    assert stock.estimate("accuracy").n == 8
    assert own.description == stock.description == "without 1 class of its own and 4 items"
    assert all(row.is_baseline for row in baselines)
    assert baselines
    assert found.notes == (
        "Restricted to 2 common classes: 8 of 12 items of own and 8 of 12 items of stock left.",
    )


@pytest.mark.parametrize(
    ("second", "rules"),
    [
        (table("second", OWN[::-1], 12), RULES),
        (table("second", STOCK, 12), ComparisonRules(resamples=200)),
        (table("second", OTHER, 12), RULES),
    ],
    ids=["the same classes", "to be refused", "nothing in common"],
)
def test_elsewhere_there_is_no_common_ground(second: Predictions, rules) -> None:
    tables = {"own": (table("own", OWN, 12),), "second": (second,)}
    assert common_ground(tables, rules, progress=SILENT) == CommonGround()


def test_while_cells_are_missing_the_verdict_says_that_alone() -> None:
    tables = {"own": (table("own", OWN, 12),), "stock": (table("stock", STOCK, 6),)}
    found = common_ground(tables, RULES, progress=SILENT)
    rows = [ContenderRow("own", cells_planned=2)]
    assert found.verdict(rows, (), "accuracy")[0].startswith("Preliminary: 2 of 2 cells")


@pytest.fixture
def with_stock(judged_only: Path, add_incumbent, test_rows, write_scores) -> Path:
    """Return a study with a stock model that lacks one class and has one that nobody else knows."""
    rows = test_rows(judged_only)
    names = sorted({label for _, label in rows})
    write_scores(judged_only / "stock.csv", rows, classes=[*names[:0:-1], "unheard of"])
    study = judged_only / "study.yaml"
    text = study.read_text(encoding="utf-8").replace(
        "contenders:\n", "contenders:\n  stock: {predictions: stock.csv}\n"
    )
    study.write_text(text, encoding="utf-8")
    return judged_only


def content_of(ground):
    run_study(ground, progress=SILENT)
    return report_content(ground, gather(ground, progress=SILENT), progress=SILENT)


def test_a_study_refuses_a_stock_model_with_the_counts(with_stock: Path, opened) -> None:
    content = content_of(opened(with_stock, "protocol.resamples=200"))
    (refusal,) = content.refusals
    assert "2 of 5 classes differ" in refusal.why
    assert "(in a study: `protocol.classes`): 3 classes are common, with 16 of 21" in refusal.why
    assert content.common == ()


def test_a_study_restricts_to_the_common_classes_at_every_rank(with_stock: Path, opened) -> None:
    content = content_of(opened(with_stock, "protocol.classes=common", "protocol.resamples=200"))
    assert content.verdict[1] == content.common_notes[0]
    assert content.common_notes[0].startswith("Restricted to 3 common classes: 16 of 21 items of")
    assert content.common_notes[-1] == (
        "The taxonomy of incumbent places stock, which came without one."
    )
    stock = next(row for row in content.common if row.name == "stock")
    (own,) = [row for row in content.rows if row.name == "stock"]
    assert (stock.estimate("accuracy").n, stock.estimate("accuracy").classes) == (16, 3)
    assert (own.estimate("accuracy").n, own.estimate("accuracy").classes) == (21, 4)
    assert stock.estimate("accuracy", "genus").classes == 2
    assert own.estimate("accuracy", "genus") is None
