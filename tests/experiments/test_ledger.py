import time
from pathlib import Path

import pytest

from fieldmark.core.errors import StoreError
from fieldmark.core.progress import SilentProgress
from fieldmark.core.storage import atomic_directory, write_json
from fieldmark.experiments.beating import beating
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.locks import try_lock
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState, RunRecord, seal

CELL = RunSpec("probe", 0, settings_digest="s")


def blank(spec: RunSpec, state: CellState = CellState.RUNNING) -> RunRecord:
    return RunRecord(
        cell=spec.id, state=state, inputs_digest=spec.inputs_digest, finished="2025-05-05"
    )


def finish(ledger: Ledger, spec: RunSpec) -> None:
    with atomic_directory(ledger.result_folder(spec)) as folder:
        (folder / "scores.txt").write_text("0.5")
        seal(folder, blank(spec), facts={"images": 3})


def fail(ledger: Ledger, spec: RunSpec) -> None:
    record = blank(spec, CellState.FAILED).model_copy(update={"error": "ValueError: no"})
    ledger.write_failure(record, spec, log="the whole story")


def test_every_cell_has_its_folder(ledger: Ledger) -> None:
    folder = ledger.folder / "cells" / "probe" / "seed-0"
    assert ledger.cell_folder(CELL) == folder
    assert ledger.result_folder(CELL) == folder / "result"
    assert ledger.log_path(CELL) == folder / "log.txt"
    assert ledger.lock_path(CELL) == folder / "lock"


def test_asking_writes_nothing(ledger: Ledger) -> None:
    assert ledger.record(CELL).state is CellState.PLANNED
    assert not ledger.folder.exists()


def test_a_sealed_result_is_done(ledger: Ledger) -> None:
    finish(ledger, CELL)
    record = ledger.record(CELL)
    assert record.state is CellState.DONE
    assert record.facts == {"images": 3}
    assert ledger.result(CELL) == ledger.result_folder(CELL)
    ledger.verify(CELL)


def test_records_come_in_the_order_of_the_plan(ledger: Ledger, cells: tuple[RunSpec, ...]) -> None:
    finish(ledger, cells[1])
    fail(ledger, cells[2])
    records = ledger.records(cells)
    assert [record.cell for record in records] == [spec.id for spec in cells]
    assert [record.state.value for record in records] == ["planned", "done", "failed"]


def test_changed_inputs_make_a_result_stale(ledger: Ledger) -> None:
    finish(ledger, CELL)
    changed = CELL.with_inputs("new")
    record = ledger.record(changed)
    assert record.state is CellState.STALE
    assert record.detail == "its inputs changed since 2025-05-05"
    assert ledger.record(CELL).state is CellState.DONE


def test_a_failure_counts_for_the_inputs_that_failed(ledger: Ledger) -> None:
    fail(ledger, CELL)
    assert ledger.record(CELL).state is CellState.FAILED
    assert ledger.record(CELL).error == "ValueError: no"
    assert ledger.log_path(CELL).read_text() == "the whole story"
    assert ledger.record(CELL.with_inputs("new")).state is CellState.PLANNED
    ledger.forget_failure(CELL)
    ledger.forget_failure(CELL)
    assert ledger.record(CELL).state is CellState.PLANNED


def test_a_failed_second_attempt_hides_the_stale_result(ledger: Ledger) -> None:
    finish(ledger, CELL)
    changed = CELL.with_inputs("new")
    fail(ledger, changed)
    assert ledger.record(changed).state is CellState.FAILED
    assert ledger.record(CELL).state is CellState.DONE


@pytest.mark.parametrize(
    ("damage", "detail"),
    [
        (lambda folder: (folder / "scores.txt").unlink(), "scores.txt of its result is missing"),
        (lambda folder: (folder / "scores.txt").write_text("0"), "or has another length"),
        (lambda folder: (folder / "record.json").unlink(), "record of its result is missing or"),
        (lambda folder: (folder / "record.json").write_text("{"), "is missing or damaged"),
    ],
)
def test_a_damaged_result_is_not_done(ledger: Ledger, damage: object, detail: str) -> None:
    finish(ledger, CELL)
    assert callable(damage)
    damage(ledger.result_folder(CELL))
    record = ledger.record(CELL)
    assert record.state is CellState.STALE
    assert detail in str(record.detail)


