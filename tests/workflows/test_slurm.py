"""Studies on a real SLURM: a controller, virtual nodes and munge in a sandbox on this machine."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldmark.core.digests import digest_of_file
from fieldmark.experiments.engines.settings import SlurmSettings
from fieldmark.experiments.engines.slurm import SlurmRun, run_on_slurm
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec

SANDBOX = Path(__file__).parents[2] / "scripts" / "slurm-sandbox"
NODES = 3

# One cluster, in one of the processes that share the tests.
pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.xdist_group("slurm")]


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Start a cluster for the session, or skip where there is none to start."""
    pytest.importorskip("submitit", reason="submitit is not installed (extra 'cluster')")
    missing = [name for name in ("slurmctld", "slurmd", "munged") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"there is no {missing[0]} here; scripts/slurm-sandbox install brings it")
    variables = {
        # Short, because the path of a socket may not be long.
        "SLURM_SANDBOX": f"/tmp/fieldmark-slurm-{os.getpid()}",
        "SLURM_SANDBOX_PORT": str(20000 + os.getpid() % 1000 * 10),
    }
    environment = os.environ | variables
    up = subprocess.run(
        [str(SANDBOX), "up", "--nodes", str(NODES)], env=environment, capture_output=True, text=True
    )
    assert up.returncode == 0, up.stderr
    (conf,) = re.findall(r"^export SLURM_CONF=(.*)$", up.stdout, flags=re.MULTILINE)
    yield variables | {"SLURM_CONF": conf}
    subprocess.run([str(SANDBOX), "down"], env=environment, check=True, capture_output=True)
    shutil.rmtree(variables["SLURM_SANDBOX"])


