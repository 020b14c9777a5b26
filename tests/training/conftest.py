"""Pictures whose class is their colour, and a small network to fine-tune on them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, build_taxonomy
from fieldmark.training.data import TrainingImages


@pytest.fixture
def small_net() -> BackboneSpec:
    """Return a network with dropout, so that the state of the generators matters."""
    size = {"resize_size": 32, "crop_size": 32}
    return BackboneSpec("test_resnet", options={"drop_rate": 0.2}, preprocessing=size)


@pytest.fixture
def coloured(tmp_path: Path) -> Callable[..., TrainingImages]:
    """Return a function that writes pictures of three classes and names them."""

    def write(count: int = 18, *, folder: str = "pictures") -> TrainingImages:
        place = tmp_path / folder
        place.mkdir()
        rng = np.random.default_rng(0)
        paths, labels = {}, []
        for number in range(count):
            label = number % 3
            pixels = rng.integers(0, 100, (36, 36, 3)).astype(np.uint8)
            pixels[..., label] += 120
            paths[f"i{number:02}"] = place / f"{number:02}.png"
            Image.fromarray(pixels).save(paths[f"i{number:02}"])
            labels.append(label)
        return TrainingImages(paths, np.array(labels), LabelSpace(("red", "green", "blue")))

    return write


@pytest.fixture
def judge_of() -> Callable:
    """Return a function that makes the judge which counts right answers on some pictures."""
    from fieldmark.training.watching import Judge

    def make(images: TrainingImages) -> Judge:
        def share_right(scores: np.ndarray) -> float:
            return float((scores.argmax(axis=1) == images.labels).mean())

        return Judge("validation", images.paths, share_right)

    return make


@pytest.fixture(scope="session")
def hues() -> Taxonomy:
    """Return a tree of five shades of three hues in two families; one hue has one shade."""
    rows = [
        ("cold", "blue", "pale blue"),
        ("cold", "blue", "deep blue"),
        ("cold", "green", "green"),
        ("warm", "red", "pale red"),
        ("warm", "red", "deep red"),
    ]
    return build_taxonomy(
        pl.DataFrame(rows, schema=["family", "hue", "shade"], orient="row"),
        ("family", "hue", "shade"),
    )


@pytest.fixture
def shaded(tmp_path: Path, hues: Taxonomy) -> Callable[..., TrainingImages]:
    """Return a function that writes pictures of the five shades and names them, with their tree."""
    colours = {
        "deep blue": (0, 0, 120),
        "deep red": (120, 0, 0),
        "green": (0, 200, 0),
        "pale blue": (120, 120, 250),
        "pale red": (250, 120, 120),
    }

    def write(count: int = 20, *, folder: str = "shades") -> TrainingImages:
        place = tmp_path / folder
        place.mkdir()
        rng = np.random.default_rng(0)
        paths, labels = {}, np.arange(count) % len(colours)
        for number, label in enumerate(labels):
            noise = rng.integers(-20, 20, (36, 36, 3))
            pixels = np.clip(np.array(colours[hues.leaves.classes[label]]) + noise, 0, 255)
            paths[f"i{number:02}"] = place / f"{number:02}.png"
            Image.fromarray(pixels.astype(np.uint8)).save(paths[f"i{number:02}"])
        return TrainingImages(paths, labels, hues.leaves, taxonomy=hues)

    return write
