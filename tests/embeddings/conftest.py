from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.embeddings.encoder_stores import open_store
from fieldmark.embeddings.store import EmbeddingStore
from fieldmark.images.contract import PreprocessSpec


class MeanEncoder:
    """A stand-in for a backbone: the mean colour and a corner of each picture."""

    def __init__(self, name: str = "mean", resize_size: int = 8) -> None:
        self.contract = PreprocessSpec(
            resize_size=resize_size, crop_size=8, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
        )
        self.width = 4
        self.tap = {"backbone": name, "options": {"pad_type": "same"}}
        self.batches: list[int] = []

    def encode(self, batch: np.ndarray) -> np.ndarray:
        self.batches.append(len(batch))
        means = batch.mean(axis=(2, 3))
        return np.concatenate([means, batch[:, :1, 0, 0]], axis=1).astype(np.float32)


@pytest.fixture
def make_encoder() -> type[MeanEncoder]:
    return MeanEncoder


@pytest.fixture
def encoder() -> MeanEncoder:
    return MeanEncoder()


@pytest.fixture
def store(tmp_path: Path, encoder: MeanEncoder) -> EmbeddingStore:
    return open_store(tmp_path / "embeddings", encoder)


@pytest.fixture
def make_images(tmp_path: Path) -> Callable[[int], dict[str, Path]]:
    """Write pictures that all differ, and return their paths by id."""

    def make(count: int) -> dict[str, Path]:
        folder = tmp_path / "images"
        folder.mkdir(exist_ok=True)
        paths = {f"i{number:04}": folder / f"{number:04}.png" for number in range(count)}
        for number, path in enumerate(paths.values()):
            colour = (number % 256, number // 256, 77)
            Image.new("RGB", (8, 8), colour).save(path)
        return paths

    return make


@pytest.fixture
def digests() -> Callable[..., list[str]]:
    """Digests as image files might have them."""
    return lambda *numbers: [f"{number:064x}" for number in numbers]


@pytest.fixture
def vectors() -> Callable[..., np.ndarray]:
    """Rows that show which number they belong to."""
    return lambda *numbers: np.array([[n, n + 0.5, -n] for n in numbers], dtype=np.float32)
