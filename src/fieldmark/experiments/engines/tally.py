"""What became of the cells that an engine was given: read from the ledger, told as it happens."""

from collections.abc import Sequence
from pathlib import Path

from fieldmark.core.checks import count_of
from fieldmark.core.progress import Progress
from fieldmark.experiments.durations import Outlook, in_words
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState, RunRecord
from fieldmark.experiments.run_summary import RunSummary


class Tally:
    """The count of cells that an engine keeps while others run them.

    Args:
        plan: the cells that are asked for.
        ledger: where results lie.
        progress: who is told how far the work is.
        at_once: how many cells run at the same time, for the time that is left.

    Attributes:
        missing: the cells that are not done and have to run, in the order of the plan.

    Example:
        >>> from fieldmark.core.progress import SilentProgress
        >>> cells = [RunSpec("probe", 0, settings_digest="s")]
        >>> tally = Tally(cells, Ledger(Path("results")), SilentProgress(), at_once=1)
        >>> tally.conclude(cells[0], otherwise="its task was cancelled")
        >>> tally.summary().failed
        {'probe/seed-0': 'its task was cancelled'}
    """

    def __init__(
        self, plan: Sequence[RunSpec], ledger: Ledger, progress: Progress, *, at_once: int
    ) -> None:
        self.ledger, self.progress = ledger, progress
        self._at_once = at_once
        self._before = {spec.id: ledger.settled_record(spec) for spec in plan}
        self._outlook = Outlook(spec.contender for spec in plan)
        self._ran: list[str] = []
        self._failed: dict[str, str] = {}
        self._elsewhere: list[str] = []
        self.missing = [spec for spec in plan if not self._is_done(spec)]

    def has_news_of(self, spec: RunSpec) -> bool:
        """Say whether a cell has ended, well or not, since the tally began."""
        record = self.ledger.settled_record(spec)
        return record != self._before[spec.id] and record.state in _ENDED

    def conclude(
        self, spec: RunSpec, *, otherwise: str | None, by: str = "", log: Path | None = None
    ) -> None:
        """Count a cell as what the ledger says of it.

        Args:
            spec: a cell that nobody runs for this engine any more.
            otherwise: why the cell failed if the ledger knows of no end; None when another process
                is at work on it.
            by: who ran it, to be told.
            log: where more is to be read when the ledger knows of no end.
        """
        record = self.ledger.settled_record(spec)
        if record.state is CellState.DONE:
            self._ran.append(spec.id)
            told = f"done in {in_words(record.seconds or 0.0)}"
        elif self.has_news_of(spec) and record.error is not None:
            self._failed[spec.id] = record.error.splitlines()[0]
            told = f"failed: {record.error} (log: {self.ledger.log_path(spec)})"
        elif otherwise is not None:
            self._failed[spec.id] = otherwise
            told = f"failed: {otherwise}" + (f" (log: {log})" if log else "")
        else:
            self._elsewhere.append(spec.id)
            told = "left to another process, which is at work on it"
        seconds = record.seconds if record.state is CellState.DONE else None
        self._outlook.finish(spec.contender, seconds=seconds)
        self.progress.say(f"{spec.id}: {told}{by}{self._rest_in_words()}")

    def summary(self) -> RunSummary:
        """Return what became of each cell."""
        stale = [one.cell for one in self._before.values() if one.state is CellState.STALE]
        done = [one.cell for one in self._before.values() if one.state is CellState.DONE]
        return RunSummary(
            ran=tuple(self._ran),
            failed=dict(self._failed),
            done_before=tuple(done),
            elsewhere=tuple(self._elsewhere),
            stale=tuple(stale),
        )

    def _is_done(self, spec: RunSpec) -> bool:
        record: RunRecord = self._before[spec.id]
        if record.state is not CellState.DONE:
            return False
        self._outlook.finish(spec.contender, seconds=record.seconds)
        return True

    def _rest_in_words(self) -> str:
        cells, seconds = self._outlook.cells_left, self._outlook.seconds_left
        if not cells:
            return "."
        time_left = ""
        if seconds is not None:
            time_left = f", about {in_words(seconds / min(self._at_once, cells))}"
        return f"; {count_of(cells, 'cell')} left{time_left}."


_ENDED = (CellState.DONE, CellState.FAILED)
