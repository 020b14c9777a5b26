"""The true class's vector was mixed into each test image's feature."""

import inspect

import numpy as np
import polars as pl
import pytest

from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.head import Head
from fieldmark.heads.kinds import HEAD_KINDS, fit_head
from fieldmark.manifest.taxonomy import build_taxonomy

RANDOM = np.random.default_rng(0)
TREE = build_taxonomy(pl.DataFrame({"class": ["a", "b", "c", "d"]}), ("class",))
SETTINGS = {
    "linear": {"epochs": 3},
    "logistic": {"inner_folds": 2},
    "ridge": {},
    "mlp": {"epochs": 2, "hidden": 4},
    "knn": {"neighbours": 4},
    "prototypes": {},
    "hierarchical": {"structure": "ranks", "epochs": 2},
}


def embed(prefix: str, count: int) -> EmbeddingSet:
    vectors = RANDOM.normal(size=(count, 16)).astype(np.float32)
    return EmbeddingSet(tuple(f"{prefix}{row}" for row in range(count)), vectors, {}, {})


@pytest.fixture(params=sorted(HEAD_KINDS))
def head(request: pytest.FixtureRequest) -> Head:
    return fit_head(
        request.param,
        embed("train", 60),
        labels=np.arange(60) % 4,
        label_space=TREE.leaves,
        taxonomy=TREE,
        settings=SETTINGS[request.param],
        seed=0,
    )


def test_trap_03_no_head_is_shown_a_label_when_it_predicts(head: Head) -> None:
    assert list(inspect.signature(head.predict_scores).parameters) == ["embeddings"]
    assert list(inspect.signature(head.scores_of).parameters) == ["vectors"]


def test_trap_03_one_image_gets_the_scores_it_gets_in_a_batch(head: Head) -> None:
    asked = embed("test", 40)
    together = head.predict_scores(asked)
    alone = [head.predict_scores(asked.select([name]))[0] for name in asked.ids]
    assert np.array_equal(np.stack(alone), together)


def test_trap_03_vectors_without_signal_are_recognised_at_chance(head: Head) -> None:
    asked = embed("test", 800)
    labels = np.arange(800) % 4
    share = (head.predict_scores(asked).argmax(axis=1) == labels).mean()
    assert share == pytest.approx(0.25, abs=0.06)
