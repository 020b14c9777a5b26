"""What must hold of every head and of similarity, whatever the vectors."""

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fieldmark.embeddings.similarity import cosine_similarity, nearest_neighbours
from fieldmark.embeddings.store import EmbeddingStore
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.head import Head
from fieldmark.heads.kinds import HEAD_KINDS, fit_head
from fieldmark.heads.storage import load_head, save_head
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy

WIDTH = 5
SETTINGS = {
    "logistic": {"inner_folds": 2},
    "ridge": {},
    "mlp": {"epochs": 2, "hidden": 4},
    "linear": {"epochs": 2},
    "knn": {"neighbours": 3, "temperature": 0.1},
    "prototypes": {"scale": 7.0},
    "hierarchical": {"structure": "fine-to-coarse", "hidden": 4, "epochs": 2},
}
TREE = build_taxonomy(
    pl.DataFrame({"genus": ["K", "L", "K"], "species": ["a", "b", "c"]}), ("genus", "species")
)
VALUES = st.floats(-50, 50, width=32).map(lambda value: np.float32(round(value, 3)))


def vectors(least: int = 0, most: int = 12) -> st.SearchStrategy[np.ndarray]:
    shapes = st.integers(least, most).map(lambda rows: (rows, WIDTH))
    return arrays(np.float32, shapes, elements=VALUES)


def embed(rows: np.ndarray, prefix: str = "q") -> EmbeddingSet:
    return EmbeddingSet(tuple(f"{prefix}{row}" for row in range(len(rows))), rows, {}, {})


def fitted(kind: str) -> Head:
    generator = np.random.default_rng(1)
    rows = generator.normal(size=(24, WIDTH)).astype(np.float32)
    return fit_head(
        kind,
        embed(rows, "t"),
        labels=np.arange(24) % 3,
        label_space=LabelSpace(("a", "b", "c")),
        settings=SETTINGS[kind],
        seed=0,
        taxonomy=TREE,
    )


HEADS = {kind: fitted(kind) for kind in HEAD_KINDS}
KINDS = st.sampled_from(sorted(HEADS))


def directed(rows: np.ndarray) -> bool:
    return bool((np.abs(rows).max(axis=1, initial=0) > 0).all())


@given(kind=KINDS, rows=vectors())
def test_a_batch_equals_its_images_one_by_one(kind: str, rows: np.ndarray) -> None:
    assume(directed(rows))
    asked, before = embed(rows), rows.copy()
    together = HEADS[kind].predict_scores(asked)
    alone = [HEADS[kind].predict_scores(asked.select([name])) for name in asked.ids]
    assert together.shape == (len(rows), 3)
    assert np.isfinite(together).all()
    assert np.array_equal(together, np.concatenate([np.empty((0, 3), np.float32), *alone]))
    assert np.array_equal(rows, before)


@given(kind=KINDS, rows=vectors(least=1), seed=st.integers(0, 99))
def test_a_permutation_of_the_images_permutes_the_scores(
    kind: str, rows: np.ndarray, seed: int
) -> None:
    assume(directed(rows))
    order = np.random.default_rng(seed).permutation(len(rows))
    scores = HEADS[kind].predict_scores(embed(rows))
    assert np.array_equal(HEADS[kind].predict_scores(embed(rows[order])), scores[order])


@given(kind=st.sampled_from(["knn", "prototypes"]), rows=vectors(least=1))
def test_probabilities_sum_to_one(kind: str, rows: np.ndarray) -> None:
    assume(directed(rows))
    scores = HEADS[kind].predict_scores(embed(rows))
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert scores.min() >= 0


@given(kind=st.sampled_from(["knn", "prototypes"]), rows=vectors(1), power=st.integers(-8, 8))
def test_the_length_of_a_vector_does_not_count_under_cosine(
    kind: str, rows: np.ndarray, power: int
) -> None:
    assume(directed(rows))
    scores = HEADS[kind].predict_scores(embed(rows))
    assert np.array_equal(HEADS[kind].predict_scores(embed(rows * np.float32(2.0**power))), scores)


@pytest.mark.parametrize("kind", sorted(HEADS))
@settings(max_examples=10)
@given(rows=vectors(least=1))
def test_saving_and_loading_changes_no_score(kind: str, rows: np.ndarray) -> None:
    assume(directed(rows))
    with tempfile.TemporaryDirectory() as folder:
        save_head(HEADS[kind], Path(folder) / "head")
        scores = load_head(Path(folder) / "head").predict_scores(embed(rows))
    assert np.array_equal(scores, HEADS[kind].predict_scores(embed(rows)))


@given(queries=vectors(least=1), gallery=vectors(least=1), data=st.data())
def test_neighbours_are_the_first_of_all_cosines_in_order(
    queries: np.ndarray, gallery: np.ndarray, data: st.DataObject
) -> None:
    assume(directed(queries) and directed(gallery))
    count = data.draw(st.integers(1, len(gallery)))
    cosines, positions = nearest_neighbours(queries, gallery, neighbours=count)
    every = cosine_similarity(queries, gallery)
    expected = np.argsort(-every, axis=1, kind="stable")[:, :count]
    assert np.array_equal(positions, expected)
    assert np.array_equal(cosines, np.take_along_axis(every, expected, axis=1))


@settings(max_examples=20)
@given(parts=st.lists(st.lists(st.integers(0, 30), max_size=8), max_size=5))
def test_a_store_gives_back_every_image_once_whatever_was_appended(
    parts: list[list[int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = EmbeddingStore(Path(folder), {"tap": {}})
        with store.writing():
            for part in parts:
                rows = np.array(part, dtype=np.float32).reshape(-1, 1)
                store.append([f"{number:064x}" for number in part], rows)
        again = EmbeddingStore(Path(folder), {"tap": {}})
        numbers = sorted({number for part in parts for number in part})
        assert len(again) == len(numbers)
        if numbers:
            found = again.read([f"{number:064x}" for number in numbers])
            assert found[:, 0].tolist() == numbers
