"""Keeping the heartbeat of a cell that this process runs."""

import contextlib
import datetime
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from fieldmark.core.progress import Progress, Step
from fieldmark.experiments.heartbeat import PERIOD_SECONDS, CellProgress, Pulse, kernel_id


@contextlib.contextmanager
def beating(
    path: Path, progress: Progress, *, period_seconds: float = PERIOD_SECONDS
) -> Iterator[Progress]:
    """Keep a heartbeat while the block runs, and yield the progress that it listens to.

    A beat that cannot be written, for want of space, is left out: the work goes on.

    Args:
        path: the file; its folder is there. It is removed when the block ends.
        progress: who is told all the same.
        period_seconds: from one beat to the next.

    Example:
        >>> import tempfile
        >>> from fieldmark.core.progress import SilentProgress
        >>> from fieldmark.experiments.heartbeat import read_pulse
        >>> path = Path(tempfile.mkdtemp()) / "heartbeat"
        >>> with beating(path, SilentProgress()):
        ...     read_pulse(path).pid == os.getpid()
        True
        >>> path.exists()
        False
    """
    heart = _Heart(path, progress, period_seconds)
    heart.beat()
    thread = threading.Thread(target=heart.go_on, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield heart
    finally:
        heart.ended.set()
        thread.join()
        with contextlib.suppress(OSError):
            path.unlink()


class _Heart:
    """Passes progress on, and writes what it heard into the file."""

    def __init__(self, path: Path, listener: Progress, period_seconds: float) -> None:
        self.ended, self._began = threading.Event(), time.monotonic()
        self._path, self._listener = path, listener
        self._steps: list[_CountedStep] = []
        self._progress: CellProgress | None = None
        self._pulse = Pulse(
            host=socket.gethostname(),
            kernel=kernel_id(),
            pid=os.getpid(),
            started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            beat=0,
            period_seconds=period_seconds,
        )

    @contextlib.contextmanager
    def step(self, description: str, total: int) -> Iterator[Step]:
        """Open a piece of work; while several are open, the innermost is told."""
        with self._listener.step(description, total) as step:
            counted = _CountedStep(step, description, total)
            self._steps.append(counted)
            try:
                yield counted
            finally:
                self._progress = counted.progress
                self._steps.remove(counted)

    def say(self, message: str) -> None:
        """Pass a line on."""
        self._listener.say(message)

    def go_on(self) -> None:
        """Beat until the work ends."""
        while not self.ended.wait(self._pulse.period_seconds):
            self.beat()

    def beat(self) -> None:
        """Write the file anew, or at least stamp it."""
        steps = tuple(self._steps)
        progress = steps[-1].progress if steps else self._progress
        if progress is not None:
            seconds = round(time.monotonic() - self._began, 1)
            progress = progress.model_copy(update={"seconds": seconds})
        self._pulse = self._pulse.model_copy(
            update={"beat": self._pulse.beat + 1, "progress": progress}
        )
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            fresh.write_text(self._pulse.model_dump_json(), encoding="utf-8")
            fresh.replace(self._path)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink()
            with contextlib.suppress(OSError):
                os.utime(self._path)


class _CountedStep:
    def __init__(self, step: Step, description: str, total: int) -> None:
        self._step, self._description, self._total, self._done = step, description, total, 0

    def advance(self, count: int = 1) -> None:
        self._done += count
        self._step.advance(count)

    @property
    def progress(self) -> CellProgress:
        return CellProgress(step=self._description, done=self._done, total=self._total)