def test_a_result_that_was_carried_here_from_another_cell_is_not_done(ledger: Ledger) -> None:
    other = RunSpec("copy", 0, settings_digest="s")
    finish(ledger, CELL)
    ledger.cell_folder(other).mkdir(parents=True)
    ledger.result_folder(CELL).rename(ledger.result_folder(other))
    assert other.inputs_digest == CELL.inputs_digest
    assert ledger.record(other).detail == "its result belongs to the cell 'probe/seed-0'"
    assert ledger.record(other).state is CellState.STALE


def test_a_cell_is_running_while_somebody_holds_its_lock(ledger: Ledger) -> None:
    with try_lock(ledger.lock_path(CELL)):
        record = ledger.record(CELL)
        assert record.state is CellState.RUNNING
        assert "run by process " in str(record.detail)
        assert ledger.settled_record(CELL).state is CellState.PLANNED
        finish(ledger, CELL)
        assert ledger.record(CELL).state is CellState.DONE


def test_a_run_that_died_is_told(ledger: Ledger) -> None:
    ledger.lock_path(CELL).parent.mkdir(parents=True)
    ledger.lock_path(CELL).write_text("process 1 on there since then")
    record = ledger.record(CELL)
    assert record.state is CellState.PLANNED
    assert record.detail == ("an earlier run died without a result (process 1 on there since then)")
    finish(ledger, CELL)
    stale = ledger.record(CELL.with_inputs("new"))
    assert str(stale.detail).startswith("its inputs changed since 2025-05-05; an earlier run died")


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (
            lambda ledger: None,
            r"'probe/seed-0' is planned, not done \(it has not run\); run the st",
        ),
        (lambda ledger: fail(ledger, CELL), r"is failed, not done \(ValueError: no\)"),
        (
            lambda ledger: finish(ledger, CELL.with_inputs("old")),
            r"is stale, not done \(its inputs",
        ),
    ],
)
def test_nothing_rests_on_a_cell_that_is_not_done(
    ledger: Ledger, prepare: object, message: str
) -> None:
    assert callable(prepare)
    prepare(ledger)
    with pytest.raises(StoreError, match=message):
        ledger.result(CELL)


def test_an_output_that_was_edited_is_found(ledger: Ledger) -> None:
    finish(ledger, CELL)
    (ledger.result_folder(CELL) / "scores.txt").write_text("0.9")
    assert ledger.record(CELL).state is CellState.DONE
    with pytest.raises(StoreError, match=r"scores.txt is not what the cell 'probe/seed-0' wrote"):
        ledger.verify(CELL)


def test_a_record_that_claims_another_state_is_not_done(ledger: Ledger) -> None:
    finish(ledger, CELL)
    path: Path = ledger.result_folder(CELL) / "record.json"
    write_json(path, blank(CELL, CellState.PLANNED).model_dump(mode="json"))
    with pytest.raises(StoreError, match="is planned, not done"):
        ledger.result(CELL)


def test_a_running_cell_says_how_far_it_is(ledger: Ledger) -> None:
    with try_lock(ledger.lock_path(CELL)), beating(ledger.heartbeat_path(CELL), SilentProgress()):
        assert ledger.record(CELL).progress is None
    with (
        try_lock(ledger.lock_path(CELL)),
        beating(ledger.heartbeat_path(CELL), SilentProgress(), period_seconds=0.01) as progress,
        progress.step("fit", total=4) as step,
    ):
        step.advance(3)
        deadline = time.monotonic() + 10
        while ledger.record(CELL).progress is None and time.monotonic() < deadline:
            time.sleep(0.01)
        told = ledger.record(CELL).progress
    assert told is not None
    assert (told.step, told.total) == ("fit", 4)
    assert ledger.record(CELL).progress is None


def test_the_state_of_a_task_lies_apart_for_each_of_its_inputs(ledger: Ledger) -> None:
    folder = ledger.work_folder(CELL)
    assert folder.parent == ledger.folder / "work" / "probe" / "seed-0"
    assert ledger.work_folder(CELL.with_inputs("new")) != folder
