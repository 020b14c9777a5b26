"""Trap 28: evaluation queries had been training images."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.importers import ImportOptions, import_predictions
from fieldmark.predictions.store import PredictionsWriter
from fieldmark.predictions.table import Predictions, ScoreKind

HEADER = PredictionsHeader(score_kind="logits", contender="re-identifier")
ITEMS = pl.DataFrame({"id": ["q1", "q2", "q3"], "label": ["tree 1", "tree 2", "tree 1"]})
SPACE = LabelSpace(("tree 1", "tree 2"))
SCORES = np.eye(3, 2)
REFUSAL = r"1 of the 3 evaluated items is a training item of this model \(first: 'q2'\)"


def test_trap_28_evaluating_on_a_training_image_is_an_error() -> None:
    with pytest.raises(PredictionsError, match=REFUSAL):
        Predictions(HEADER, ITEMS, SPACE, SCORES, training_ids=("t1", "q2", "t2"))


def test_trap_28_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match=REFUSAL):
        PredictionsWriter(
            tmp_path / "run", HEADER, items=ITEMS, label_space=SPACE, training_ids=["q2"]
        )
    assert not list(tmp_path.iterdir())


def test_trap_28_foreign_predictions_are_held_to_it_too(tmp_path: Path) -> None:
    source = tmp_path / "foreign.csv"
    source.write_text("id,label,score:a\nq1,a,1\nq2,a,1\nq3,a,1\n")
    (tmp_path / "trained.txt").write_text("t1\nq2\n")
    with pytest.raises(PredictionsError, match=REFUSAL):
        import_predictions(
            source,
            kind=ScoreKind.LOGITS,
            out=tmp_path / "store",
            options=ImportOptions(training_ids=tmp_path / "trained.txt"),
        )
    assert not (tmp_path / "store").exists()


def test_trap_28_a_run_keeps_its_training_ids() -> None:
    kept = Predictions(HEADER, ITEMS, SPACE, SCORES, training_ids=("t2", "t1"))
    assert kept.training_ids == ("t1", "t2")
    assert kept.header.training_ids_digest is not None
