"""The configured seed was never applied: fine-tuning."""

import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.manifest.labels import LabelSpace
from fieldmark.training.data import TrainingImages
from fieldmark.training.fit import fine_tune
from fieldmark.training.settings import TrainingSettings


def test_trap_17_the_seed_decides_first_batch_and_first_loss_and_nothing_else_does(
    tmp_path: Path,
) -> None:
    rng, paths = np.random.default_rng(0), {}
    for number in range(12):
        paths[str(number)] = tmp_path / f"{number}.png"
        pixels = rng.integers(0, 255, (32, 32, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(paths[str(number)])
    images = TrainingImages(paths, np.arange(12) % 2, LabelSpace(("a", "b")))
    size = {"resize_size": 32, "crop_size": 32}
    spec = BackboneSpec("test_resnet", options={"drop_rate": 0.2}, preprocessing=size)

    def record(seed: int, name: str) -> dict[str, object]:
        torch.manual_seed(rng.integers(1000))  # what lies around must not matter
        settings = TrainingSettings(epochs=1, batch_size=4)
        folder = tmp_path / name
        model = fine_tune(spec, images, settings=settings, seed=seed, folder=folder)
        return dict(model.record) | {"digest": model.digest}

    before = torch.get_rng_state(), random.getstate()
    first, again, other = record(7, "first"), record(7, "again"), record(8, "other")
    assert first == again
    assert first["seed"] == 7
    for name in ("first_batch_digest", "first_loss", "digest"):
        assert first[name] != other[name]
    assert random.getstate() == before[1], "the generators of the process are left alone"
