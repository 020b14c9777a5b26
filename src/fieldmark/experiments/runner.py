"""Running what is missing, in this process, one cell after another.

The runner alone catches everything: a cell that fails is recorded, and the others go on.
"""

import datetime
import socket
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from fieldmark.core.checks import count_of
from fieldmark.core.errors import FieldmarkError, StudyError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.core.provenance import provenance
from fieldmark.core.storage import atomic_directory, remove_partial
from fieldmark.experiments.beating import beating
from fieldmark.experiments.custody import take_cell
from fieldmark.experiments.durations import Outlook, in_words
from fieldmark.experiments.full_disk import full_disk_told, refuse_full_disk
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState, RunRecord, seal
from fieldmark.experiments.run_summary import RunSummary
from fieldmark.experiments.waiting import as_they_come_free

Task = Callable[[RunSpec, Path, Progress], Mapping[str, JsonValue]]

_ERROR_LINES = 5


def run_missing(
    plan: Sequence[RunSpec],
    task: Task,
    ledger: Ledger,
    *,
    progress: Progress | None = None,
    wait: bool = True,
) -> RunSummary:
    """Run every cell that is not done, and return what became of each.

    A cell whose inputs changed is run again, and so is one that failed before. A cell that another
    process is at work on is left to it, and looked at again when that has ended. When a cell
    fails, the failure is recorded with its log and the others go on; when the disk is full, nothing
    goes on. An interrupt passes through and leaves no half result.

    Args:
        plan: the cells, with the digests of their inputs.
        task: does one cell: writes its outputs into the empty folder it is given and returns
            facts, such as counts, for the record. It sees no other cell.
        ledger: where results lie.
        progress: who is told how far the work is.
        wait: whether to wait for cells that other processes are at work on.

    Raises:
        StudyError: a cell is planned twice.
        RunFailedError: the disk is full.

    Example:
        >>> import tempfile
        >>> cells = [RunSpec("probe", seed, settings_digest="s") for seed in (0, 1)]
        >>> def task(spec, folder, progress):
        ...     _ = (folder / "scores.txt").write_text(str(spec.seed))
        ...     return {"images": 3}
        >>> ledger = Ledger(Path(tempfile.mkdtemp()))
        >>> run_missing(cells, task, ledger).sentence
        'All 2 cells are done: 2 ran now.'
        >>> run_missing(cells, task, ledger).sentence
        'All 2 cells are done: 2 were done before.'
    """
    _refuse_repeated(plan)
    outlook = Outlook(spec.contender for spec in plan)
    run = _Run(task, ledger, progress or SilentProgress(), provenance(), outlook)
    waiting = [spec for spec in plan if not run.is_done(spec)]
    with full_disk_told(ledger.folder):
        with run.progress.step("cells", total=len(waiting)) as step:
            for spec in waiting:
                run.attend(spec)
                step.advance()
        run.attend_left(waiting, wait=wait)
    return run.summary()


