"""What has run, read from what lies on disk: a cell is done when its result says so.

``cells/<contender>/<seed>/`` holds ``result/`` (the outputs and, written last, ``record.json`` with
their digests; moved into place in one step), ``failure.json`` and ``log.txt`` of the last failed
attempt, ``lock`` and, while it runs, ``heartbeat``. No state is kept anywhere else, so none can
contradict the result. Paths of single cells are put together as text and looked at by plain calls
of the system: with thousands of cells that is what the time goes into.
"""

import os
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from fieldmark.core.digests import digest_of_file
from fieldmark.core.errors import StoreError
from fieldmark.core.storage import write_text
from fieldmark.experiments.custody import HEARTBEAT, LOCK, custody_of
from fieldmark.experiments.heartbeat import FileSystemClock
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import (
    RECORD_NAME,
    CellState,
    RunRecord,
    read_record,
    write_record,
)

_FAILURE, _RESULT = "failure.json", "result"
_NOTHING_KNOWN = RunRecord(cell="", state=CellState.PLANNED, inputs_digest="")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The cells of one study under a folder.

    Attributes:
        folder: the folder of the study's results; the cells lie in ``cells/`` under it.
    """

    folder: Path

    def cell_folder(self, spec: RunSpec) -> Path:
        """Return the folder of a cell: its result, failure, log, lock and heartbeat."""
        return self.folder / "cells" / spec.contender / spec.part

    def result_folder(self, spec: RunSpec) -> Path:
        """Return where the result of a cell lies, or will."""
        return self.cell_folder(spec) / _RESULT

    def log_path(self, spec: RunSpec) -> Path:
        """Return where the whole story of a failed attempt lies."""
        return self.cell_folder(spec) / "log.txt"

    def lock_path(self, spec: RunSpec) -> Path:
        """Return the file that a run holds while it is at work on a cell."""
        return self.cell_folder(spec) / LOCK

    def heartbeat_path(self, spec: RunSpec) -> Path:
        """Return the file that a run writes every few seconds while it is at work on a cell."""
        return self.cell_folder(spec) / HEARTBEAT

    def work_folder(self, spec: RunSpec) -> Path:
        """Return where a task keeps the state that it can go on from, until the cell is done."""
        return self.folder / "work" / spec.contender / spec.part / spec.inputs_digest[:16]

    def record(self, spec: RunSpec) -> RunRecord:
        """Return a cell as it stands now.

        Example:
            >>> ledger = Ledger(Path("results/fungi"))
            >>> ledger.record(RunSpec("probe", 0, settings_digest="s")).state.value
            'planned'
        """
        return self._record(spec, FileSystemClock(self.folder))

    def settled_record(self, spec: RunSpec) -> RunRecord:
        """Return a cell as its files say, without asking whether somebody is at work on it."""
        stored, fault = self._stored_result(spec)
        if stored is not None and fault is None:
            return stored
        failure = self._stored_failure(spec)
        if failure is not None:
            return failure
        if fault is None:
            return _blank(spec, CellState.PLANNED, None)
        return (stored or _blank(spec, CellState.STALE, None)).model_copy(
            update={"state": CellState.STALE, "detail": fault}
        )

    def records(self, plan: Iterable[RunSpec]) -> tuple[RunRecord, ...]:
        """Return every cell as it stands now, in the order of the plan."""
        clock = FileSystemClock(self.folder)
        begun: dict[str, Collection[str]] = {}
        records = []
        for spec in plan:
            if spec.contender not in begun:
                begun[spec.contender] = _names_in(f"{self.folder}/cells/{spec.contender}")
            is_begun = spec.part in begun[spec.contender]
            records.append(
                self._record(spec, clock) if is_begun else _blank(spec, CellState.PLANNED, None)
            )
        return tuple(records)

    def result(self, spec: RunSpec) -> Path:
        """Return the folder with the outputs of a cell that is done.

        Raises:
            StoreError: the cell is not done, so nothing may rest on it.
        """
        record = self.settled_record(spec)
        if record.state is not CellState.DONE:
            reason = record.error or record.detail or "it has not run"
            raise StoreError(
                f"The cell '{spec.id}' is {record.state.value}, not done ({reason}); run the study."
            )
        return self.result_folder(spec)

    def verify(self, spec: RunSpec) -> None:
        """Read every output of a finished cell again and compare its digest.

        Raises:
            StoreError: the cell is not done, or an output is not what was recorded.
        """
        folder = self.result(spec)
        for name, output in self.settled_record(spec).outputs.items():
            if digest_of_file(folder / name) != output.digest:
                raise StoreError(
                    f"{folder / name} is not what the cell '{spec.id}' wrote; remove {folder} and "
                    "run the study again."
                )

    def write_failure(self, record: RunRecord, spec: RunSpec, *, log: str) -> None:
        """Store a failed attempt with its log; a result that lies there stays as it is."""
        write_text(self.log_path(spec), log)
        write_record(self.cell_folder(spec) / _FAILURE, record)

    def forget_failure(self, spec: RunSpec) -> None:
        """Remove what an earlier failed attempt left."""
        (self.cell_folder(spec) / _FAILURE).unlink(missing_ok=True)
        self.log_path(spec).unlink(missing_ok=True)

    def _place(self, spec: RunSpec) -> str:
        return f"{self.folder}/cells/{spec.contender}/{spec.part}"

    def _record(self, spec: RunSpec, clock: FileSystemClock) -> RunRecord:
        settled = self.settled_record(spec)
        if settled.state is CellState.DONE:
            return settled
        custody = custody_of(self.cell_folder(spec), clock)
        if custody is None:
            return settled
        if custody.alive:
            running = _blank(spec, CellState.RUNNING, f"run by {custody.words}")
            return running.model_copy(update={"progress": custody.progress})
        told = f"{settled.detail}; " if settled.detail else ""
        return settled.model_copy(
            update={"detail": f"{told}an earlier run died without a result ({custody.words})"}
        )

    def _stored_result(self, spec: RunSpec) -> tuple[RunRecord | None, str | None]:
        """Return the stored record, if it can be read, and what keeps it from counting, if any."""
        folder = f"{self._place(spec)}/{_RESULT}"
        record = read_record(f"{folder}/{RECORD_NAME}")
        if record is None:
            lies = Path(folder).is_dir()
            return None, "the record of its result is missing or damaged" if lies else None
        return record, _fault(record, folder, spec)

    def _stored_failure(self, spec: RunSpec) -> RunRecord | None:
        record = read_record(f"{self._place(spec)}/{_FAILURE}")
        return record if record and record.inputs_digest == spec.inputs_digest else None


def _names_in(folder: str) -> Collection[str]:
    """Return what lies in a folder; nothing where there is none."""
    try:
        return frozenset(os.listdir(folder))  # noqa: PTH208 (names are enough)
    except (FileNotFoundError, NotADirectoryError):
        return ()


def _blank(spec: RunSpec, state: CellState, detail: str | None) -> RunRecord:
    known = {"cell": spec.id, "inputs_digest": spec.inputs_digest, "detail": detail}
    return _NOTHING_KNOWN.model_copy(update={"state": state, **known})


def _fault(record: RunRecord, folder: str, spec: RunSpec) -> str | None:
    if record.cell != spec.id:
        return f"its result belongs to the cell '{record.cell}'"
    if record.inputs_digest != spec.inputs_digest:
        return f"its inputs changed since {record.finished}"
    for name, output in record.outputs.items():
        if _length_of(f"{folder}/{name}") != output.bytes:
            return f"{name} of its result is missing or has another length"
    return None


def _length_of(path: str) -> int | None:
    """Return the length of a plain file; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 (thousands of files)
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
