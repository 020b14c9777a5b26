"""Cells on worker processes of this machine, from one queue, so that no worker idles."""

import contextlib
import os
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.experiments.engines.calls import TOLD, StudyCall
from fieldmark.experiments.engines.settings import LocalSettings
from fieldmark.experiments.engines.tally import Tally
from fieldmark.experiments.engines.worker import Worker, share_of_cores, worker_environment
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState, RunRecord
from fieldmark.experiments.run_summary import RunSummary

_TRIES = 2
_LINES_OF_ERROR = 4


def run_locally(
    plan: Sequence[RunSpec],
    call: StudyCall,
    ledger: Ledger,
    *,
    settings: LocalSettings,
    progress: Progress | None = None,
) -> RunSummary:
    """Run every cell that is not done on worker processes, and return what became of each.

    A worker that dies is replaced, and its cell tried once more; when that dies too, the cell is
    recorded as failed with the last lines that were printed. An interrupt ends all workers and
    passes through; finished cells stay, and fine-tuning goes on from its checkpoint later.

    Args:
        plan: the cells, with the digests of their inputs.
        call: how the study is run.
        ledger: where results lie; what workers print is added to ``engines/local`` beside them.
        settings: how many workers, with what.
        progress: who is told how far the work is.
    """
    listener = progress or SilentProgress()
    tally = Tally(plan, ledger, listener, at_once=settings.workers)
    pool = _Pool(call, settings, ledger.folder / "engines" / "local", tally.missing)
    with listener.step("cells", total=len(tally.missing)) as step, pool:
        for event in pool.events():
            if isinstance(event, str):
                listener.say(event)
                continue
            if event.obituary is not None:
                _record_death(ledger, event.spec, event.obituary)
            tally.conclude(event.spec, otherwise=None, by=f" (worker {event.place})")
            step.advance()
    return tally.summary()


@dataclass(frozen=True, slots=True)
class _Ended:
    """A cell that no worker is at work on any more; with a story if the workers died of it."""

    spec: RunSpec
    place: int
    obituary: str | None


class _Pool:
    """Some workers and the queue that they take cells from, each served by a thread."""

    def __init__(
        self, call: StudyCall, settings: LocalSettings, logs: Path, cells: Sequence[RunSpec]
    ) -> None:
        self._command, self._settings, self._logs = call.command(TOLD), settings, logs
        self._cells: queue.SimpleQueue[RunSpec] = queue.SimpleQueue()
        for spec in cells:
            self._cells.put(spec)
        self._left = len(cells)
        self._events: queue.SimpleQueue[str | _Ended] = queue.SimpleQueue()
        self._workers: dict[int, Worker] = {}
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        places = range(min(settings.workers, len(cells)))
        self._threads = [threading.Thread(target=self._serve, args=(place,)) for place in places]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._starting:
            self._stopping.set()
            workers = tuple(self._workers.values()) if self._left else ()
        for worker in workers:
            worker.interrupt()
        for worker in workers:
            worker.end()
        for thread in self._threads:
            thread.join()

    def events(self) -> Iterator[str | _Ended]:
        """Yield what workers say, and each cell that ended, until none is left."""
        while self._left:
            event = self._events.get()
            if isinstance(event, _Ended):
                self._left -= 1
            yield event

    def _serve(self, place: int) -> None:
        with contextlib.suppress(queue.Empty):
            while not self._stopping.is_set():
                spec = self._cells.get_nowait()
                self._events.put(_Ended(spec, place, self._outcome(spec, place)))
        worker = self._workers.pop(place, None)
        if worker is not None:
            worker.close()

    def _outcome(self, spec: RunSpec, place: int) -> str | None:
        """Run a cell; return the obituary of its worker, or why there could be none."""
        try:
            return self._run(spec, place)
        except OSError as error:  # no process, or no room for its log
            return f"its process could not be had ({error})"

    def _run(self, spec: RunSpec, place: int) -> str | None:
        """Run a cell; return the obituary of its worker when both tries ended in a death."""
        obituary = None
        for attempt in range(1, _TRIES + 1):
            with self._starting:
                if self._stopping.is_set():
                    return None
                worker = self._workers.get(place) or self._start(place)
            if worker.run(spec.id, lambda line: self._hear(line, spec, place)):
                return None
            obituary = worker.obituary()
            self._workers.pop(place).close()
            if attempt < _TRIES and not self._stopping.is_set():
                story = obituary.splitlines()[0]
                self._events.put(f"{spec.id}: {story}; it is tried once more.")
        first, _, lines = (obituary or "").partition("\n")
        return f"{first}, {_TRIES} times in a row\n{lines}"

    def _start(self, place: int) -> Worker:
        cores = sorted(os.sched_getaffinity(0))
        threads = self._settings.threads or max(1, len(cores) // self._settings.workers)
        device = self._settings.device_of(place)
        worker = Worker(
            self._command,
            worker_environment(os.environ, threads=threads, device=device),
            cpus=share_of_cores(cores, place, threads=threads),
            log=self._logs / f"worker-{place}.log",
        )
        self._workers[place] = worker
        return worker

    def _hear(self, line: str, spec: RunSpec, place: int) -> None:
        """Pass on what a worker says, but for the count and the end of its one cell."""
        told_by_us = ("cells: ", f"{spec.id}: done in ", f"{spec.id}: failed after ")
        if line.strip() and not line.startswith(told_by_us):
            self._events.put(f"worker {place}: {line}")


def _record_death(ledger: Ledger, spec: RunSpec, obituary: str) -> None:
    """Store the death of a cell's process as a failure, unless there is a result after all."""
    if ledger.settled_record(spec).state is CellState.DONE:
        return
    first, *lines = obituary.splitlines()
    failure = RunRecord(
        cell=spec.id,
        state=CellState.FAILED,
        inputs_digest=spec.inputs_digest,
        error="\n".join([first, *lines[-_LINES_OF_ERROR:]]),
    )
    ledger.write_failure(failure, spec, log=f"cell {spec.id}\n\n{obituary}\n")
