"""A checkpoint that did not hold all that matters: a network that learns over a tree of classes."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SCRIPT = """
import os, signal, sys
from pathlib import Path
import numpy as np
import polars as pl
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.training.data import TrainingImages
from fieldmark.training.fit import fine_tune
from fieldmark.training.hierarchy import HierarchySettings
from fieldmark.training.losses import LossSettings
from fieldmark.training.mixing import MixingSettings
from fieldmark.training.module import FineTuning
from fieldmark.training.settings import TrainingSettings
from fieldmark.training.tuned_storage import save_tuned
from fieldmark.training.watching import Judge

images, folder, die_at = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
paths = {path.stem: path for path in sorted(images.iterdir())}
labels = np.arange(len(paths)) % 3
names = {"genus": ["K", "K", "L"], "species": ["a", "b", "c"]}
taxonomy = build_taxonomy(pl.DataFrame(names), ("genus", "species"))
given = TrainingImages(paths, labels, taxonomy.leaves, taxonomy=taxonomy)
judge = Judge("validation", paths, lambda scores: float((scores.argmax(1) == labels).mean()))
settings = TrainingSettings(
    epochs=2, batch_size=4, learning_rate=1e-3, ema=0.7, checkpoint_every=1,
    mixing=MixingSettings(mixup=0.3, cutmix=0.5), wise_ft=(0.5, 1.0),
    loss=LossSettings(label_smoothing=0.1, class_weights="balanced"),
    hierarchy=HierarchySettings(
        structure=sys.argv[4], rank_weights={"genus": 1.0, "species": 2.0},
    ),
)
size = {"resize_size": 32, "crop_size": 32}
spec = BackboneSpec("resnet10t", options={"drop_rate": 0.2}, preprocessing=size)
steps, plain = [], FineTuning.training_step

def step_and_die(self, batch, batch_idx):
    steps.append(batch_idx)
    if len(steps) == die_at:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(self, batch, batch_idx)

FineTuning.training_step = step_and_die
model = fine_tune(spec, given, settings=settings, seed=3, folder=folder / "work", monitor=judge)
save_tuned(model, folder / "model")
"""


def run(images: Path, folder: Path, structure: str, *, die_at: int = 0) -> int:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", SCRIPT, str(images), str(folder), str(die_at), structure]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


@pytest.mark.slow
@pytest.mark.parametrize("structure", ["ranks", "fine-to-coarse"])
def test_trap_10_killed_and_resumed_over_a_tree_equals_uninterrupted(
    tmp_path: Path, structure: str
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    rng = np.random.default_rng(1)
    for number in range(12):
        pixels = rng.integers(0, 255, (32, 32, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(images / f"{number:02}.png")
    assert run(images, tmp_path / "whole", structure) == 0
    assert run(images, tmp_path / "killed", structure, die_at=5) == -signal.SIGKILL  # in epoch 1
    assert run(images, tmp_path / "killed", structure) == 0
    whole, killed = (
        (tmp_path / name / "model" / "model.safetensors").read_bytes()
        for name in ("whole", "killed")
    )
    assert whole == killed
    headers = [
        json.loads((tmp_path / name / "model" / "tuned.json").read_text())
        for name in ("whole", "killed")
    ]
    assert headers[0] == headers[1]
    assert headers[0]["outputs"]["structure"] == structure