@pytest.fixture
def slurm(sandbox: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that calls a command of SLURM and gives what it prints."""
    for name, value in sandbox.items():
        monkeypatch.setenv(name, value)
    source = Path(__file__).parents[2] / "src"
    monkeypatch.setenv("PYTHONPATH", f"{source}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")

    def ask(*words: str) -> str:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()

    return ask


@pytest.fixture
def twelve(judged_only: Path) -> Path:
    """Return a study of twelve cells that were predicted elsewhere: quick, and without torch."""
    study = judged_only / "study.yaml"
    text = study.read_text(encoding="utf-8")
    contenders = "".join(
        f"  model-{one:02d}: {{predictions: incumbent.csv}}\n" for one in range(12)
    )
    study.write_text(f"{text[: text.index('contenders:')]}contenders:\n{contenders}")
    return judged_only


def until(is_so: Callable[[], object], seconds: float = 120) -> None:
    limit = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.1)


def scores(folder: Path) -> dict[str, str]:
    """Return the digest of every array of scores of a study, by its place."""
    cells = folder / "results" / "tiny" / "cells"
    found = cells.rglob("result/predictions/*/scores.npy")
    return {path.relative_to(cells).as_posix(): digest_of_file(path) for path in found}


def test_twelve_cells_are_done_and_equal_those_of_one_process(
    call, slurm, twelve: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(twelve, tmp_path / "copy"))
    said = call("run", twelve, "--engine", "slurm", "--engine-set", "slurm.cells_per_task=4")
    assert (said.code, said.out) == (0, "All 12 cells are done: 12 ran now.\n"), said.err
    assert "Submitted 12 cells in 3 tasks as job " in said.err
    assert call("run", copy).code == 0
    assert scores(twelve) == scores(copy)
    assert len(scores(copy)) == 12


def test_trained_cells_equal_those_of_one_process(call, slurm, fresh: Path, finished: Path) -> None:
    said = call("run", fresh, "--engine", "slurm", "--engine-set", "slurm.cells_per_task=3")
    assert (said.code, said.out) == (0, "All 3 cells are done: 3 ran now.\n"), said.err
    assert scores(fresh) == scores(finished)


def test_a_failing_cell_is_reported_and_the_others_are_done(call, slurm, twelve: Path) -> None:
    study = twelve / "study.yaml"
    (twelve / "wrong.csv").write_text("id,label,score:a\nx,a,1.0\n")
    study.write_text(
        study.read_text().replace("07: {predictions: incumbent", "07: {predictions: wrong")
    )
    said = call("run", twelve, "--engine", "slurm", "--engine-set", "slurm.cells_per_task=4")
    assert said.code == 1
    assert "11 of 12 cells are done: 11 ran now. 1 failed: 'model-07/seed-free'" in said.err
    assert "Traceback" not in said.err
    assert "model-07/seed-free  failed" in re.sub(" {2,}", "  ", call("status", twelve).out)


STEPS = 60
COUNTING = f"""
import sys, time
from pathlib import Path
from fieldmark.experiments.cell_choice import choose_cells
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.runner import run_missing

folder = Path(sys.argv[1])

def task(spec, place, progress):
    state = folder / "step"
    first = int(state.read_text()) if state.exists() else 0
    print(f"begins at step {{first}}", flush=True)
    for step in range(first, {STEPS}):
        time.sleep(0.1)
        (folder / "next").write_text(str(step + 1))
        (folder / "next").rename(state)
    (place / "scores.txt").write_text("counted")
    return {{}}

cells = choose_cells([RunSpec("counts", 0, settings_digest="s")], sys.argv[2])
sys.exit(run_missing(cells, task, Ledger(folder / "results")).exit_code)
"""


@dataclass(frozen=True)
class CountingCall:
    """Launches a cell that counts slowly and keeps a checkpoint of how far it is."""

    folder: Path

    def command(self, cells: str) -> list[str]:
        return [sys.executable, "-c", COUNTING, str(self.folder), cells]


def test_a_cell_whose_node_dies_goes_on_from_its_checkpoint(slurm, tmp_path: Path) -> None:
    cells, ledger = [RunSpec("counts", 0, settings_digest="s")], Ledger(tmp_path / "results")
    run = SlurmRun("counting", CountingCall(tmp_path), SlurmSettings(), tmp_path / "engines")
    (job,) = run_on_slurm(cells, run, ledger, wait=False)
    state = tmp_path / "step"
    until(lambda: state.exists() and int(state.read_text()) >= 5)
    node = slurm("squeue", "--noheader", f"--jobs={job}", "--format=%N")
    slurm(str(SANDBOX), "kill", node)
    reached = state.read_text()
    time.sleep(0.5)
    assert state.read_text() == reached, "the cell was not killed"
    assert int(reached) < STEPS
    summary = run_on_slurm(cells, run, ledger)
    assert summary.sentence == "The only cell is done: 1 ran now."
    (log,) = run.folder.rglob(f"{job}_0_log.out")
    assert re.findall(r"begins at step (\d+)", log.read_text()) == ["0", reached]


def test_a_cancelled_array_is_resumed_by_the_next_run(call, slurm, twelve: Path) -> None:
    one_by_one = ["--engine", "slurm", "--engine-set", "slurm.at_once=1"]
    said = call("run", twelve, *one_by_one, "--engine-set", "slurm.cells_per_task=3", "--no-wait")
    assert said.code == 0
    (job,) = re.findall(r"^In SLURM's queue as job (\d+)\. Look with", said.out)
    until(lambda: scores(twelve))
    slurm("scancel", job)
    until(lambda: not slurm("squeue", "--noheader", "--me"))
    before = len(scores(twelve))
    assert 1 <= before < 12
    said = call("run", twelve, "--engine", "slurm", "--engine-set", "slurm.cells_per_task=6")
    assert said.code == 0, said.err
    was = "was" if before == 1 else "were"
    told = f"All 12 cells are done: {12 - before} ran now, {before} {was} done before.\n"
    assert said.out == told


def test_a_partition_that_does_not_exist_is_told_by_sbatch(call, slurm, twelve: Path) -> None:
    said = call("run", twelve, "--engine", "slurm", "--engine-set", "slurm.partition=nowhere")
    assert said.code == 2
    assert said.err.startswith("fieldmark: SLURM refuses the job: invalid partition specified: now")
    assert "Traceback" not in said.err


def test_a_folder_that_was_carried_runs_by_its_own_scripts(
    call, slurm, twelve: Path, tmp_path: Path, monkeypatch
) -> None:
    out = tmp_path / "parcel"
    packs = ["--engine-set", "slurm.cells_per_task=6"]
    assert call("run", twelve, "--engine", "script", "--out", out, *packs).code == 0
    monkeypatch.setenv("FIELDMARK_PYTHON", sys.executable)
    monkeypatch.setenv("FIELDMARK_IMAGES", str(twelve / "data"))
    slurm("bash", str(out / "submit.sh"), "--partition=main")
    until(lambda: not slurm("squeue", "--noheader", "--me"))
    assert "Packed 12 of 12 cells." in slurm("bash", str(out / "collect.sh"))
    monkeypatch.delenv("FIELDMARK_IMAGES")
    said = call("collect", twelve, out / "results-tiny.tar.gz")
    assert said.out == "12 of 12 cells taken in.\n", said.err
