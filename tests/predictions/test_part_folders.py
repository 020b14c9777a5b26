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


def table(split: str, /, **columns: list[object]) -> Predictions:
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
    with pytest.raises(StoreError, match=r"no part 'dev' in .*store. There are: test\."):
        load_part(tmp_path / "store", "dev")
    with pytest.raises(StoreError, match=r"in .*store; did you mean 'test'\? There are: test\."):
        load_part(tmp_path / "store", "tset")
    with pytest.raises(StoreError, match=r"Expected a folder with predictions at .*none"):
        load_part(tmp_path / "none", "dev")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match=r"Expected stored predictions in .*one folder a part"):
        load_part(tmp_path / "empty", "test")
    with pytest.raises(StoreError, match="Expected stored predictions at nowhere; there are none"):
        load_part(None, "nowhere")


@pytest.mark.parametrize("below", ["predictions", "result/predictions"])
def test_a_part_is_found_from_the_cell_of_a_study(tmp_path: Path, below: str) -> None:
    save_predictions(table("test"), tmp_path / "cell" / below / "test")
    assert load_part(tmp_path / "cell", "test").n == 2
    assert parts_in(tmp_path / "cell") == ("test",)


def test_a_part_may_be_a_path(tmp_path: Path) -> None:
    save_predictions(table("test"), tmp_path / "probe" / "test")
    path = str(tmp_path / "probe" / "test")
    assert load_part(None, path).header.split == "test"
    assert load_part(tmp_path, path).header.split == "test"


def test_where_nobody_named_the_part_its_folder_does(tmp_path: Path) -> None:
    save_predictions(table("all"), tmp_path / "line-3")
    assert load_part(None, str(tmp_path / "line-3")).header.split == "line-3"


def test_a_bare_name_is_no_path_beside_the_source(tmp_path: Path, monkeypatch) -> None:
    save_predictions(table("test"), tmp_path / "test")
    save_predictions(table("dev"), tmp_path / "probe" / "dev")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=r"no part 'test' in probe.* There are: dev\."):
        load_part(Path("probe"), "test")
    assert load_part(None, "test").header.split == "test"


def test_a_column_of_that_name_comes_before_the_split_of_the_table(tmp_path: Path) -> None:
    save_predictions(table("test", split=["train", "test"]), tmp_path / "store")
    assert load_part(tmp_path / "store", "test").ids.to_list() == ["test2"]
    save_predictions(table("test", part=["cap", "stem"]), tmp_path / "organs")
    assert load_part(tmp_path / "organs", "test").n == 2


def test_a_stated_column_alone_names_the_parts(tmp_path: Path) -> None:
    columns = {"fold": [1, None], "split": ["dev", "dev"]}
    save_predictions(table("test", **columns), tmp_path / "store")
    found = load_part(tmp_path / "store", "1", column="fold")
    assert (found.ids.to_list(), found.header.split) == (["test1"], "1")
    with pytest.raises(StoreError, match=r"no part 'test' in .*store. There are: 1\."):
        load_part(tmp_path / "store", "test", column="fold")
    with pytest.raises(StoreError, match=r"Expected a column 'splt' .*nearest: 'split'\)\. Name"):
        load_part(tmp_path / "store", "test", column="splt")
