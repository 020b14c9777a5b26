import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError, StoreError
from fieldmark.core.storage import remove_partial
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import (
    PredictionsWriter,
    is_prediction_store,
    load_predictions,
    refuse_foreign_folder,
    save_predictions,
)

SCORES = np.array([[0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])
HEADER = PredictionsHeader(score_kind="probabilities", contender="probe")
ITEMS = pl.DataFrame({"id": ["x", "y", "z"], "label": ["a", "b", "c"], "altitude": [1, 2, None]})
SPACE = LabelSpace(("a", "b"))


@pytest.fixture
def table(make, tree: Taxonomy):
    return make(
        SCORES,
        ["a", "b", "c"],
        kind="probabilities",
        header={"contract": {"mean": [0.5]}, "seed": 1},
        taxonomy=tree,
        training_ids=("t1", "t 2\nwith a line break"),
    )


def left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def writer(folder: Path, **fields: object) -> PredictionsWriter:
    known = {"items": ITEMS, "label_space": SPACE, "dtype": np.float64} | fields
    return PredictionsWriter(folder, HEADER, **known)


def test_what_is_stored_comes_back(table, tmp_path: Path) -> None:
    save_predictions(table, tmp_path / "new" / "store")
    loaded = load_predictions(tmp_path / "new" / "store")
    assert loaded == table
    assert loaded.header == table.header
    assert loaded.items.equals(table.items)
    assert loaded.taxonomy == table.taxonomy
    assert loaded.training_ids == table.training_ids
    assert left(tmp_path / "new") == ["store"]


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_scores_are_mapped_and_keep_their_type(make, tmp_path: Path, kind) -> None:
    save_predictions(make(SCORES.astype(kind), ["a", "b", "a"]), tmp_path / "store")
    scores = load_predictions(tmp_path / "store", verify=True).scores
    assert isinstance(scores, np.memmap)
    assert scores.dtype == kind
    with pytest.raises(ValueError, match="read-only"):
        scores[0, 0] = 1


def test_scores_in_column_order_are_stored_row_by_row(make, tmp_path: Path) -> None:
    save_predictions(make(np.asfortranarray(SCORES), ["a", "b", "a"]), tmp_path / "store")
    assert np.array_equal(load_predictions(tmp_path / "store").scores, SCORES)


def test_a_store_is_replaced_by_its_own_content(table, tmp_path: Path) -> None:
    save_predictions(table, tmp_path / "store")
    save_predictions(load_predictions(tmp_path / "store"), tmp_path / "store")
    assert load_predictions(tmp_path / "store", verify=True) == table


def test_an_empty_folder_may_become_a_store(table, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    save_predictions(table, tmp_path / "store")
    assert is_prediction_store(tmp_path / "store")


def test_a_foreign_folder_is_not_overwritten(table, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.jpg").write_bytes(b"x")
    with pytest.raises(StoreError, match="a folder with other content, which is not overwritten"):
        save_predictions(table, tmp_path / "photos")
    with pytest.raises(StoreError, match="there is a file, which is not overwritten"):
        refuse_foreign_folder(tmp_path / "photos" / "1.jpg")
    assert left(tmp_path / "photos") == ["1.jpg"]


@pytest.mark.parametrize("content", ["[]", "{", '{"format": "something else"}'])
def test_another_header_is_no_store(tmp_path: Path, content: str) -> None:
    (tmp_path / "header.json").write_text(content)
    assert not is_prediction_store(tmp_path)
    with pytest.raises(StoreError, match=r"Expected stored predictions .* `fieldmark import`"):
        load_predictions(tmp_path)


def test_a_missing_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there are none"):
        load_predictions(tmp_path / "nowhere")


@pytest.mark.parametrize("part", ["items.parquet", "classes.json", "taxonomy.json"])
def test_a_part_that_is_missing_or_changed_is_named(table, tmp_path: Path, part: str) -> None:
    save_predictions(table, tmp_path / "store")
    path = tmp_path / "store" / part
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(StoreError, match=f"{part} was changed after it was written"):
        load_predictions(tmp_path / "store")
    path.unlink()
    with pytest.raises(StoreError, match=f"{part} is missing"):
        load_predictions(tmp_path / "store")


def test_missing_or_shortened_scores_are_refused(table, tmp_path: Path) -> None:
    save_predictions(table, tmp_path / "store")
    path = tmp_path / "store" / "scores.npy"
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(StoreError, match="not a plain NumPy array"):
        load_predictions(tmp_path / "store")
    path.unlink()
    with pytest.raises(StoreError, match="there is none"):
        load_predictions(tmp_path / "store")


def test_changed_scores_are_found_when_asked(table, tmp_path: Path) -> None:
    save_predictions(table, tmp_path / "store")
    np.save(tmp_path / "store" / "scores.npy", SCORES[::-1])
    load_predictions(tmp_path / "store")
    with pytest.raises(StoreError, match=r"scores\.npy was changed"):
        load_predictions(tmp_path / "store", verify=True)


def test_scores_of_another_shape_are_refused(table, tmp_path: Path) -> None:
    save_predictions(table, tmp_path / "store")
    np.save(tmp_path / "store" / "scores.npy", SCORES[:2])
    with pytest.raises(StoreError, match=r"damaged .*shape"):
        load_predictions(tmp_path / "store")


@pytest.mark.parametrize("field", ["header", "scores_digest"])
def test_a_header_that_lacks_a_field_is_damaged(table, tmp_path: Path, field: str) -> None:
    save_predictions(table, tmp_path / "store")
    path = tmp_path / "store" / "header.json"
    content = json.loads(path.read_text())
    del content[field]
    path.write_text(json.dumps(content))
    with pytest.raises(StoreError, match="damaged"):
        load_predictions(tmp_path / "store")


def test_a_header_that_lacks_its_parts_is_damaged(table, tmp_path: Path) -> None:
    save_predictions(table, tmp_path / "store")
    path = tmp_path / "store" / "header.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"parts": {}}))
    with pytest.raises(StoreError, match="does not list its parts"):
        load_predictions(tmp_path / "store")


def test_nothing_is_pickled(table, tmp_path: Path) -> None:
    save_predictions(table, tmp_path / "store")
    assert left(tmp_path / "store") == [
        "classes.json",
        "header.json",
        "items.parquet",
        "scores.npy",
        "taxonomy.json",
        "training_ids.json",
    ]
    assert b"O" not in (tmp_path / "store" / "scores.npy").read_bytes()[:128].split(b"descr")[1][:8]


def test_the_writer_takes_scores_in_pieces(tmp_path: Path, tree: Taxonomy) -> None:
    folder = tmp_path / "store"
    with writer(folder, taxonomy=tree, training_ids=["t"]) as pieces:
        pieces.write(SCORES[:1])
        assert not folder.exists()
        pieces.write(SCORES[1:])
    loaded = load_predictions(folder)
    assert np.array_equal(loaded.scores, SCORES)
    assert loaded.items.equals(ITEMS)
    assert loaded.training_ids == ("t",)
    assert left(tmp_path) == ["store"]


def test_the_writer_may_be_closed_by_hand_and_twice(tmp_path: Path) -> None:
    pieces = writer(tmp_path / "store")
    pieces.write(SCORES)
    pieces.close()
    pieces.close()
    assert load_predictions(tmp_path / "store").n == 3


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_writer_leaves_nothing(tmp_path: Path, interruption) -> None:
    with pytest.raises(interruption), writer(tmp_path / "store") as pieces:
        pieces.write(SCORES[:2])
        raise interruption
    assert left(tmp_path) == []


def test_an_interrupted_writer_leaves_what_was_there(table, tmp_path: Path) -> None:
    save_predictions(table, tmp_path / "store")
    with pytest.raises(KeyboardInterrupt), writer(tmp_path / "store") as pieces:
        pieces.write(SCORES)
        raise KeyboardInterrupt
    assert load_predictions(tmp_path / "store", verify=True) == table
    assert left(tmp_path) == ["store"]


def test_too_few_rows_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match=r"shape \(3, 2\)"), writer(tmp_path / "s") as pieces:
        pieces.write(SCORES[:2])
    assert left(tmp_path) == []


def test_scores_that_are_not_as_stated_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="sum to 1"), writer(tmp_path / "s") as pieces:
        pieces.write(SCORES * 2)
    assert left(tmp_path) == []


def test_items_and_folder_are_checked_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="at least one item"):
        writer(tmp_path / "s", items=ITEMS.clear())
    with pytest.raises(PredictionsError, match="training item"):
        writer(tmp_path / "s", training_ids=["x"])
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(StoreError, match="not overwritten"):
        writer(tmp_path)
    assert left(tmp_path) == ["a.txt"]


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np, polars as pl
from fieldmark.core.storage import remove_partial
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import PredictionsWriter

items = pl.DataFrame({"id": ["x", "y"], "label": ["a", "a"]})
header = PredictionsHeader(score_kind="logits", contender="killed")
space = LabelSpace(("a",))
with PredictionsWriter(Path(sys.argv[1]), header, items=items, label_space=space) as writer:
    writer.write(np.zeros((1, 1)))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_leaves_no_half_store(table, tmp_path: Path) -> None:
    save_predictions(table, tmp_path / "store")
    for name in ("store", "new"):
        done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / name)], check=False)
        assert done.returncode == -signal.SIGKILL
    assert load_predictions(tmp_path / "store", verify=True) == table
    assert not (tmp_path / "new").exists()
    assert remove_partial(tmp_path) == 2
    assert left(tmp_path) == ["store"]
