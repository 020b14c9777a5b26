"""Cells as tasks of a SLURM array, submitted by submitit and judged by the ledger."""

import contextlib
import io
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldmark.core.checks import count_of
from fieldmark.core.errors import MissingExtraError, StudyError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.core.storage import write_text
from fieldmark.experiments.cell_choice import pack_text
from fieldmark.experiments.engines.calls import StudyCall
from fieldmark.experiments.engines.sbatch_text import sbatch_options
from fieldmark.experiments.engines.settings import SlurmSettings
from fieldmark.experiments.engines.slurm_queue import Submissions, queued_tasks, require_slurm
from fieldmark.experiments.engines.slurm_task import PackTask
from fieldmark.experiments.engines.slurm_waiting import wait_for
from fieldmark.experiments.engines.tally import Tally
from fieldmark.experiments.engines.worker import worker_environment
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.run_summary import RunSummary


@dataclass(frozen=True, slots=True)
class SlurmRun:
    """Where one study's jobs are made, and what they ask for.

    Attributes:
        name: of the study; its jobs are called after it.
        call: how the study is run.
        settings: what each task asks for.
        folder: where packs, logs and submissions lie; every node has to see it.
    """

    name: str
    call: StudyCall
    settings: SlurmSettings
    folder: Path


def run_on_slurm(
    plan: Sequence[RunSpec],
    run: SlurmRun,
    ledger: Ledger,
    *,
    wait: bool = True,
    progress: Progress | None = None,
) -> RunSummary | tuple[str, ...]:
    """Submit every cell that is not done or queued already, and wait for all of them.

    A task that is preempted or runs out of time goes back into the queue and goes on where it was.
    A cell whose task ended without a result has failed, whatever SLURM says of the task; the next
    run submits it again. Interrupting the wait leaves the jobs alone.

    Args:
        plan: the cells, with the digests of their inputs.
        run: what the jobs are made from.
        ledger: where results lie.
        wait: whether to return what became of the cells, or at once, with the ids of the jobs.
        progress: who is told how far the work is.

    Raises:
        StudyError: SLURM is not here, does not answer, or refuses the job; with its own words.
        MissingExtraError: submitit is not installed.
    """
    require_slurm()
    listener = progress or SilentProgress()
    tally = Tally(plan, ledger, listener, at_once=run.settings.at_once)
    submissions = Submissions(run.folder / "submissions")
    tasks = submissions.still_queued(tally.missing, queued_tasks()) if tally.missing else {}
    queued = {spec.id for pack in tasks.values() for spec in pack}
    fresh = [spec for spec in tally.missing if spec.id not in queued]
    if queued:
        listener.say(f"{count_of(len(queued), 'cell')} in SLURM's queue already.")
    if fresh:
        submitted = _submit(fresh, run)
        submissions.remember(submitted)
        tasks |= submitted
        told = f"{count_of(len(fresh), 'cell')} in {count_of(len(submitted), 'task')}"
        listener.say(f"Submitted {told} as job {', '.join(_jobs(submitted))}.")
    if not wait:
        return _jobs(tasks)
    wait_for(tasks, tally, progress=listener, logs=run.folder)
    return tally.summary()


def _jobs(tasks: Mapping[str, Sequence[RunSpec]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(task.split("_")[0] for task in tasks))


def _submit(cells: Sequence[RunSpec], run: SlurmRun) -> dict[str, list[RunSpec]]:
    """Submit cells as one array; return the cells of each task by its id."""
    size = run.settings.pack_size(len(cells))
    packs = [list(cells[start : start + size]) for start in range(0, len(cells), size)]
    (run.folder / "packs").mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-"), dir=run.folder / "packs"))
    environment = worker_environment({}, threads=run.settings.cpus, device=None)
    tasks = []
    for number, pack in enumerate(packs):
        file = folder / f"{number:03d}.txt"
        write_text(file, pack_text(pack))
        tasks.append(PackTask(run.call.command(f"@{file.resolve()}"), environment))
    ids = _submit_tasks(tasks, run)
    return dict(zip(ids, packs, strict=True))


def _submit_tasks(tasks: Sequence[PackTask], run: SlurmRun) -> list[str]:
    submitit = _submitit()
    executor = submitit.SlurmExecutor(run.folder / "logs", max_num_timeout=run.settings.requeues)
    executor.update_parameters(**_parameters(run))
    try:
        # submitit prints what sbatch said, and raises it too; once is enough.
        with contextlib.redirect_stderr(io.StringIO()), executor.batch():
            jobs = [executor.submit(task) for task in tasks]
    except submitit.core.utils.FailedJobError as error:
        told = str(error).strip().removeprefix("sbatch: error: ")
        raise StudyError(
            f"SLURM refuses the job: {told}\nWhat a task asks for stands in engines.yaml beside "
            "the study, or after --engine-set, such as slurm.partition=gpu."
        ) from None
    return [job.job_id for job in jobs]


def _parameters(run: SlurmRun) -> dict[str, Any]:
    settings = run.settings
    return {
        "job_name": f"fieldmark-{run.name}",
        "time": settings.time_minutes,
        "array_parallelism": settings.at_once,
        "signal_delay_s": settings.warning_seconds,
        "setup": list(settings.setup),
        "stderr_to_stdout": True,
        "wckey": None,
        # Since 22.05 srun does not take this over from sbatch.
        "srun_args": [f"--cpus-per-task={settings.cpus}"],
        "additional_parameters": sbatch_options(settings) | {"requeue": True},
    }


def _submitit() -> Any:
    try:
        import submitit
    except ModuleNotFoundError:
        raise MissingExtraError(
            "--engine slurm needs the package 'submitit'; install it with: "
            "pip install 'fieldmark[cluster]'."
        ) from None
    return submitit
