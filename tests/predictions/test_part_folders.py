"""A part is a folder of its own, a table with that split, or rows that name it."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import StoreError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.part_folders import load_part, parts_in
from fieldmark.predictions.store import save_predictions
from fieldmark.predictions.table import Predictions


def table(split: str, **columns: list[str]) -> Predictions:
    """Return two items."""
    items = pl.DataFrame({"id": [f"{split}1", f"{split}2"], "label": ["oak", "ash"]} | columns)
    header = PredictionsHeader(score_kind="logits", contender="probe", split=split)
    return Predictions(header, items, LabelSpace(("oak", "ash")), np.eye(2))


def test_a_part_may_be_a_folder_of_its_own(tmp_path: Path) -> None:
    for part in ("validation", "test"):
        save_predictions(table(part), tmp_path / part)
    assert load_part(tmp_path, "test").ids.to_list() == ["test1", "test2"]
    assert parts_in(tmp_path) == ("test", "validation")


def test_a_part_may_be_the_split_of_the_table(tmp_path: Path) -> None:
    save_predictions(table("test"), tmp_path / "store")
    assert load_part(tmp_path / "store", "test").n == 2


def test_a_part_may_be_rows_that_name_it(tmp_path: Path) -> None:
    save_predictions(table("all", part=["validation", "test"]), tmp_path / "store")
    found = load_part(tmp_path / "store", "test")
    assert (found.ids.to_list(), found.header.split) == (["all2"], "test")
    assert found.scores.tolist() == [[0.0, 1.0]]
    assert parts_in(tmp_path / "store") == ("all", "test", "validation")


def test_a_part_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    save_predictions(table("test"), tmp_path / "store")
    with pytest.raises(StoreError, match=r"part 'dev' in .*store; there are: 'test'\."):
        load_part(tmp_path / "store", "dev")
    with pytest.raises(StoreError, match="there are no stored predictions"):
        load_part(tmp_path / "none", "dev")
