from pathlib import Path

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.experiments.engines.slurm_queue import (
    QueuedTask,
    Submissions,
    queued_tasks,
    require_slurm,
)

RUNNING = QueuedTask("RUNNING", "None")


def test_missing_commands_are_named_with_the_ways_out(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StudyError) as refused:
        require_slurm()
    assert str(refused.value) == (
        "--engine slurm needs sbatch, srun, squeue, which this machine does not have. Run it where "
        "sbatch is, such as a login node; or use --engine local here, or --engine script to carry "
        "the study to a cluster."
    )


def test_the_queue_is_read_task_by_task(commands) -> None:
    commands(
        "squeue", "echo '12_0|RUNNING|None'; echo '12_1|PENDING|Resources'; echo; echo '13|X|'"
    )
    require_slurm()
    assert queued_tasks() == {
        "12_0": RUNNING,
        "12_1": QueuedTask("PENDING", "Resources"),
        "13": QueuedTask("X", ""),
    }


def test_a_queue_that_is_not_told_is_an_error_in_its_own_words(commands, monkeypatch) -> None:
    commands("squeue", "echo 'slurm_load_jobs error: Unable to contact' >&2; exit 1")
    with pytest.raises(StudyError, match="not tell its queue: slurm_load_jobs error: Unable to"):
        queued_tasks()
    commands("squeue", "exit 3")
    with pytest.raises(StudyError, match="SLURM does not tell its queue: code 3"):
        queued_tasks()
    commands("squeue", "sleep 5")
    monkeypatch.setattr("fieldmark.experiments.engines.slurm_queue._ANSWER_SECONDS", 0.1)
    with pytest.raises(StudyError, match=r"not tell its queue: .* timed out after 0.1 s"):
        queued_tasks()


def test_only_tasks_in_the_queue_with_these_very_cells_count(cells, tmp_path: Path) -> None:
    submissions = Submissions(tmp_path)
    assert submissions.still_queued(cells, {"7_0": RUNNING}) == {}
    submissions.remember({"7_0": cells[:1], "7_1": cells[1:]})
    submissions.remember({"9": cells[:1]})
    both = {"7_0": RUNNING, "7_1": RUNNING, "9": RUNNING}
    assert submissions.still_queued(cells, both) == {"7_0": [cells[0]], "7_1": list(cells[1:])}
    changed = (cells[0], cells[1].with_inputs("new"))
    assert submissions.still_queued(changed, both) == {"7_0": [cells[0]]}
    assert submissions.still_queued(cells, {"7_1": RUNNING}) == {"7_1": list(cells[1:])}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["7.json"]
    assert submissions.still_queued(cells, {}) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_memory_is_forgotten(cells, tmp_path: Path) -> None:
    (tmp_path / "7.json").write_text("{")
    assert Submissions(tmp_path).still_queued(cells, {"7": RUNNING}) == {}
    assert list(tmp_path.iterdir()) == []
