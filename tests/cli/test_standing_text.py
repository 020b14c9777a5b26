import pytest

from fieldmark.cli.standing_text import standing_text
from fieldmark.experiments.heartbeat import CellProgress
from fieldmark.experiments.records import CellState, RunRecord
from fieldmark.workflows.standing import Curve, Standing


def record(name: str, state: CellState = CellState.PLANNED, **known: object) -> RunRecord:
    return RunRecord(cell=name, state=state, inputs_digest="d", **known)


def standing(*records: RunRecord, left: float | None = None, **curves: Curve) -> Standing:
    names = tuple(one.cell.split("/")[0] for one in records)
    return Standing(records, names, {"tuned/seed-0": tuple(curves.values())}, left)


def text(found: Standing, *, every_cell: bool = True):
    logs = {one.cell: f"{one.cell}.txt" for one in found.records}
    return standing_text(found, logs, every_cell=every_cell)


DONE = record("knn/seed-0", CellState.DONE, seconds=61.0, finished="2026-01-02T03:04:05+00:00")


def test_what_has_not_run_is_a_question_mark() -> None:
    said = text(standing(DONE, record("knn/seed-1"), left=61.0))
    assert said.rows == (
        ("knn/seed-0", "done", "1 min 1 s", "2026-01-02 03:04:05 UTC"),
        ("knn/seed-1", "planned", "?", "?"),
    )
    assert said.lines == ("1 of 2 cells done; 1 planned; about 1 min 1 s left.",)


def test_nothing_is_foretold_before_anything_is_measured() -> None:
    assert text(standing(record("a/b"))).lines == ("0 of 1 cell done; 1 planned; time left ?.",)


def test_a_running_cell_says_how_far_it_is_with_its_curves() -> None:
    running = record(
        "tuned/seed-0",
        CellState.RUNNING,
        detail="run by process 7",
        progress=CellProgress(step="fine-tune", done=12, total=96),
    )
    curves = {"loss": Curve("loss", (2.0, 1.0)), "metric": Curve("macro_f1", (0.5,))}
    said = text(standing(running, **curves))
    assert said.lines[:2] == (
        "tuned/seed-0: fine-tune 12 of 96 (12%); loss █▁ 1; macro_f1 ▁ 0.5",
        "tuned/seed-0: run by process 7",
    )


def test_progress_without_a_total_has_no_share() -> None:
    running = record("a/b", CellState.RUNNING, progress=CellProgress(step="fit", done=0, total=0))
    assert text(standing(running)).lines[0] == "a/b: fit 0 of 0"


def test_a_failure_says_why_and_where_its_log_is() -> None:
    failed = record("a/b", CellState.FAILED, error="ValueError: no", detail="an earlier run died")
    assert text(standing(failed)).lines[:3] == (
        "a/b: ValueError: no",
        "a/b: an earlier run died",
        "a/b: the log is a/b.txt",
    )


def test_many_cells_are_summed_up_by_contender() -> None:
    failed = [record(f"bad/{seed}", CellState.FAILED, error="no") for seed in range(30)]
    said = text(standing(DONE, record("knn/seed-1"), *failed), every_cell=False)
    assert said.columns[:2] == ("contender", "done")
    assert said.rows == (
        ("knn", "1 of 2", "", "", "", "1", "1 min 1 s"),
        ("bad", "0 of 30", "", "30", "", "", "?"),
    )
    assert len(said.lines) == 14
    assert said.lines[-2] == "... and 48 lines more: --all"


@pytest.mark.parametrize("every_cell", [True, False])
def test_no_cells_are_no_rows(every_cell: bool) -> None:
    assert text(standing(), every_cell=every_cell).rows == ()
