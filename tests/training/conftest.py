"""Pictures whose class is their colour, and a small network to fine-tune on them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.manifest.labels import LabelSpace
from fieldmark.training.data import TrainingImages


@pytest.fixture
def small_net() -> BackboneSpec:
    """Return a network with dropout, so that the state of the generators matters."""
    size = {"resize_size": 32, "crop_size": 32}
    return BackboneSpec("resnet10t", options={"drop_rate": 0.2}, preprocessing=size)


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
