"""A process that runs cells of one study, one after another, as it is told their ids."""

import contextlib
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from fieldmark.experiments.engines.calls import cell_that_ended

_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
_LAST_LINES = 20
_PATIENCE_SECONDS = 10.0


class Worker:
    """A process of this machine that lives as long as there are cells for it.

    It reads ids from its standard input and ends when that is closed, so it never outlives the
    process that started it by more than the cell at hand. It has a session of its own: an interrupt
    at the terminal reaches the starting process alone, which then stops its workers.

    Args:
        command: what reads ids of cells and says which have ended, see ``calls``.
        environment: the variables of the process.
        cpus: the cores that it may use; empty for all.
        log: the file that everything it prints is added to.

    Raises:
        OSError: the process cannot be started, or the log not be written.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        cpus: Collection[int],
        log: Path,
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log.open("a", encoding="utf-8")
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        try:
            self._process = _started(command, environment)
        except OSError:
            self._log.close()
            raise
        if cpus:
            with contextlib.suppress(OSError):  # it ended at once, which run() will notice
                os.sched_setaffinity(self._process.pid, cpus)

    def run(self, cell: str, heard: Callable[[str], None]) -> bool:
        """Have a cell run, and say whether the process lived to report its end.

        Args:
            cell: the id.
            heard: is given every other line that the process prints meanwhile.
        """
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        try:
            self._process.stdin.write(f"{cell}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it is dead; what it printed before is still to be read
        for line in self._process.stdout:
            text = line.rstrip("\n")
            self._log.write(f"{text}\n")
            self._log.flush()
            if cell_that_ended(text) == cell:
                return True
            self._last.append(text)
            heard(text)
        self._process.wait()
        return False

    def obituary(self) -> str:
        """Return how the process ended, in one line, and below it the last lines it printed."""
        code = self._process.wait()
        ended = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        return "\n".join([f"its process {ended}", *self._last])

    def close(self) -> None:
        """Tell the process that there are no more cells, and wait for its end."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process.wait()
        self._log.close()

    def interrupt(self) -> None:
        """Ask the process to stop, as an interrupt at the terminal would."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def end(self) -> None:
        """Wait for a process that was asked to stop, and kill it where it takes too long."""
        try:
            self._process.wait(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _started(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command line, no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="backslashreplace",
        env=dict(environment),
        start_new_session=True,
    )


def worker_environment(
    given: Mapping[str, str], *, threads: int, device: str | None
) -> dict[str, str]:
    """Return the variables of a worker: as many threads in every library, and one device.

    Args:
        given: the variables of this process.
        threads: of the numeric libraries, torch among them.
        device: a GPU as CUDA names it; None leaves all.

    Example:
        >>> worker_environment({}, threads=2, device="1")["CUDA_VISIBLE_DEVICES"]
        '1'
    """
    pinned = dict(given) | dict.fromkeys(_THREADS, str(threads))
    return pinned if device is None else pinned | {"CUDA_VISIBLE_DEVICES": device}


def share_of_cores(cores: Sequence[int], place: int, *, threads: int) -> tuple[int, ...]:
    """Return the cores of the worker at a place; none, so that it is not bound, where they run out.

    Example:
        >>> share_of_cores([0, 1, 2, 3], 1, threads=2)
        (2, 3)
        >>> share_of_cores([0, 1, 2, 3], 2, threads=2)
        ()
    """
    share = tuple(cores[place * threads : (place + 1) * threads])
    return share if len(share) == threads else ()
