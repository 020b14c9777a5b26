import itertools
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from fieldmark.core.errors import StudyError, WeightsError
from fieldmark.core.progress import Progress
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.locks import try_lock
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.runner import run_missing

Cells = tuple[RunSpec, ...]


class Task:
    """Writes one file per cell; fails for the cells that it is told to."""

    def __init__(self, **errors: BaseException) -> None:
        self.errors = errors
        self.seen: list[str] = []

    def __call__(self, spec: RunSpec, folder: Path, progress: Progress) -> Mapping[str, int]:
        self.seen.append(spec.id)
        assert list(folder.iterdir()) == []
        (folder / "scores.txt").write_text(spec.id)
        if spec.contender in self.errors:
            raise self.errors[spec.contender]
        return {"images": 3}


def states(ledger: Ledger, cells: Cells) -> list[str]:
    return [record.state.value for record in ledger.records(cells)]


def leftovers(ledger: Ledger) -> list[Path]:
    return [path for path in ledger.folder.rglob("*") if ".partial" in path.name]


def test_every_cell_runs_once_and_never_again(cells: Cells, ledger: Ledger) -> None:
    task = Task()
    first = run_missing(cells, task, ledger)
    assert first.ran == tuple(spec.id for spec in cells) == tuple(task.seen)
    for spec in cells:
        ledger.verify(spec)
        assert (ledger.result(spec) / "scores.txt").read_text() == spec.id
        record = ledger.record(spec)
        assert record.facts == {"images": 3}
        assert record.seconds is not None
        assert record.seconds >= 0
        assert str(record.started) <= str(record.finished)
        assert "fieldmark" in record.made_with
    second = run_missing(cells, task, ledger)
    assert second.ran == ()
    assert second.done_before == first.ran
    assert len(task.seen) == len(cells)


def test_the_seed_of_the_plan_reaches_the_task(ledger: Ledger) -> None:
    seeds = []

    def task(spec: RunSpec, folder: Path, progress: Progress) -> Mapping[str, int]:
        seeds.append(spec.seed)
        return {}

    run_missing([RunSpec("probe", seed, settings_digest="s") for seed in (5, 3)], task, ledger)
    assert seeds == [5, 3]


def test_a_failing_cell_is_recorded_and_the_others_go_on(cells: Cells, ledger: Ledger) -> None:
    summary = run_missing(cells, Task(probe=ValueError("boom")), ledger)
    assert summary.failed == {
        "probe/seed-0": "ValueError: boom",
        "probe/seed-1": "ValueError: boom",
    }
    assert summary.ran == ("knn/seed-free",)
    assert summary.exit_code == 1
    assert states(ledger, cells) == ["failed", "failed", "done"]
    assert ledger.record(cells[0]).error == "ValueError: boom"
    log = ledger.log_path(cells[0]).read_text()
    assert "Traceback" in log
    assert "raise self.errors[spec.contender]" in log
    assert not ledger.result_folder(cells[0]).exists()
    assert leftovers(ledger) == []


def test_a_failed_cell_is_tried_again_and_its_log_goes(cells: Cells, ledger: Ledger) -> None:
    run_missing(cells, Task(probe=ValueError("boom")), ledger)
    task = Task()
    summary = run_missing(cells, task, ledger)
    assert task.seen == ["probe/seed-0", "probe/seed-1"]
    assert summary.is_complete
    assert states(ledger, cells) == ["done", "done", "done"]
    assert not ledger.log_path(cells[0]).exists()


