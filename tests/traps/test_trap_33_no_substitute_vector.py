"""Unreadable images became black images with a label."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError, ManifestError
from fieldmark.embeddings.encoder_stores import open_store
from fieldmark.embeddings.extraction import extract
from fieldmark.embeddings.store import EmbeddingStore
from fieldmark.images.contract import PreprocessSpec


class Encoder:
    contract = PreprocessSpec(resize_size=8, crop_size=8, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    width = 3
    tap = {"backbone": "mean colour"}  # noqa: RUF012

    def encode(self, batch: np.ndarray) -> np.ndarray:
        return batch.mean(axis=(2, 3))


@pytest.fixture
def images(tmp_path: Path) -> dict[str, Path]:
    """Two good photos, one cut short, one empty, one missing."""
    paths = {name: tmp_path / f"{name}.jpg" for name in ("good", "cut", "empty", "none", "fine")}
    noise = np.random.default_rng(0).integers(60, 255, (64, 64, 3), dtype=np.uint8)
    for name in ("good", "cut", "fine"):
        Image.fromarray(noise).save(paths[name], quality=90 if name == "fine" else 95)
    paths["cut"].write_bytes(paths["cut"].read_bytes()[:900])
    paths["empty"].write_bytes(b"")
    return paths


@pytest.fixture
def store(tmp_path: Path) -> EmbeddingStore:
    return open_store(tmp_path / "store", Encoder())


@pytest.mark.parametrize("bad", ["cut", "empty", "none"])
def test_trap_33_the_default_is_to_fail_and_name_the_file(
    images: dict[str, Path], store: EmbeddingStore, bad: str
) -> None:
    with pytest.raises(ImageError, match=rf"{bad}\.jpg"):
        extract({name: images[name] for name in ("good", bad)}, Encoder(), store)


def test_trap_33_excluded_images_are_counted_and_have_no_vector(
    images: dict[str, Path], store: EmbeddingStore
) -> None:
    embeddings = extract(images, Encoder(), store, policy="exclude")
    assert embeddings.ids == ("good", "fine")
    assert embeddings.excluded == ("cut", "empty", "none")
    assert len(store) == 2
    assert embeddings.vectors.min() > 0.2
    with pytest.raises(ManifestError, match=r"1 have no embedding: 'cut' \(3 images were excluded"):
        embeddings.select(["good", "cut"])
