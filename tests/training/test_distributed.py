"""Two processes on the CPU that train together, and one that does all."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.training.distributed import gather_scores, joined, part_of, strategy_of
from fieldmark.training.settings import TrainingSettings

SCRIPT = """
import json, sys
from pathlib import Path
import numpy as np
import torch
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.manifest.labels import LabelSpace
from fieldmark.training import watching
from fieldmark.training.data import TrainingImages
from fieldmark.training.distributed import rank_and_world
from fieldmark.training.fit import fine_tune
from fieldmark.training.settings import TrainingSettings
from fieldmark.training.watching import Judge

folder, devices = Path(sys.argv[1]), int(sys.argv[2])
paths = {path.stem: path for path in sorted((folder / "pictures").iterdir())}
labels = np.array([int(name) % 3 for name in paths])
images = TrainingImages(paths, labels, LabelSpace(("red", "green", "blue")))
plain, work = watching.scores_of, folder / f"work-{devices}"

def scores_of(network, files, contract, *, batch_size, regions=None):
    rank, _ = rank_and_world()
    with (folder / f"predicted-{devices}-{rank}.txt").open("a") as stream:
        stream.write("".join(f"{file.stem}\\n" for file in files))
    return plain(network, files, contract, batch_size=batch_size, regions=regions)

def judge(scores):
    rank, _ = rank_and_world()
    np.save(folder / f"scores-{devices}-{rank}.npy", scores)
    return float((scores.argmax(axis=1) == labels).mean())

watching.scores_of = scores_of
size = {"resize_size": 32, "crop_size": 32}
spec = BackboneSpec("resnet10t", preprocessing=size)
settings = TrainingSettings(epochs=1, batch_size=4, devices=devices, ema=0.5)
monitor = Judge("validation", paths, judge)
model = fine_tune(spec, images, settings=settings, seed=0, folder=work, monitor=monitor)
if rank_and_world()[0] == 0:
    found = model.predict_scores(list(paths.values()))
    np.save(folder / f"after-{devices}.npy", found)
    (folder / f"record-{devices}.json").write_text(json.dumps(model.record))
"""


@pytest.mark.slow
@pytest.mark.parametrize("started", ["forked", "torchrun"])
def test_two_processes_predict_every_item_once(coloured, tmp_path: Path, started: str) -> None:
    pictures = coloured(13)
    for path in pictures.paths.values():
        path.rename(path.with_name(f"{int(path.stem)}.png"))
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launcher = ["-m", "torch.distributed.run", "--nproc_per_node=2", f"--master_port={port}"]
    command = [sys.executable, *(launcher if started == "torchrun" else []), str(script)]
    done = subprocess.run(
        [*command, str(tmp_path), "2"],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "MASTER_ADDR": "127.0.0.1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    predicted = [(tmp_path / f"predicted-2-{rank}.txt").read_text().split() for rank in (0, 1)]
    assert (len(predicted[0]), len(predicted[1])) == (7, 6)
    assert sorted(predicted[0] + predicted[1], key=int) == [str(number) for number in range(13)]
    first, second = (np.load(tmp_path / f"scores-2-{rank}.npy") for rank in (0, 1))
    assert np.array_equal(first, second), "both processes judge the same table"
    record = json.loads((tmp_path / "record-2.json").read_text())
    labels = np.array([int(path.stem) % 3 for path in sorted((tmp_path / "pictures").iterdir())])
    assert record["monitor_curve"] == [float((first.argmax(axis=1) == labels).mean())]
    assert np.allclose(np.load(tmp_path / "after-2.npy"), first, atol=1e-5)


def test_one_process_is_the_whole_group() -> None:
    scores = np.arange(6, dtype=np.float32).reshape(3, 2)
    assert np.array_equal(gather_scores(part_of(3, rank=0, world=1), scores, items=3), scores)
    assert strategy_of(TrainingSettings()) == "auto"


@pytest.mark.parametrize("positions", [[0, 1], [0, 1, 1], [0, 1, 2, 2], [0, 1, 3]])
def test_an_item_that_is_not_predicted_once_is_refused(positions: list[int]) -> None:
    part = np.array(positions), np.zeros((len(positions), 2), dtype=np.float32)
    with pytest.raises(PredictionsError, match="every one of 3 items to be predicted once"):
        joined([part], items=3)