@dataclass(slots=True)
class _Run:
    """One call of the runner: what it works with, and what became of each cell so far."""

    task: Task
    ledger: Ledger
    progress: Progress
    made_with: dict[str, str]
    outlook: Outlook
    ran: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    done_before: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    def is_done(self, spec: RunSpec) -> bool:
        """Say whether a cell needs no run, and take note if so."""
        record = self.ledger.settled_record(spec)
        if record.state is not CellState.DONE:
            return False
        self.done_before.append(spec.id)
        self.outlook.finish(spec.contender, seconds=record.seconds)
        return True

    def attend(self, spec: RunSpec) -> None:
        """Run a cell, unless another process does so or has done so meanwhile."""
        standing = self.ledger.record(spec)
        with take_cell(self.ledger.cell_folder(spec)) as mine:
            if not mine:
                self.elsewhere.append(spec.id)
                self.progress.say(f"{spec.id}: left to another process, which is at work on it.")
            elif not self.is_done(spec):
                self._announce(spec, standing)
                remove_partial(self.ledger.cell_folder(spec))
                self._conclude(spec, self._attempt(spec))

    def attend_left(self, waiting: Sequence[RunSpec], *, wait: bool) -> None:
        """Look once more at the cells that were left to others, or as often as it takes."""
        while self.elsewhere:
            names = set(self.elsewhere)
            self.elsewhere.clear()
            left = [spec for spec in waiting if spec.id in names]
            free = as_they_come_free(left, self.ledger, progress=self.progress) if wait else left
            for spec in free:
                self.attend(spec)
            if not wait:
                break

    def summary(self) -> RunSummary:
        """Return what became of each cell."""
        return RunSummary(
            ran=tuple(self.ran),
            failed=dict(self.failed),
            done_before=tuple(self.done_before),
            elsewhere=tuple(self.elsewhere),
            stale=tuple(self.stale),
        )

    def _announce(self, spec: RunSpec, standing: RunRecord) -> None:
        if standing.state is CellState.STALE:
            self.stale.append(spec.id)
        if standing.detail is not None and standing.state is not CellState.RUNNING:
            self.progress.say(f"{spec.id}: {standing.detail}; it is run again.")

    def _attempt(self, spec: RunSpec) -> RunRecord:
        started, clock = _now(), time.monotonic()
        attempt = RunRecord(
            cell=spec.id,
            state=CellState.RUNNING,
            inputs_digest=spec.inputs_digest,
            started=started,
            made_with=self.made_with,
            host=socket.gethostname(),
        )
        try:
            with (
                beating(self.ledger.heartbeat_path(spec), self.progress) as progress,
                atomic_directory(self.ledger.result_folder(spec)) as folder,
            ):
                facts = self.task(spec, folder, progress)
                attempt = _timed(attempt, clock)
                seal(folder, attempt, facts=facts)
        except Exception as error:
            refuse_full_disk(error, self.ledger.folder)
            failure = _timed(attempt, clock).model_copy(
                update={"state": CellState.FAILED, "error": _told(error)}
            )
            self.ledger.write_failure(failure, spec, log=_log(failure, error))
            return failure
        self.ledger.forget_failure(spec)
        return attempt

    def _conclude(self, spec: RunSpec, record: RunRecord) -> None:
        took = in_words(record.seconds or 0.0)
        if record.error is None:
            self.ran.append(spec.id)
            self.outlook.finish(spec.contender, seconds=record.seconds)
            told = f"{spec.id}: done in {took}"
        else:
            self.failed[spec.id] = record.error.splitlines()[0]
            self.outlook.finish(spec.contender, seconds=None)
            log = self.ledger.log_path(spec)
            told = f"{spec.id}: failed after {took}: {record.error} (log: {log})"
        self.progress.say(told + self._rest_in_words())

    def _rest_in_words(self) -> str:
        cells, seconds = self.outlook.cells_left, self.outlook.seconds_left
        if not cells:
            return "."
        time_left = "" if seconds is None else f", about {in_words(seconds)}"
        return f"; {count_of(cells, 'cell')} left{time_left}."


def _refuse_repeated(plan: Sequence[RunSpec]) -> None:
    seen: set[str] = set()
    for spec in plan:
        if spec.id in seen:
            raise StudyError(f"The cell '{spec.id}' is planned twice; plan each cell once.")
        seen.add(spec.id)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _timed(record: RunRecord, clock: float) -> RunRecord:
    seconds = round(time.monotonic() - clock, 3)
    return record.model_copy(update={"finished": _now(), "seconds": seconds})


def _told(error: Exception) -> str:
    """Return the message of our own errors, and of all others also what they are; never all of it.

    A long message keeps its first line, which says what happened, and its last ones.
    """
    own = isinstance(error, FieldmarkError)
    text = str(error) if own else "".join(traceback.format_exception_only(error))
    lines = _storable(text).strip().splitlines() or [type(error).__name__]
    if len(lines) > _ERROR_LINES:
        lines = [lines[0], "...", *lines[-(_ERROR_LINES - 2) :]]
    return "\n".join(lines)


def _log(record: RunRecord, error: Exception) -> str:
    made_with = ", ".join(f"{name} {version}" for name, version in record.made_with.items())
    story = _storable("".join(traceback.format_exception(error)))
    return f"cell {record.cell}\nstarted {record.started}\nmade with {made_with}\n\n{story}"


def _storable(text: str) -> str:
    """Return the text with what UTF-8 cannot hold, such as bytes of odd file names, escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
