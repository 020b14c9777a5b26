"""A study that needs no images and no torch: its cells write their id, or do as their name says."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec

CELLS = 4

PROGRAM = """
import json, os, signal, sys, time
from pathlib import Path
from fieldmark.experiments.cell_choice import cells_named, choose_cells
from fieldmark.experiments.engines.calls import ended_line
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.runner import run_missing

folder, names, words = Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3]
plan = [RunSpec(name, seed, settings_digest="s") for name in names for seed in range(4)]

def task(spec, place, progress):
    with (folder / "journal").open("a") as stream:
        stream.write(spec.id + "\\n")
    with (folder / "processes").open("a") as stream:
        stream.write(f"{os.getpid()}\\n")
    tried = (folder / "journal").read_text().split().count(spec.id)
    print(f"at work on {spec.id}", flush=True)
    if spec.contender == "fails":
        raise ValueError("boom")
    if spec.contender == "dies" or (spec.contender == "dies-once" and tried == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if spec.contender == "slow":
        time.sleep(60)
    (place / "scores.txt").write_text(spec.id)
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES")
    cores = len(os.sched_getaffinity(0))
    return {"process": os.getpid(), "cores": cores} | {name: os.environ.get(name) for name in names}

ledger = Ledger(folder / "results")
if words == "-":
    for line in sys.stdin:
        run_missing(cells_named(plan, [line.strip()]), task, ledger, wait=False)
        print(ended_line(line.strip()), flush=True)
else:
    sys.exit(run_missing(choose_cells(plan, words), task, ledger).exit_code)
"""


@dataclass(frozen=True)
class PlayCall:
    """Launches the program above as a study would be."""

    folder: Path
    contenders: tuple[str, ...]

    def command(self, cells: str) -> list[str]:
        file = self.folder / "program.py"
        file.write_text(PROGRAM, encoding="utf-8")
        return [sys.executable, str(file), str(self.folder), ",".join(self.contenders), cells]


@dataclass(frozen=True)
class Play:
    """The cells of some contenders, how they are launched, and where their results lie."""

    call: PlayCall
    cells: tuple[RunSpec, ...]
    ledger: Ledger

    def journal(self) -> list[str]:
        """Return the ids of the cells that were begun, in order."""
        return (self.call.folder / "journal").read_text().split()

    def states(self) -> list[str]:
        return [record.state.value for record in self.ledger.records(self.cells)]


@pytest.fixture
def play(tmp_path: Path):
    """Return a function that makes such a study; each contender has four seeds."""

    def make(*contenders: str, seeds: int = CELLS) -> Play:
        cells = tuple(
            RunSpec(name, seed, settings_digest="s") for name in contenders for seed in range(seeds)
        )
        return Play(PlayCall(tmp_path, contenders), cells, Ledger(tmp_path / "results"))

    return make


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that makes a command of SLURM a script; those that it needs are there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def make(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    for name in ("sbatch", "srun", "squeue"):
        make(name, "true")
    return make
