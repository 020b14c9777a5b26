"""What SLURM has in its queue of what was submitted: asked of squeue, remembered in files."""

import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldmark.core.errors import StoreError, StudyError
from fieldmark.core.storage import read_json, write_json
from fieldmark.experiments.plan import RunSpec

_SQUEUE = ("squeue", "--me", "--noheader", "--array", "--format=%i|%T|%r")
_ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class QueuedTask:
    """A task that has not left the queue.

    Attributes:
        state: as SLURM calls it, such as PENDING or RUNNING.
        reason: why it waits, as SLURM calls it, such as Resources.
    """

    state: str
    reason: str


def require_slurm() -> None:
    """Refuse to go on where SLURM's commands are missing.

    Raises:
        StudyError: a command is missing.
    """
    missing = [name for name in ("sbatch", "srun", "squeue") if shutil.which(name) is None]
    if missing:
        raise StudyError(
            f"--engine slurm needs {', '.join(missing)}, which this machine does not have. Run it "
            "where sbatch is, such as a login node; or use --engine local here, or --engine "
            "script to carry the study to a cluster."
        )


def queued_tasks() -> dict[str, QueuedTask]:
    """Return every task of this user that has not left the queue, by "JOB" or "JOB_INDEX".

    Raises:
        StudyError: squeue does not answer; with its own words.
    """
    try:
        asked = subprocess.run(  # noqa: S603 - a fixed command, no shell
            _SQUEUE, capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=True
        )
    except subprocess.CalledProcessError as error:
        told = error.stderr.strip() or f"code {error.returncode}"
        raise StudyError(f"SLURM does not tell its queue: {told}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StudyError(f"SLURM does not tell its queue: {error}") from None
    rows = (line.split("|", 2) for line in asked.stdout.splitlines() if line.count("|") >= 2)
    return {task: QueuedTask(state, reason) for task, state, reason in rows}


class Submissions:
    """Which task was given which cells, kept in a folder, so that the next run knows.

    Args:
        folder: one file for each job.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def remember(self, tasks: Mapping[str, Sequence[RunSpec]]) -> None:
        """Store the cells of every task of one job."""
        job = next(iter(tasks)).split("_")[0]
        cells = {
            task: {spec.id: spec.inputs_digest for spec in pack} for task, pack in tasks.items()
        }
        write_json(self._folder / f"{job}.json", cells)

    def still_queued(
        self, cells: Iterable[RunSpec], queued: Mapping[str, QueuedTask]
    ) -> dict[str, list[RunSpec]]:
        """Return the tasks in the queue that will run some of these cells from these very inputs.

        What is remembered of jobs that have left the queue is forgotten.
        """
        wanted = {(spec.id, spec.inputs_digest): spec for spec in cells}
        found: dict[str, list[RunSpec]] = {}
        for file in sorted(self._folder.glob("*.json")):
            tasks = {task: pack for task, pack in _read(file).items() if task in queued}
            if not tasks:
                file.unlink()
            for task, pack in tasks.items():
                mine = [wanted.pop(cell) for cell in pack.items() if cell in wanted]
                if mine:
                    found[task] = mine
        return found


def _read(file: Path) -> dict[str, dict[str, str]]:
    try:
        content: dict[str, dict[str, str]] = read_json(file)
    except StoreError:
        return {}  # it only spares a cell from being submitted twice, which does no harm
    return content
