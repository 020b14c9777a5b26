"""What became of every cell in one call of the runner, and the exit code that tells."""

from collections.abc import Mapping
from dataclasses import dataclass

from fieldmark.core.checks import first_few
from fieldmark.core.errors import RunFailedError


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Cells by what became of them; every cell of the plan is in one of the first four.

    Attributes:
        ran: the ids of the cells that this call brought to a result.
        failed: the last line of the error by the id of each cell that failed.
        done_before: the ids of the cells that were done already.
        elsewhere: the ids of the cells that another process is at work on.
        stale: the ids of the cells among ``ran`` and ``failed`` that had an outdated result.

    Example:
        >>> RunSummary(ran=("a/seed-0",), failed={"b/seed-0": "ValueError: no"}).sentence
        "1 of 2 cells is done: 1 ran now. 1 failed: 'b/seed-0' (ValueError: no)."
    """

    ran: tuple[str, ...] = ()
    failed: Mapping[str, str] | None = None
    done_before: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every cell of the plan is done."""
        return not self.failed and not self.elsewhere

    @property
    def exit_code(self) -> int:
        """0 when every cell of the plan is done, otherwise 1."""
        return 0 if self.is_complete else 1

    @property
    def sentence(self) -> str:
        """The outcome in words, failures with their cells and reasons."""
        return " ".join([self._done_in_words(), *self._rest_in_words()])

    def _done_in_words(self) -> str:
        done = len(self.ran) + len(self.done_before)
        total = done + len(self.failed or ()) + len(self.elsewhere)
        if total == 0:
            return "There is nothing to run."
        if done == 0:
            return (
                "The only cell is not done." if total == 1 else f"None of {total:,} cells is done."
            )
        if done < total:
            whole = f"{done:,} of {total:,} cells {'is' if done == 1 else 'are'} done"
        else:
            whole = "The only cell is done" if total == 1 else f"All {total:,} cells are done"
        return f"{whole}: {', '.join(self._parts_in_words())}."

    def _parts_in_words(self) -> list[str]:
        parts = []
        if self.ran:
            outdated = len(set(self.stale) & set(self.ran))
            again = f" ({outdated:,} again, because its inputs changed)" if outdated else ""
            parts.append(f"{len(self.ran):,} ran now{again}")
        if self.done_before:
            before = len(self.done_before)
            parts.append(f"{before:,} {'was' if before == 1 else 'were'} done before")
        return parts

    def _rest_in_words(self) -> list[str]:
        found = []
        if self.failed:
            first, error = next(iter(self.failed.items()))
            more = f" and {len(self.failed) - 1:,} more" if len(self.failed) > 1 else ""
            found.append(f"{len(self.failed):,} failed: '{first}' ({error}){more}.")
        if self.elsewhere:
            names = first_few(self.elsewhere)
            found.append(f"{len(self.elsewhere):,} left to another process: {names}.")
        return found


def require_complete(summary: RunSummary) -> None:
    """Refuse to go on while a cell is not done.

    Raises:
        RunFailedError: a cell failed, or another process is still at work on one.
    """
    if not summary.is_complete:
        raise RunFailedError(summary.sentence)
