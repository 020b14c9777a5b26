import polars as pl
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.part_reading import parts_below, read_part
from fieldmark.predictions.store import save_predictions
from fieldmark.predictions.table import Predictions


@pytest.fixture
def parts(cherries, tmp_path):
    for part in ("calibration", "test"):
        save_predictions(cherries(part, 20), tmp_path / "predictions" / part)
    return tmp_path


def test_a_folder_of_parts_is_found_from_its_cell_too(parts):
    for source in (parts / "predictions", parts):
        assert read_part(source, "test").header.split == "test"
        assert parts_below(source) == ("calibration", "test")


def test_a_path_is_a_part(parts):
    path = str(parts / "predictions" / "test")
    assert read_part(None, path).header.split == "test"
    assert read_part(parts, path).header.split == "test"


def test_where_nobody_named_the_part_its_folder_does(cherries, tmp_path):
    save_predictions(cherries("all", 20), tmp_path / "line-3")
    assert read_part(None, str(tmp_path / "line-3")).header.split == "line-3"


def test_one_table_names_its_parts_in_a_column(cherries, tmp_path):
    whole = cherries("all", 30)
    items = whole.items.with_columns(
        split=pl.Series(["calibration"] * 10 + ["test"] * 15 + [None] * 5), lot=pl.lit("x")
    )
    save_predictions(
        Predictions(whole.header, items, whole.label_space, whole.scores), tmp_path / "t"
    )
    found = read_part(tmp_path / "t", "test")
    assert (found.n, found.header.split) == (15, "test")
    assert found.ids.to_list() == [f"all-{i}" for i in range(10, 25)]
    with pytest.raises(DecisionError, match="No item has 'tset' in the column 'split'; there are"):
        read_part(tmp_path / "t", "tset")
    with pytest.raises(DecisionError, match=r"Expected a column 'splt' .*nearest: 'split'"):
        read_part(tmp_path / "t", "test", column="splt")


def test_refusals(parts, tmp_path):
    with pytest.raises(DecisionError, match=r"no part 'calib' in .*; did you mean 'calibration'"):
        read_part(parts, "calib")
    with pytest.raises(DecisionError, match="Expected a folder with predictions at"):
        read_part(tmp_path / "nowhere", "test")
    with pytest.raises(DecisionError, match="Expected stored predictions at nowhere; there are"):
        read_part(None, "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DecisionError, match="one folder a part"):
        read_part(tmp_path / "empty", "test")