def test_our_own_errors_are_told_as_they_are(cells: Cells, ledger: Ledger) -> None:
    error = WeightsError("There are no weights at x.\nFetch them.")
    run_missing(cells, Task(knn=error), ledger)
    assert ledger.record(cells[2]).error == "There are no weights at x.\nFetch them."


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("\n".join("abcdefgh")), "ValueError: a\n...\nf\ng\nh"),
        (ValueError("odd \udcff name"), "ValueError: odd \\udcff name"),
        (WeightsError(""), "WeightsError"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_any_error_can_be_told(cells: Cells, ledger: Ledger, error: Exception, told: str) -> None:
    summary = run_missing(cells, Task(knn=error), ledger)
    assert ledger.record(cells[2]).error == told
    assert list(summary.failed or ()) == ["knn/seed-free"]


def test_facts_that_cannot_be_stored_fail_the_cell(cells: Cells, ledger: Ledger) -> None:
    def task(spec: RunSpec, folder: Path, progress: Progress) -> Mapping[str, float]:
        return {"loss": float("nan")}

    summary = run_missing(cells, task, ledger)
    assert len(summary.failed or ()) == 3
    assert "finite numbers" in str(ledger.record(cells[0]).error)


def test_an_interrupt_passes_and_leaves_no_half_result(cells: Cells, ledger: Ledger) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_missing(cells, Task(knn=KeyboardInterrupt()), ledger)
    assert states(ledger, cells) == ["done", "done", "planned"]
    assert leftovers(ledger) == []
    assert ledger.record(cells[2]).detail is None
    task = Task()
    run_missing(cells, task, ledger)
    assert task.seen == ["knn/seed-free"]


def test_stale_cells_run_again_and_it_is_said(
    cells: Cells, ledger: Ledger, listener: object
) -> None:
    run_missing(cells, Task(), ledger)
    changed = (cells[0].with_inputs("new"), *cells[1:])
    task = Task()
    summary = run_missing(changed, task, ledger, progress=listener)  # type: ignore[arg-type]
    assert task.seen == ["probe/seed-0"]
    assert summary.stale == ("probe/seed-0",)
    assert "1 again, because its inputs changed" in summary.sentence
    said = listener.said  # type: ignore[attr-defined]
    assert said[0].startswith("probe/seed-0: its inputs changed since 20")
    assert said[0].endswith("; it is run again.")
    assert states(ledger, changed) == ["done", "done", "done"]
    assert states(ledger, cells) == ["stale", "done", "done"]


def test_a_failed_rerun_leaves_the_old_result_but_does_not_count_it(
    cells: Cells, ledger: Ledger
) -> None:
    run_missing(cells, Task(), ledger)
    changed = tuple(spec.with_inputs("new") for spec in cells)
    summary = run_missing(changed, Task(knn=ValueError("no")), ledger)
    assert summary.sentence.startswith("2 of 3 cells are done: 2 ran now (2 again")
    assert states(ledger, changed) == ["done", "done", "failed"]
    assert states(ledger, cells) == ["stale", "stale", "done"]


def test_progress_counts_cells_and_foretells_the_rest(
    cells: Cells, ledger: Ledger, listener: object
) -> None:
    run_missing(cells, Task(knn=ValueError("no")), ledger, progress=listener)  # type: ignore[arg-type]
    assert listener.steps == [("cells", 3, 3)]  # type: ignore[attr-defined]
    first, second, third = listener.said  # type: ignore[attr-defined]
    word = "less than a second"
    assert first == f"probe/seed-0: done in {word}; 2 cells left, about {word}."
    assert second == f"probe/seed-1: done in {word}; 1 cell left, about {word}."
    log = ledger.log_path(cells[2])
    assert third == f"knn/seed-free: failed after {word}: ValueError: no (log: {log})."


def test_times_of_earlier_runs_foretell_too(
    cells: Cells, ledger: Ledger, listener: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = itertools.chain([0.0], itertools.repeat(60.0))
    monkeypatch.setattr("fieldmark.experiments.runner.time.monotonic", lambda: next(times))
    run_missing(cells[:1], Task(), ledger)
    monkeypatch.undo()
    more = [RunSpec("probe", seed, settings_digest="probe") for seed in range(3)]
    failing = Task(probe=ValueError("no"))
    run_missing(more, failing, ledger, progress=listener)  # type: ignore[arg-type]
    assert "; 1 cell left, about 1 min." in listener.said[0]  # type: ignore[attr-defined]


def test_a_cell_of_another_process_is_left_to_it(
    cells: Cells, ledger: Ledger, listener: object
) -> None:
    task = Task()
    with try_lock(ledger.lock_path(cells[1])):
        summary = run_missing(cells, task, ledger, progress=listener, wait=False)  # type: ignore[arg-type]
    assert task.seen == ["probe/seed-0", "knn/seed-free"]
    assert summary.elsewhere == ("probe/seed-1",)
    assert summary.exit_code == 1
    assert "probe/seed-1: left to another process" in listener.said[1]  # type: ignore[attr-defined]


def test_a_cell_that_another_process_finished_meanwhile_is_done(
    cells: Cells, ledger: Ledger
) -> None:
    inner = Task()

    def task(spec: RunSpec, folder: Path, progress: Progress) -> Mapping[str, int]:
        if spec is cells[0]:
            run_missing(cells[1:], inner, ledger)
        return {}

    summary = run_missing(cells, task, ledger)
    assert summary.ran == ("probe/seed-0",)
    assert summary.done_before == ("probe/seed-1", "knn/seed-free")
    assert summary.is_complete


def test_what_a_dead_run_left_is_removed_and_told(
    cells: Cells, ledger: Ledger, listener: object
) -> None:
    folder = ledger.cell_folder(cells[0])
    (folder / ".partial-result-x").mkdir(parents=True)
    (folder / "lock").write_text("process 1 on there since then")
    run_missing(cells, Task(), ledger, progress=listener)  # type: ignore[arg-type]
    assert leftovers(ledger) == []
    assert listener.said[0] == (  # type: ignore[attr-defined]
        "probe/seed-0: an earlier run died without a result (process 1 on there since then); it is "
        "run again."
    )


def test_a_cell_that_is_planned_twice_is_refused(cells: Cells, ledger: Ledger) -> None:
    with pytest.raises(StudyError, match="The cell 'probe/seed-0' is planned twice"):
        run_missing([*cells, cells[0]], Task(), ledger)
    assert not ledger.folder.exists()


def test_an_empty_plan_is_complete(ledger: Ledger) -> None:
    assert run_missing([], Task(), ledger).exit_code == 0


TWO_AT_ONCE = """
import os, sys, time
from pathlib import Path
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.runner import run_missing

def task(spec, folder, progress):
    journal = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(journal, f"{spec.id}\\n".encode())
    os.close(journal)
    time.sleep(0.01)
    return {}

sys.stdin.readline()
cells = [RunSpec("probe", seed, settings_digest="s") for seed in range(30)]
sys.exit(run_missing(cells, task, Ledger(Path(sys.argv[1]))).exit_code)
"""


def test_two_runs_at_once_do_no_cell_twice(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    command = [sys.executable, "-c", TWO_AT_ONCE, str(tmp_path / "results"), str(journal)]
    runs = [subprocess.Popen(command, stdin=subprocess.PIPE, text=True) for _ in range(2)]
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.close()
    codes = [run.wait(timeout=60) for run in runs]
    assert codes == [0, 0]
    done = journal.read_text().split()
    assert sorted(done) == sorted(f"probe/seed-{seed}" for seed in range(30))


def test_the_runner_needs_neither_torch_nor_the_learning_wing() -> None:
    script = (
        "import sys, fieldmark.experiments.runner, fieldmark.experiments.study_file\n"
        "wing = ('torch', 'timm', 'fieldmark.images', 'fieldmark.backbones', 'fieldmark.heads')\n"
        "sys.exit(any(name in sys.modules for name in wing))"
    )
    assert subprocess.run([sys.executable, "-c", script], env=os.environ).returncode == 0
