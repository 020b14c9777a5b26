from pathlib import Path

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.experiments.engines import slurm_waiting
from fieldmark.experiments.engines.slurm_queue import QueuedTask
from fieldmark.experiments.engines.slurm_waiting import wait_for
from fieldmark.experiments.engines.tally import Tally
from fieldmark.experiments.runner import run_missing

PENDING, RUNNING = QueuedTask("PENDING", "Priority"), QueuedTask("RUNNING", "None")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm_waiting, "_FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(slurm_waiting, "_SETTLING_SECONDS", 0.05)


def write(spec, folder, progress):
    if spec.seed == 1:
        raise ValueError("boom")
    (folder / "scores.txt").write_text(spec.id)
    return {}


def test_cells_are_counted_as_they_end(cells, ledger, listener, tmp_path: Path) -> None:
    tally = Tally(cells, ledger, listener, at_once=2)
    queue = iter([{"7_0": PENDING, "7_1": PENDING}, {"7_0": RUNNING, "7_1": PENDING}])

    def ask():
        told = next(queue, None)
        if told is None:
            run_missing(cells, write, ledger)
        return told or {}

    tasks = {"7_0": cells[:2], "7_1": cells[2:]}
    wait_for(tasks, tally, progress=listener, logs=tmp_path, ask=ask)
    summary = tally.summary()
    assert summary.ran == ("probe/seed-0", "knn/seed-free")
    assert summary.failed == {"probe/seed-1": "ValueError: boom"}
    assert listener.said[0] == "SLURM: 2 tasks waiting (Priority), none running."
    assert listener.steps == [("cells", 3, 3)]


def test_a_task_that_left_without_a_result_has_failed(
    cells, ledger, listener, tmp_path: Path
) -> None:
    tally = Tally(cells, ledger, listener, at_once=2)
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "7_0_0_log.out"
    log.write_text("at work\nslurmstepd: error: *** JOB 7 ON n1 CANCELLED ***\nsrun: error: x\n\n")
    (tmp_path / "logs" / "7_1_0_log.out").write_text("\n")
    tasks = {"7_0": cells[:1], "7_1": cells[1:2], "7_2": cells[2:]}
    wait_for(tasks, tally, progress=listener, logs=tmp_path, ask=dict)
    ended = "its task 7_{} of SLURM ended without a result: {}"
    assert tally.summary().failed == {
        "probe/seed-0": ended.format(0, "slurmstepd: error: *** JOB 7 ON n1 CANCELLED ***"),
        "probe/seed-1": ended.format(1, "its log is empty"),
        "knn/seed-free": ended.format(2, "it never began"),
    }
    assert f"(log: {log}); 2 cells left." in listener.said[0]


def test_a_late_result_and_a_task_that_comes_back_count(
    cells, ledger, listener, tmp_path: Path
) -> None:
    tally = Tally(cells[:1], ledger, listener, at_once=1)
    queue = iter([{}, {"7": RUNNING}, {}])

    def ask():
        told = next(queue, None)
        if told is None:
            run_missing(cells[:1], write, ledger)
        return told or {}

    wait_for({"7": cells[:1]}, tally, progress=listener, logs=tmp_path, ask=ask)
    assert tally.summary().is_complete


def test_nothing_is_concluded_while_slurm_does_not_answer(
    cells, ledger, listener, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(slurm_waiting, "_SETTLING_SECONDS", 0.0)
    tally = Tally(cells[:1], ledger, listener, at_once=1)
    asked = []

    def ask():
        asked.append(1)
        if len(asked) < 4:
            raise StudyError("SLURM does not tell its queue: down")
        run_missing(cells[:1], write, ledger)
        return {"7": RUNNING}

    wait_for({"7": cells[:1]}, tally, progress=listener, logs=tmp_path, ask=ask)
    assert tally.summary().is_complete
    assert listener.said[0] == "SLURM does not tell its queue: down; asking again."
    assert len(listener.said) == 2
