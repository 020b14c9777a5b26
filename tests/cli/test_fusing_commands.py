"""fuse and pool from the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import load_predictions, save_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.synthetic.score_tables import draw_scores

NAMES = tuple(f"species {number}" for number in range(6))


@pytest.fixture
def contenders(tmp_path: Path) -> Path:
    """Return a folder with two contenders, each with the parts validation and test."""
    rng = np.random.default_rng(1)
    for part in ("validation", "test"):
        truth = np.arange(300) % len(NAMES)
        items = pl.DataFrame(
            {
                "id": [f"{part} {number}" for number in range(300)],
                "label": [NAMES[position] for position in truth],
                "tree": [f"{part} {number // 12}-{number % 6}" for number in range(300)],
            }
        )
        for name, accuracy in (("net", 0.7), ("clip", 0.65)):
            scores = draw_scores(rng, truth, classes=len(NAMES), accuracy=accuracy)
            header = PredictionsHeader(score_kind="probabilities", contender=name, split=part)
            table = Predictions(header, items, LabelSpace(NAMES), scores)
            save_predictions(table, tmp_path / name / part)
    return tmp_path


def test_fuse_says_what_it_found_and_stores_who_answers(
    contenders: Path, call: Callable[..., Any]
) -> None:
    words = ["fuse", contenders / "net", contenders / "clip", "--fit-on", "validation"]
    said = call(*words, "--report-on", "test", "--out", contenders / "fused")
    assert said.code == 0, said.err
    assert "At least one of net and clip is right on" in said.out
    assert "The fusion is kept." in said.out
    assert "net + clip is " in said.out
    answer = load_predictions(contenders / "fused" / "predictions")
    assert answer.header.contender == "net + clip"
    stored = json.loads((contenders / "fused" / "fusion.json").read_text())
    assert stored["fusion"]["is_kept"] is True
    assert stored["answers"] == "net + clip"


def test_fuse_prints_one_document(contenders: Path, call: Callable[..., Any]) -> None:
    words = ["fuse", contenders / "net", contenders / "clip", "--fit-on", "validation"]
    found = json.loads(call(*words, "--report-on", "test", "--method", "stacked", "--json").out)
    assert found["fusion"]["settings"]["method"] == "stacked"
    assert len(found["evaluations"]) == 3


def test_fitting_and_reporting_on_one_part_is_refused(
    contenders: Path, call: Callable[..., Any]
) -> None:
    words = ["fuse", contenders / "net", contenders / "clip"]
    said = call(*words, "--fit-on", "test", "--report-on", "test")
    assert said.code == 2
    assert "300 of the 300 items to report on were used to fit" in said.err
    said = call(*words, "--fit-on", "dev", "--report-on", "test")
    assert said.code == 2
    assert "There is no part 'dev' in" in said.err
    assert "There are: test, validation." in said.err


def test_pool_makes_one_row_of_several_photos(contenders: Path, call: Callable[..., Any]) -> None:
    out = contenders / "pooled"
    said = call("pool", contenders / "net" / "test", "--by", "tree", "--out", out)
    assert said.code == 0, said.err
    assert "Pooled 300 photos into 150 specimens by the arithmetic rule" in said.out
    assert load_predictions(out).n == 150
    said = call("pool", contenders / "net" / "test", "--by", "leaf", "--out", out)
    assert said.code == 2
    assert "unknown column to pool by" in said.err.lower()
