from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy

CONTRACT = {"crop_size": 224, "mean": [0.485, 0.456, 0.406]}
TAP = {"backbone": "net", "tap": "pooled"}


@pytest.fixture
def embed() -> Callable[..., EmbeddingSet]:
    """Make an embedding set of an array, under one contract and tap."""

    def make(vectors: Any, prefix: str = "i", **parts: Any) -> EmbeddingSet:
        rows = np.asarray(vectors, dtype=np.float32)
        ids = tuple(f"{prefix}{row}" for row in range(len(rows)))
        return EmbeddingSet(ids, rows, parts.get("contract", CONTRACT), parts.get("tap", TAP))

    return make


@pytest.fixture
def space() -> LabelSpace:
    return LabelSpace(("ash", "elm", "oak"))


@pytest.fixture
def tree() -> Taxonomy:
    """The classes of ``space`` under two families."""
    rows = {"family": ["Oleaceae", "Fagaceae", "Fagaceae"], "species": ["ash", "elm", "oak"]}
    return build_taxonomy(pl.DataFrame(rows), ("family", "species"))


@pytest.fixture
def clouds(embed: Callable[..., EmbeddingSet]) -> Callable[..., tuple[EmbeddingSet, np.ndarray]]:
    """Three clouds of vectors, one per class, and their labels."""

    def make(
        per_class: int = 12, *, seed: int = 0, spread: float = 0.5, width: int = 6
    ) -> tuple[EmbeddingSet, np.ndarray]:
        generator = np.random.default_rng(seed)
        labels = np.tile(np.arange(3), per_class)
        centres = 2.0 * np.eye(3, width) + 0.5
        vectors = centres[labels] + generator.normal(scale=spread, size=(len(labels), width))
        return embed(vectors, prefix=f"s{seed}-"), labels

    return make
