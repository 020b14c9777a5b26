"""A study survives what happens to it: kills, full disks, jumping clocks, two runs at once.

Every run here is a process of its own with a cheap task, whose journal says what was begun.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState

# Forks a runner for every line on standard input, so that the imports are paid once. With the word
# "child" a cell is worked on by a child of the runner.
RUNS = """
import os, subprocess, sys, time
from pathlib import Path
from fieldmark.core.errors import RunFailedError
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.runner import run_missing

root, count, kind = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
cells = [RunSpec("probe", seed, settings_digest="s") for seed in range(count)]

def note(name, text):
    journal = os.open(root / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(journal, f"{text}\\n".encode())
    os.close(journal)

def work(spec, folder):
    (folder / "scores.txt").write_text(spec.id * 100)
    (folder / "more.txt").write_text(spec.id)

def task(spec, folder, progress):
    note("begun", spec.id)
    if kind == "child":
        child = os.fork()
        if not child:
            time.sleep(0.02)
            work(spec, folder)
            os._exit(0)
        note("children", child)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code:
            raise RuntimeError(f"the child ended with {code}")
    else:
        work(spec, folder)
    return {"scores": 1}

def go():
    try:
        summary = run_missing(cells, task, Ledger(root / "results"))
    except RunFailedError as error:
        print(error, file=sys.stderr)
        return 1
    print(summary.sentence, file=sys.stderr)
    return summary.exit_code

for line in sys.stdin:
    runner = os.fork()
    if not runner:
        os._exit(go())
    print(runner, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(runner, 0)[1]), flush=True)
