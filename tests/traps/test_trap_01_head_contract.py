"""A head that was trained under mean = std = 0.5 met images prepared with ImageNet statistics."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from fieldmark.core.errors import NotComparableError
from fieldmark.embeddings.encoder_stores import open_store
from fieldmark.embeddings.extraction import extract
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.kinds import HEAD_KINDS, fit_head
from fieldmark.heads.storage import load_head, save_head
from fieldmark.images.contract import PreprocessSpec
from fieldmark.manifest.taxonomy import build_taxonomy

HALVES = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
TREE = build_taxonomy(pl.DataFrame({"class": ["green", "red"]}), ("class",))
SETTINGS = {
    "linear": {"epochs": 2},
    "logistic": {"inner_folds": 2},
    "ridge": {},
    "mlp": {"epochs": 2, "hidden": 4},
    "knn": {"neighbours": 1},
    "prototypes": {},
    "hierarchical": {"structure": "ranks", "epochs": 2},
}


class Encoder:
    width = 3
    tap = {"backbone": "mean colour"}  # noqa: RUF012

    def __init__(self, mean: tuple, std: tuple) -> None:
        self.contract = PreprocessSpec(resize_size=8, crop_size=8, mean=mean, std=std)

    def encode(self, batch: np.ndarray) -> np.ndarray:
        return batch.mean(axis=(2, 3))


@pytest.fixture
def sets(tmp_path: Path) -> tuple[EmbeddingSet, EmbeddingSet]:
    """The same photos under the two contracts, from one store."""
    paths = {}
    for name, colour in (("a", (200, 10, 10)), ("b", (10, 200, 10))):
        paths[name] = tmp_path / f"{name}.png"
        Image.new("RGB", (9, 9), colour).save(paths[name])
    encoders = (Encoder(**HALVES), Encoder(**IMAGENET))
    first, second = (extract(paths, e, open_store(tmp_path / "store", e)) for e in encoders)
    return first, second


@pytest.mark.parametrize("kind", sorted(HEAD_KINDS))
def test_trap_01_a_head_refuses_another_contract_field_by_field(
    kind: str, sets: tuple[EmbeddingSet, EmbeddingSet], tmp_path: Path
) -> None:
    trained, asked = sets
    head = fit_head(
        kind,
        trained,
        labels=np.array([0, 1]),
        label_space=TREE.leaves,
        taxonomy=TREE,
        settings=SETTINGS[kind],
        seed=0,
    )
    save_head(head, tmp_path / "head")
    for each in (head, load_head(tmp_path / "head")):
        assert each.predict_scores(trained).shape == (2, 2)
        with pytest.raises(NotComparableError) as refusal:
            each.predict_scores(asked)
        assert "preprocessing contract differs in 2 fields" in str(refusal.value)
        assert "mean: [0.5, 0.5, 0.5] against [0.485, 0.456, 0.406]" in str(refusal.value)
        assert "std: [0.5, 0.5, 0.5] against [0.229, 0.224, 0.225]" in str(refusal.value)


def test_trap_01_the_two_contracts_never_share_stored_vectors(
    sets: tuple[EmbeddingSet, EmbeddingSet],
) -> None:
    assert not np.allclose(sets[0].vectors, sets[1].vectors)
    assert sets[0].contract_digest != sets[1].contract_digest
