import os
import signal
import subprocess
import sys
import time

import pytest

from fieldmark.experiments.engines.local import run_locally
from fieldmark.experiments.engines.settings import LocalSettings
from fieldmark.experiments.locks import try_lock

TWO = LocalSettings(workers=2, threads=1)


def run(study, settings: LocalSettings = TWO, progress=None):
    return run_locally(study.cells, study.call, study.ledger, settings=settings, progress=progress)


def test_every_cell_runs_once_on_two_lasting_processes(play, listener) -> None:
    study = play("good")
    summary = run(study, progress=listener)
    assert summary.sentence == "All 4 cells are done: 4 ran now."
    assert sorted(study.journal()) == sorted(spec.id for spec in study.cells)
    processes = {study.ledger.record(spec).facts["process"] for spec in study.cells}
    assert 1 <= len(processes) <= 2
    assert listener.steps == [("cells", 4, 4)]
    assert any(line.startswith("worker 0: at work on good/seed-") for line in listener.said)
    told = [line for line in listener.said if ": done in " in line]
    assert len(told) == 4
    assert told[-1].endswith(")."), told
    assert run(study).sentence == "All 4 cells are done: 4 were done before."
    assert len(study.journal()) == 4


def test_workers_are_pinned_to_threads_cores_and_devices(play) -> None:
    study = play("good")
    run(study, LocalSettings(workers=2, threads=1, devices=(3, "MIG-7")))
    facts = [study.ledger.record(spec).facts for spec in study.cells]
    assert {one["OMP_NUM_THREADS"] for one in facts} == {"1"}
    assert {one["MKL_NUM_THREADS"] for one in facts} == {"1"}
    assert {one["CUDA_VISIBLE_DEVICES"] for one in facts} <= {"3", "MIG-7"}
    if len(os.sched_getaffinity(0)) >= 2:
        assert {one["cores"] for one in facts} == {1}


def test_a_failing_cell_is_reported_and_the_others_are_done(play, listener) -> None:
    study = play("fails", "good", seeds=2)
    summary = run(study, progress=listener)
    assert summary.failed == {f"fails/seed-{seed}": "ValueError: boom" for seed in (0, 1)}
    assert summary.exit_code == 1
    assert study.states() == ["failed", "failed", "done", "done"]


def test_a_cell_whose_process_dies_is_tried_once_more(play, listener) -> None:
    study = play("dies-once", seeds=2)
    assert run(study, progress=listener).is_complete
    assert sorted(study.journal()) == sorted(2 * [spec.id for spec in study.cells])
    told = "dies-once/seed-0: its process was killed by SIGKILL; it is tried once more."
    assert told in listener.said


def test_a_cell_that_kills_two_processes_has_failed(play, listener) -> None:
    study = play("dies", "good", seeds=2)
    summary = run(study, progress=listener)
    told = "its process was killed by SIGKILL, 2 times in a row"
    assert summary.failed == {f"dies/seed-{seed}": told for seed in (0, 1)}
    assert study.states() == ["failed", "failed", "done", "done"]
    error = study.ledger.record(study.cells[0]).error
    assert error == f"{told}\nat work on dies/seed-0"
    assert "at work on dies/seed-0" in study.ledger.log_path(study.cells[0]).read_text()


def test_a_process_that_cannot_be_had_fails_the_cell_and_nothing_hangs(play, monkeypatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("fieldmark.experiments.engines.worker.subprocess.Popen", refuse)
    summary = run(play("good", seeds=2))
    told = "its process could not be had ([Errno 12] Cannot allocate memory)"
    assert summary.failed == {"good/seed-0": told, "good/seed-1": told}


def test_a_cell_of_another_process_is_left_to_it(play) -> None:
    study = play("good")
    with try_lock(study.ledger.lock_path(study.cells[1])):
        summary = run(study)
    assert summary.elsewhere == ("good/seed-1",)
    assert len(summary.ran) == 3


def test_nothing_to_do_starts_nobody(play) -> None:
    study = play()
    assert run(study).sentence == "There is nothing to run."


INTERRUPTED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from conftest import Play, PlayCall
from fieldmark.experiments.engines.local import run_locally
from fieldmark.experiments.engines.settings import LocalSettings
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec

folder = Path(sys.argv[1])
cells = [RunSpec(n, s, settings_digest="s") for n in ("good", "slow") for s in range(4)]
call = PlayCall(folder, ("good", "slow"))
run_locally(cells, call, Ledger(folder / "results"), settings=LocalSettings(workers=2, threads=1))
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupt_ends_all_workers_and_loses_nothing(play, sign: signal.Signals) -> None:
    study = play("good", "slow")
    here = os.path.dirname(__file__)  # noqa: PTH120
    command = [sys.executable, "-c", INTERRUPTED, str(study.call.folder), here]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        limit = time.monotonic() + 60
        while study.states()[4:].count("running") < 2 and time.monotonic() < limit:
            time.sleep(0.02)
        started = time.monotonic()
        process.send_signal(sign)
        process.wait(timeout=30)
    assert process.returncode != 0
    assert study.states()[:4] == ["done"] * 4
    if sign is signal.SIGINT:
        assert time.monotonic() - started < 10
        assert study.states()[4:] == ["planned"] * 4
        assert not list(study.ledger.folder.rglob(".partial-*"))
    else:  # workers end after the cell at hand; this one would take a minute
        for worker in set((study.call.folder / "processes").read_text().split()):
            os.kill(int(worker), signal.SIGKILL)
