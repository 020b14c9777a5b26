"""Waiting for tasks of SLURM: the queue says who may still work, the ledger what came of it."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fieldmark.core.checks import count_of
from fieldmark.core.errors import StudyError
from fieldmark.core.progress import Progress, Step
from fieldmark.experiments.engines.slurm_queue import QueuedTask, queued_tasks
from fieldmark.experiments.engines.tally import Tally
from fieldmark.experiments.plan import RunSpec

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 15.0
_SETTLING_SECONDS = 10.0


def wait_for(
    tasks: Mapping[str, Sequence[RunSpec]],
    tally: Tally,
    *,
    progress: Progress,
    logs: Path,
    ask: Callable[[], dict[str, QueuedTask]] = queued_tasks,
) -> None:
    """Wait until every cell of some tasks has ended, and count what became of each.

    A task that has left the queue gets a few seconds more, for results that a shared file system
    shows late; then what is missing has failed. While SLURM does not answer, nothing is concluded.

    Args:
        tasks: the cells of each task, by its id in the queue.
        tally: counts them.
        progress: who is told how far the work is.
        logs: the folder in which the logs of the tasks lie.
        ask: returns what is in the queue.
    """
    waiting = {task: list(cells) for task, cells in tasks.items()}
    gone: dict[str, float] = {}
    news = _News(progress)
    pause = _FIRST_PAUSE_SECONDS
    with progress.step("cells", total=sum(map(len, waiting.values()))) as step:
        while waiting:
            queued = news.ask(ask)
            for task in tuple(waiting):
                if _count_ended(waiting[task], tally, step):
                    pause = _FIRST_PAUSE_SECONDS
                if queued is not None and task not in queued:
                    left = gone.setdefault(task, time.monotonic())
                    if time.monotonic() - left > _SETTLING_SECONDS:
                        _give_up(task, waiting[task], tally, step, logs)
                else:
                    gone.pop(task, None)
                if not waiting[task]:
                    del waiting[task]
            if waiting:
                news.tell(queued, waiting)
                time.sleep(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)


def _count_ended(cells: list[RunSpec], tally: Tally, step: Step) -> bool:
    ended = [spec for spec in cells if tally.has_news_of(spec)]
    for spec in ended:
        tally.conclude(spec, otherwise=None)
        cells.remove(spec)
        step.advance()
    return bool(ended)


def _give_up(task: str, cells: list[RunSpec], tally: Tally, step: Step, logs: Path) -> None:
    log = next(iter(logs.rglob(f"{task}_0_log.out")), None)
    told = f"its task {task} of SLURM ended without a result: {_verdict(log)}"
    for spec in cells:
        tally.conclude(spec, otherwise=told, log=log)
        step.advance()
    cells.clear()


def _verdict(log: Path | None) -> str:
    """Return what SLURM wrote about the end of a task, or else the last line of its log."""
    if log is None:
        return "it never began"
    lines = log.read_text(encoding="utf-8", errors="backslashreplace").splitlines()
    told = [line.strip() for line in lines if line.strip()]
    by_slurm = [line for line in told if line.endswith("***")]
    return (by_slurm or told or ["its log is empty"])[-1]


class _News:
    """Tells a person how the queue stands, when that changes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._told = ""

    def ask(self, ask: Callable[[], dict[str, QueuedTask]]) -> dict[str, QueuedTask] | None:
        """Return the queue, or None while SLURM does not answer."""
        try:
            return ask()
        except StudyError as error:
            self._say(f"{error}; asking again.")
            return None

    def tell(self, queued: Mapping[str, QueuedTask] | None, tasks: Mapping[str, object]) -> None:
        """Say how many tasks wait, and why, when none runs."""
        if queued is None:
            return
        mine = [queued[task] for task in tasks if task in queued]
        reasons = Counter(task.reason for task in mine if task.state == "PENDING")
        if mine and reasons.total() == len(mine):
            reason = reasons.most_common(1)[0][0]
            why = "" if reason == "None" else f" ({reason})"
            self._say(f"SLURM: {count_of(len(mine), 'task')} waiting{why}, none running.")
        elif mine:
            self._told = ""

    def _say(self, sentence: str) -> None:
        if sentence != self._told:
            self._progress.say(sentence)
            self._told = sentence
