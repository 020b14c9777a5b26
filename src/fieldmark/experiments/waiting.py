"""Waiting for cells that other processes are at work on."""

import time
from collections.abc import Iterator, Sequence

from fieldmark.core.checks import count_of
from fieldmark.core.progress import Progress
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 2.0


def as_they_come_free(
    cells: Sequence[RunSpec], ledger: Ledger, *, progress: Progress
) -> Iterator[RunSpec]:
    """Yield each cell once nobody is at work on it any more, whatever became of it.

    Args:
        cells: which to wait for.
        ledger: where they lie.
        progress: who is told that there is waiting.

    Example:
        >>> from fieldmark.core.progress import SilentProgress
        >>> from pathlib import Path
        >>> cell = RunSpec("probe", 0, settings_digest="s")
        >>> [found.id for found in as_they_come_free(
        ...     [cell], Ledger(Path("nowhere")), progress=SilentProgress())]
        ['probe/seed-0']
    """
    left, pause, is_told = list(cells), _FIRST_PAUSE_SECONDS, False
    while left:
        records = ledger.records(left)
        held = {record.cell for record in records if record.state is CellState.RUNNING}
        yield from (spec for spec in left if spec.id not in held)
        left = [spec for spec in left if spec.id in held]
        if left and not is_told:
            what = count_of(len(left), "cell")
            progress.say(f"Waiting for {what} that another process is at work on.")
            is_told = True
        if left:
            time.sleep(pause)
            pause = min(1.5 * pause, _LONGEST_PAUSE_SECONDS)
