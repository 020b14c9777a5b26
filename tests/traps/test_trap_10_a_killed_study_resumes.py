import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState

CELLS = [RunSpec("probe", seed, settings_digest="s") for seed in range(16)]

RUNNER = """
import sys, time
from pathlib import Path
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.runner import run_missing

def task(spec, folder, progress):
    for number in range(4):
        (folder / f"part-{number}.txt").write_text(f"{spec.id} {number}" * 1000)
        time.sleep(0.004)
    return {"seed": spec.seed}

cells = [RunSpec("probe", seed, settings_digest="s") for seed in range(16)]
sys.stdout.write("ready\\n")
sys.stdout.flush()
summary = run_missing(cells, task, Ledger(Path(sys.argv[1])))
sys.stdout.write(summary.sentence + "\\n")
sys.exit(summary.exit_code)
"""


def run(folder: Path, *, kill_after: float | None) -> tuple[int, str]:
    """Run the study in a process of its own, killed outright after some seconds of work."""
    command = [sys.executable, "-c", RUNNER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if kill_after is not None:
            time.sleep(kill_after)
            process.send_signal(signal.SIGKILL)
        said = process.stdout.read()
    return process.returncode, said


def finished(ledger: Ledger) -> dict[str, bytes]:
    """Return the stored record of every cell that counts as done, after reading every output."""
    done = [spec for spec in CELLS if ledger.record(spec).state is CellState.DONE]
    for spec in done:
        ledger.verify(spec)
        assert len(ledger.record(spec).outputs) == 4
    return {spec.id: (ledger.result(spec) / "record.json").read_bytes() for spec in done}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.txt")
        if path.is_file()
    }


def test_trap_10_a_killed_study_goes_on_where_it_was(tmp_path: Path) -> None:
    chance = random.Random(10)
    ledger = Ledger(tmp_path / "killed")
    before: dict[str, bytes] = {}
    for _ in range(6):
        code, _ = run(ledger.folder, kill_after=chance.uniform(0.0, 0.12))
        after = finished(ledger)
        assert code in (-signal.SIGKILL, 0)
        assert {cell: after[cell] for cell in before} == before, "a finished cell was done again"
        before = after
    code, said = run(ledger.folder, kill_after=None)
    assert code == 0
    assert said.startswith("All 16 cells are done: ")
    whole = finished(ledger)
    assert len(whole) == len(CELLS)
    assert {cell: whole[cell] for cell in before} == before
    assert not list(ledger.folder.rglob(".partial*"))

    run(tmp_path / "whole", kill_after=None)
    assert contents(ledger.folder) == contents(tmp_path / "whole")
