"""A checkpoint that was ignored, or that did not hold all that matters."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SCRIPT = """
import json, os, signal, sys
from pathlib import Path
import numpy as np
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.manifest.labels import LabelSpace
from fieldmark.training.data import TrainingImages
from fieldmark.training.fit import fine_tune
from fieldmark.training.mixing import MixingSettings
from fieldmark.training.module import FineTuning
from fieldmark.training.tuned_storage import save_tuned
from fieldmark.training.settings import TrainingSettings
from fieldmark.training.watching import Judge

images, folder, die_at = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
paths = {path.stem: path for path in sorted(images.iterdir())}
labels = np.array([0 if number < 9 else number % 3 for number in range(len(paths))])
given = TrainingImages(paths, labels, LabelSpace(("red", "green", "blue")))
judge = Judge("validation", paths, lambda scores: float((scores.argmax(1) == labels).mean()))
settings = TrainingSettings(
    epochs=3, batch_size=4, accumulate=2, learning_rate=1e-3, ema=0.7, balance=0.9,
    mixing=MixingSettings(mixup=0.3, cutmix=0.5), unfreezing={0: "frozen", 1: "full"},
    checkpoint_every=1, layer_decay=0.8,
)
size = {"resize_size": 32, "crop_size": 32}
spec = BackboneSpec("resnet10t", options={"drop_rate": 0.2}, preprocessing=size)
steps, plain = [], FineTuning.training_step

def step_and_die(self, batch, batch_idx):
    steps.append((self.place.epoch, self.place.batch))
    if len(steps) == die_at:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(self, batch, batch_idx)

FineTuning.training_step = step_and_die
model = fine_tune(spec, given, settings=settings, seed=3, folder=folder / "work", monitor=judge)
save_tuned(model, folder / "model")
(folder / "steps.json").write_text(json.dumps(steps))
"""
BATCHES = 5  # 20 pictures in batches of 4, and a step after each second batch


def run(images: Path, folder: Path, *, die_at: int = 0) -> int:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", SCRIPT, str(images), str(folder), str(die_at)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


@pytest.mark.slow
def test_trap_10_killed_within_epochs_and_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    rng = np.random.default_rng(1)
    for number in range(20):
        pixels = rng.integers(0, 255, (32, 32, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(images / f"{number:02}.png")
    assert run(images, tmp_path / "whole") == 0
    assert run(images, tmp_path / "killed", die_at=4) == -signal.SIGKILL  # within epoch 0
    assert run(images, tmp_path / "killed", die_at=6) == -signal.SIGKILL  # within epoch 1
    assert run(images, tmp_path / "killed") == 0
    steps = json.loads((tmp_path / "killed" / "steps.json").read_text())
    assert steps[0] == [1, 2], "it went on at the last step that was stored"
    assert len(steps) == 2 * BATCHES - 2

    whole, killed = (
        (tmp_path / name / "model" / "model.safetensors").read_bytes()
        for name in ("whole", "killed")
    )
    assert whole == killed
    records = [
        json.loads((tmp_path / name / "model" / "tuned.json").read_text())["record"]
        for name in ("whole", "killed")
    ]
    assert records[0] == records[1]
