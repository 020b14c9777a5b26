"""Extractions that are killed with SIGKILL, in processes of their own."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

SCRIPT = """
import os, signal, sys, time
from pathlib import Path
import numpy as np
from fieldmark.embeddings import shards
from fieldmark.embeddings.encoder_stores import open_store
from fieldmark.embeddings.extraction import extract
from fieldmark.images.contract import PreprocessSpec

images, root, out = (Path(argument) for argument in sys.argv[1:4])
die_in_shard = int(sys.argv[4])

class Encoder:
    contract = PreprocessSpec(resize_size=8, crop_size=8, mean=(0.5,) * 3, std=(0.5,) * 3)
    width, tap, computed = 3, {"backbone": "slow"}, 0

    def encode(self, batch):
        time.sleep(0.01)
        Encoder.computed += len(batch)
        return batch.mean(axis=(2, 3)) + batch.mean(dtype=np.float32)  # depends on the batch

saved, plain = [], np.save

def save_and_die(path, array, **options):
    saved.append(path)
    if len(saved) == 2 * die_in_shard:
        Path(path).write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    plain(path, array, **options)

np.save = save_and_die
encoder = Encoder()
paths = {path.stem: path for path in sorted(images.iterdir())}
found = extract(paths, encoder, open_store(root, encoder), policy="exclude")
np.savez(out, ids=found.ids, vectors=found.vectors, excluded=found.excluded,
         computed=Encoder.computed)
"""

PER_SHARD = 256
N_IMAGES = 1100
BROKEN = ("0003", "0700")


@pytest.fixture
def start(tmp_path: Path, make_images: Callable[[int], dict[str, Path]]) -> Callable:
    paths = make_images(N_IMAGES)
    for name in BROKEN:
        paths[f"i{name}"].write_bytes(b"no picture")
    script = tmp_path / "extract.py"
    script.write_text(SCRIPT)

    def run(root: str, out: str, die_in_shard: int = 0) -> subprocess.Popen:
        command = [sys.executable, script, tmp_path / "images", tmp_path / root, tmp_path / out]
        return subprocess.Popen([*map(str, command), str(die_in_shard)], stderr=subprocess.PIPE)

    return run


def shards_in(root: Path) -> list[Path]:
    return sorted(root.glob("*/shard-*"))


def kill_after_shard(process: subprocess.Popen, root: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(shards_in(root)) < count and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def finish(process: subprocess.Popen, path: Path) -> dict[str, np.ndarray]:
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    with np.load(path) as found:
        return dict(found)


def stored_rows(root: Path) -> list[bytes]:
    return [row.tobytes() for shard in shards_in(root) for row in np.load(shard / "images.npy")]


def test_killed_again_and_again_it_ends_as_if_never_stopped(start, tmp_path: Path) -> None:
    root = tmp_path / "killed"
    for count in (1, 2, 3):
        process = start("killed", "never.npz")
        kill_after_shard(process, root, count)
        assert process.returncode == -signal.SIGKILL
        assert len(shards_in(root)) >= count
    stored = len(stored_rows(root))
    killed = finish(start("killed", "killed.npz"), tmp_path / "killed.npz")
    whole = finish(start("whole", "whole.npz"), tmp_path / "whole.npz")

    assert stored >= 3 * PER_SHARD
    assert killed["computed"] == whole["computed"] - stored
    assert len(stored_rows(root)) == len(set(stored_rows(root))) == N_IMAGES - len(BROKEN)
    assert killed["ids"].tolist() == whole["ids"].tolist()
    assert killed["excluded"].tolist() == whole["excluded"].tolist() == list(BROKEN)
    assert np.array_equal(killed["vectors"], whole["vectors"])
    assert [path.name for path in shards_in(root)] == [
        path.name for path in shards_in(tmp_path / "whole")
    ]


def test_killed_while_writing_a_shard_it_leaves_nothing_half(start, tmp_path: Path) -> None:
    root = tmp_path / "killed"
    process = start("killed", "never.npz", die_in_shard=2)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert len(shards_in(root)) == 1
    assert len(list(root.glob("*/.partial-*"))) == 1

    found = finish(start("killed", "killed.npz"), tmp_path / "killed.npz")
    assert list(root.glob("*/.partial-*")) == []
    assert found["computed"] == N_IMAGES - len(BROKEN) - PER_SHARD
    assert len(stored_rows(root)) == len(set(stored_rows(root))) == N_IMAGES - len(BROKEN)
    assert len(found["ids"]) == N_IMAGES - len(BROKEN)
