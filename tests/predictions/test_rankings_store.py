import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import StoreError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.rankings import (
    EmbeddingPair,
    Rankings,
    RankingsHeader,
    SimilarityLists,
    SimilarityMatrix,
)
from fieldmark.predictions.rankings_store import (
    load_rankings,
    read_similarities,
    save_rankings,
    stored_kind,
)
from fieldmark.predictions.store import save_predictions
from fieldmark.predictions.table import Predictions

QUERIES = pl.DataFrame(
    {"id": ["q1", "q2"], "identity": ["oak", "elm"], "latitude": [1.0, None], "longitude": [2.0, 3]}
)
GALLERY = pl.DataFrame({"id": ["a", "b", "c"], "identity": ["oak", "ash", "elm"]})
KINDS = {
    "matrix": SimilarityMatrix(np.array([[0.9, 0.2, 0.1], [0.3, 0.4, 1.0]], np.float16)),
    "embeddings": EmbeddingPair(np.eye(2, 4), np.ones((3, 4), np.float32)),
    "lists": SimilarityLists(np.array([0, 2, 3]), np.array([0, 2, 1]), np.array([0.9, 0.3, 0]), 3),
}


def made(kind: str = "matrix") -> Rankings:
    header = RankingsHeader(
        similarity="cosine", contender="trees", tap={"width": (4,)}, filtered_by=("view",)
    )
    return Rankings(
        header, QUERIES, GALLERY, KINDS[kind], training_ids=("t",), training_identities=("oak",)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_loaded_equals_what_was_saved(kind: str, tmp_path: Path) -> None:
    save_rankings(made(kind), tmp_path / "r")
    found = load_rankings(tmp_path / "r", verify=True)
    assert found == made(kind)
    assert found.similarities.kind == kind
    assert found.training_ids == ("t",)
    assert found.training_identities == ("oak",)
    assert all(isinstance(values, np.memmap) for values in found.similarities.arrays.values())
    assert stored_kind(tmp_path / "r") == "rankings"


def test_stored_rankings_are_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    save_rankings(made("lists"), tmp_path / "r")
    save_rankings(made("matrix"), tmp_path / "r")
    assert load_rankings(tmp_path / "r").similarities.kind == "matrix"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "photo.jpg").write_text("x")
    with pytest.raises(StoreError, match="there is a folder with other content, which is not"):
        save_rankings(made(), tmp_path / "other")
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="there is a file, which is not overwritten"):
        save_rankings(made(), tmp_path / "file")


def test_predictions_are_told_from_rankings(tmp_path: Path) -> None:
    predictions = Predictions(
        PredictionsHeader(score_kind="logits", contender="probe"),
        pl.DataFrame({"id": ["a"], "label": ["oak"]}),
        LabelSpace(("oak", "ash")),
        np.zeros((1, 2)),
    )
    save_predictions(predictions, tmp_path / "p")
    assert stored_kind(tmp_path / "p") == "predictions"
    assert stored_kind(tmp_path) is None
    with pytest.raises(StoreError, match=r"Expected stored rankings in .*; there are none"):
        load_rankings(tmp_path / "p")
    with pytest.raises(StoreError, match="a folder with other content"):
        save_rankings(made(), tmp_path / "p")


@pytest.mark.parametrize("name", ["queries.parquet", "gallery.parquet", "training.json"])
def test_a_changed_or_missing_part_is_noticed(name: str, tmp_path: Path) -> None:
    save_rankings(made(), tmp_path / "r")
    content = (tmp_path / "r" / name).read_bytes()
    (tmp_path / "r" / name).write_bytes(content + b" ")
    with pytest.raises(StoreError, match=f"{name} was changed after it was written"):
        load_rankings(tmp_path / "r")
    (tmp_path / "r" / name).unlink()
    with pytest.raises(StoreError, match=f"{name} is missing"):
        load_rankings(tmp_path / "r")


def test_changed_similarities_are_noticed_when_asked(tmp_path: Path) -> None:
    save_rankings(made(), tmp_path / "r")
    np.save(tmp_path / "r" / "similarities.npy", np.zeros((2, 3), np.float16))
    load_rankings(tmp_path / "r")
    with pytest.raises(StoreError, match=r"similarities in .* were changed. Import them again"):
        load_rankings(tmp_path / "r", verify=True)


def test_a_damaged_header_is_refused(tmp_path: Path) -> None:
    save_rankings(made(), tmp_path / "r")
    path = tmp_path / "r" / "header.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"parts": {}}))
    with pytest.raises(StoreError, match="damaged: it does not list its parts"):
        load_rankings(tmp_path / "r")
    path.write_text(json.dumps(content | {"header": {"contender": ""}}))
    with pytest.raises(StoreError, match=r"The rankings in .* are damaged"):
        load_rankings(tmp_path / "r")


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"a matrix, embeddings or lists in .*; got 'graph'"):
        read_similarities(tmp_path, "graph", n_gallery=3)
