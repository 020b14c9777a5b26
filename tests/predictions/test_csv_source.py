from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions import csv_records
from fieldmark.predictions.importers import ImportOptions, import_predictions
from fieldmark.predictions.table import Predictions, ScoreKind

HEAD = "id,label,score:a,score:b\n"


@pytest.fixture
def load(tmp_path: Path):
    def loaded(content: str | bytes, *, name: str = "scores.csv", **options) -> Predictions:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_predictions(
            path, kind=ScoreKind.LOGITS, out=tmp_path / "out", options=ImportOptions(**options)
        )

    return loaded


def test_a_plain_table(load) -> None:
    table = load(HEAD + "x,a,1,2\ny,b,-0.5,1e-3\n")
    assert table.ids.to_list() == ["x", "y"]
    assert table.label_space.classes == ("a", "b")
    assert table.scores.dtype == np.float32
    assert np.array_equal(table.scores, np.array([[1, 2], [-0.5, 1e-3]], np.float32))


def test_all_that_is_not_a_score_is_text(load) -> None:
    table = load("score:a,id,label,group,altitude,score:b\n1,007,1e5,g1,,2\n3,7,1e5,g2,0300,4\n")
    assert table.ids.to_list() == ["007", "7"]
    assert table.labels.to_list() == ["1e5", "1e5"]
    assert table.groups.to_list() == ["g1", "g2"]
    assert table.items["altitude"].to_list() == [None, "0300"]
    assert table.scores.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + HEAD + "x,a,1,2\ny,b,3,4\n",
        HEAD + "x,a,1,2\r\ny,b,3,4\r\n",
        HEAD + "x,a,1,2\ny,b,3,4",
        HEAD + "x,a,1,2\n\ny,b,3,4\n\n,,,\n",
        HEAD + 'x,"a",1,"2"\n"y",b,3,4\n',
        HEAD + "x,a, 1,2 \ny,b,\t3,4\n",
        ",id,label,score:a,score:b\n0,x,a,1,2\n1,y,b,3,4\n",
    ],
    ids=["mark", "crlf", "no last break", "blank lines", "quotes", "blanks", "pandas index"],
)
def test_ways_to_write_the_same_table(load, content: str) -> None:
    table = load(content)
    assert table.items.columns == ["id", "label"]
    assert table.items.rows() == [("x", "a"), ("y", "b")]
    assert table.scores.tolist() == [[1, 2], [3, 4]]


def test_tabs_separate_in_tsv(load) -> None:
    table = load(HEAD.replace(",", "\t") + "x,1\ta\t1\t2\n", name="scores.tsv")
    assert table.ids.to_list() == ["x,1"]


def test_captions_with_quotes_and_line_breaks(load) -> None:
    table = load('id,label,caption,score:a\nx,a,"two\nlines, ""quoted""",1\ny,a,,2\n')
    assert table.items["caption"].to_list() == ['two\nlines, "quoted"', None]


@pytest.mark.parametrize("size", [1, 5, 9, 33])
def test_small_blocks_read_the_same(load, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    content = HEAD + '"x\n1",a,1,2\ny,b, 3,4\n\n"z""",a,5,6\n'
    whole = load(content)
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", size)
    pieces = load(content)
    assert pieces.items.equals(whole.items)
    assert np.array_equal(pieces.scores, whole.scores)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("x,a,1,2\ny,b,3,four\n", "line 3: expected a number .* 'score:b'; got 'four'"),
        ("x,a,1,2\ny,b,3,\n", "line 3: expected a number in the column 'score:b'; got ''"),
        ('x,a,1,2\n"y\n",b,3,4\nz,a,"1,5",2\n', "line 5: .* got '1,5'. Write decimals with a"),
        ("x,a,1_0,2\n", "line 2: .* got '1_0'"),
        ("x,a,1,2\ny,b,3\n", "line 3: expected 4 cells as in the header; got 3"),
        ("x,a,1\ny,b,3,4\n", "line 2: expected 4 cells as in the header; got 3"),
        ("x,a,1,2\ny,b,3,4,5\n", "line 3: expected 4 cells as in the header; got 5"),
        ("x,a,1,2,3\n", "line 2: expected 4 cells as in the header; got 5"),
        ("x,a,1,2\n,b,3,4\n", "line 3: the column 'id' is empty"),
        ('x,a,1,2\ny,"",3,4\n', "line 3: the column 'label' is empty"),
        ("", "expected rows below the header; there are none"),
        ("\n\n", "expected rows below the header; there are none"),
    ],
)
def test_a_fault_is_named_with_its_line(load, tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(PredictionsError, match=f"scores.csv.*{message}"):
        load(HEAD + rows)
    assert [entry.name for entry in tmp_path.iterdir()] == ["scores.csv"]


def test_the_line_is_right_in_a_later_block(load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", 64)
    rows = "".join(f"x{row},a,1,2\n" for row in range(500))
    with pytest.raises(PredictionsError, match=r"line 502: .* got 'oops'"):
        load(HEAD + rows + "y,a,1,oops\n")


def test_latin1_is_refused_with_its_line(load, tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match=r"line 3: expected UTF-8; .*Latin-1"):
        load((HEAD + "x,a,1,2\nK\xe4fer,b,3,4\n").encode("latin-1"))
    assert [entry.name for entry in tmp_path.iterdir()] == ["scores.csv"]


@pytest.mark.parametrize("number", ["nan", "inf", "-Infinity", "1e39"])
def test_numbers_that_are_not_finite_are_refused(load, number: str) -> None:
    with pytest.raises(PredictionsError, match=r"1 of 2 items \(first: 'y'\) has NaN or infinite"):
        load(HEAD + f"x,a,1,2\ny,b,3,{number}\n")


def test_a_quotation_mark_inside_a_cell_is_part_of_it(load) -> None:
    assert load(HEAD + 'x"1,a,1,2\n').ids.to_list() == ['x"1']


def test_semicolons_are_refused_with_the_way_out(load) -> None:
    with pytest.raises(
        PredictionsError, match=r"the header has semicolons\. Export it with commas"
    ):
        load("id;label;score:a\nx;a;1,5\n")
