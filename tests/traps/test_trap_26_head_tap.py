"""Backbones were tapped at different layers, and the vectors were mixed."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import NotComparableError
from fieldmark.embeddings.store import EmbeddingStore
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.kinds import HEAD_KINDS, fit_head
from fieldmark.manifest.taxonomy import build_taxonomy

POOLED = {"backbone": "vit", "weights_digest": "ab", "tap": "pooled", "options": {}}
TOKEN = POOLED | {"tap": "class_token"}
TREE = build_taxonomy(pl.DataFrame({"class": ["x", "y"]}), ("class",))
SETTINGS = {
    "linear": {"epochs": 1},
    "logistic": {"inner_folds": 2},
    "ridge": {},
    "mlp": {"epochs": 2, "hidden": 4},
    "knn": {"neighbours": 1},
    "prototypes": {},
    "hierarchical": {"structure": "ranks", "epochs": 2},
}


def embed(tap: dict) -> EmbeddingSet:
    return EmbeddingSet(("a", "b"), np.eye(2, dtype=np.float32), {"crop_size": 224}, tap)


@pytest.mark.parametrize("kind", sorted(HEAD_KINDS))
@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"tap": "class_token"}, "tap: pooled against class_token"),
        ({"weights_digest": "cd"}, "weights_digest: ab against cd"),
        ({"options": {"pad_type": "same"}}, "options: {} against {'pad_type': 'same'}"),
    ],
)
def test_trap_26_a_head_refuses_vectors_of_another_tap(kind: str, change: dict, shown: str) -> None:
    head = fit_head(
        kind,
        embed(POOLED),
        labels=np.array([0, 1]),
        label_space=TREE.leaves,
        taxonomy=TREE,
        settings=SETTINGS[kind],
        seed=0,
    )
    with pytest.raises(NotComparableError) as refusal:
        head.predict_scores(embed(POOLED | change))
    assert "the feature tap differs in 1 field" in str(refusal.value)
    assert shown in str(refusal.value)


def test_trap_26_the_tap_is_part_of_the_identity_of_embeddings(tmp_path: Path) -> None:
    assert embed(POOLED).digest != embed(TOKEN).digest
    stores = [EmbeddingStore(tmp_path, {"contract": {}, "tap": tap}) for tap in (POOLED, TOKEN)]
    digest = "0" * 64
    with stores[0].writing():
        stores[0].append([digest], np.ones((1, 2), dtype=np.float32))
    assert EmbeddingStore(tmp_path, stores[0].key).lookup([digest]).all()
    assert not EmbeddingStore(tmp_path, stores[1].key).lookup([digest]).any()
