"""Trap 28: evaluation queries had been training images, in rankings too."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.rankings import (
    Rankings,
    RankingsHeader,
    SimilarityKind,
    SimilarityMatrix,
)
from fieldmark.predictions.rankings_importers import RankingsOptions, import_rankings

HEADER = RankingsHeader(similarity="cosine", contender="trees")
QUERIES = pl.DataFrame({"id": ["q1", "q2"], "identity": ["tree 1", "tree 2"]})
GALLERY = pl.DataFrame({"id": ["g1", "g2"], "identity": ["tree 1", "tree 2"]})
REFUSAL = r"1 of the 2 queries is a training photo of this model \(first: 'q2'\)"


def test_trap_28_querying_with_a_training_photo_is_an_error() -> None:
    with pytest.raises(PredictionsError, match=REFUSAL):
        Rankings(HEADER, QUERIES, GALLERY, SimilarityMatrix(np.eye(2)), training_ids=("q2", "g1"))


def test_trap_28_the_gallery_may_hold_training_photos() -> None:
    kept = Rankings(HEADER, QUERIES, GALLERY, SimilarityMatrix(np.eye(2)), training_ids=("g1",))
    assert kept.training_ids == ("g1",)


def test_trap_28_foreign_rankings_are_held_to_it_too(tmp_path: Path) -> None:
    QUERIES.write_csv(tmp_path / "queries.csv")
    GALLERY.write_csv(tmp_path / "gallery.csv")
    (tmp_path / "pairs.csv").write_text("query,gallery,similarity\nq1,g1,1\n")
    (tmp_path / "trained.txt").write_text("q2\n")
    options = RankingsOptions(
        queries=tmp_path / "queries.csv",
        gallery=tmp_path / "gallery.csv",
        training_ids=tmp_path / "trained.txt",
    )
    with pytest.raises(PredictionsError, match=REFUSAL):
        import_rankings(
            tmp_path / "pairs.csv",
            similarity=SimilarityKind.COSINE,
            out=tmp_path / "stored",
            options=options,
        )
    assert not (tmp_path / "stored").exists()