"""


class Runs:
    """Starts runners one after another, to be killed or waited for."""

    def __init__(self, root: Path, count: int, kind: str = "plain") -> None:
        self.root, self.ledger = root, Ledger(root / "results")
        self.cells = [RunSpec("probe", seed, settings_digest="s") for seed in range(count)]
        self.server = subprocess.Popen(
            [sys.executable, "-c", RUNS, str(root), str(count), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self) -> int:
        assert self.server.stdin is not None
        self.server.stdin.write("go\n")
        self.server.stdin.flush()
        return int(self._said())

    def wait(self) -> int:
        return int(self._said())

    def end(self) -> str:
        """Let the server end and return what the runners said."""
        return self.server.communicate(timeout=60)[1]

    def begun(self, name: str = "begun") -> list[str]:
        path = self.root / name
        return path.read_text().split() if path.is_file() else []

    def done(self) -> set[str]:
        records = self.ledger.records(self.cells)
        return {record.cell for record in records if record.state is CellState.DONE}

    def check(self, done: set[str]) -> None:
        """Every cell that counts as done holds all that the task wrote."""
        for spec in self.cells:
            if spec.id in done:
                self.ledger.verify(spec)
                folder = self.ledger.result(spec)
                assert (folder / "scores.txt").read_text() == spec.id * 100
                assert (folder / "more.txt").read_text() == spec.id

    def _said(self) -> str:
        assert self.server.stdout is not None
        return self.server.stdout.readline()


@pytest.fixture
def start_runs(tmp_path: Path) -> Iterator[object]:
    started: list[Runs] = []

    def start(count: int, kind: str = "plain", root: Path | None = None) -> Runs:
        started.append(Runs(root or tmp_path, count, kind))
        return started[-1]

    yield start
    for runs in started:
        runs.server.kill()
        runs.server.communicate()


def wait_for(path: Path, *, lines: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if path.is_file() and len(path.read_text().split()) >= lines:
            return
        time.sleep(0.001)
    raise AssertionError(f"{path} has fewer than {lines} lines")


@pytest.mark.slow
def test_fifty_kills_lose_no_cell_and_do_none_twice(start_runs) -> None:
    chance = random.Random(0)
    runs = start_runs(600)
    done: set[str] = set()
    kills = 0
    for _ in range(50):
        begun = len(runs.begun())
        process = runs.start()
        wait_for(runs.root / "begun", lines=begun + 1)
        time.sleep(chance.uniform(0, 0.06))
        os.kill(process, signal.SIGKILL)
        kills += runs.wait() == -signal.SIGKILL
        assert done & set(runs.begun()[begun:]) == set(), "a done cell was run again"
        before, done = done, runs.done()
        assert before <= done, "a done cell was lost"
        runs.check(done - before)
        assert "running" not in states_of(runs.ledger, runs.cells)
    assert kills == 50
    begun = len(runs.begun())
    runs.start()
    assert runs.wait() == 0
    assert done & set(runs.begun()[begun:]) == set()
    assert runs.done() == {spec.id for spec in runs.cells}
    runs.check(runs.done())
    # a cell is begun again only when a kill came before its result was in place
    again = Counter(runs.begun())
    assert sum(again.values()) - len(again) <= kills
    assert [path for path in runs.ledger.folder.rglob("*") if ".partial" in path.name] == []


@pytest.mark.slow
def test_killed_children_fail_their_cells_and_the_next_run_does_them(start_runs) -> None:
    chance = random.Random(1)
    runs = start_runs(12, "child")
    killed = 0
    runs.start()
    for child in range(1, 9):
        wait_for(runs.root / "children", lines=child)
        if child % 2:
            time.sleep(chance.uniform(0, 0.005))
            try:
                os.kill(int(runs.begun("children")[child - 1]), signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                continue
    assert runs.wait() == 1
    records = runs.ledger.records(runs.cells)
    failed = [record for record in records if record.state is CellState.FAILED]
    assert 0 < len(failed) <= killed
    assert {record.error for record in failed} == {"RuntimeError: the child ended with -9"}
    logs = [runs.ledger.log_path(spec).is_file() for spec in runs.cells]
    assert logs == [record.state is CellState.FAILED for record in records]
    runs.check(runs.done())
    begun, done = len(runs.begun()), runs.done()
    runs.start()
    assert runs.wait() == 0
    assert set(runs.begun()[begun:]) == {record.cell for record in failed}
    assert done < runs.done() == {spec.id for spec in runs.cells}


@pytest.mark.slow
def test_two_runs_at_once_do_every_cell_once_and_both_end_well(start_runs) -> None:
    first, second = start_runs(80), start_runs(80)
    first.start()
    second.start()
    assert (first.wait(), second.wait()) == (0, 0)
    assert Counter(first.begun()) == Counter({spec.id: 1 for spec in first.cells})
    first.check(first.done())
    for said in (first.end(), second.end()):
        assert said.startswith("All 80 cells are done:") or "Waiting" in said


def test_a_run_takes_over_what_another_leaves_when_it_is_killed(start_runs) -> None:
    first, second = start_runs(6, "child"), start_runs(6, "child")
    process = first.start()
    wait_for(first.root / "children", lines=1)
    second.start()
    os.kill(process, signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert second.wait() == 0
    assert second.done() == {spec.id for spec in second.cells}
    second.check(second.done())


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB; the rest of the test is skipped where none can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a tiny disk needs root")
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no tiny disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_fills_ends_the_run_and_the_next_goes_on(tiny_disk: Path, start_runs) -> None:
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(bytes(24 * 1024))
    runs = start_runs(40, root=tiny_disk)
    runs.start()
    assert runs.wait() == 1
    done = runs.done()
    assert 0 < len(done) < 40
    runs.check(done)
    states = {record.state.value for record in runs.ledger.records(runs.cells)}
    assert states <= {"done", "planned"}
    subprocess.run(["mount", "-o", "remount,size=4m", str(tiny_disk)], check=True)
    begun = len(runs.begun())
    runs.start()
    assert runs.wait() == 0
    assert done & set(runs.begun()[begun:]) == set()
    runs.check(runs.done())
    assert len(runs.done()) == 40
    first, second = runs.end().splitlines()
    assert first.startswith(f"There is no room left on the disk of {tiny_disk / 'results'}: ")
    assert second.startswith("All 40 cells are done: ")


def stamp_all(folder: Path, *, hours: float) -> None:
    for path in folder.rglob("*"):
        found = path.stat()
        moved = found.st_mtime + 3600 * hours
        os.utime(path, (moved, moved))


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_jumps_changes_no_state(start_runs, hours: float, monkeypatch) -> None:
    runs = start_runs(4)
    runs.start()
    assert runs.wait() == 0
    before = states_of(runs.ledger, runs.cells)
    stamp_all(runs.ledger.folder, hours=hours)
    monkeypatch.setattr("time.time", lambda: 3600 * hours)
    assert states_of(runs.ledger, runs.cells) == before
    begun = runs.begun()
    runs.start()
    assert runs.wait() == 0
    assert runs.begun() == begun


def states_of(ledger: Ledger, cells: Sequence[RunSpec]) -> list[str]:
    return [record.state.value for record in ledger.records(cells)]
