"""What a running cell tells the others: a small file, written anew every few seconds.

The lock says who lives on this machine; the heartbeat says it across a shared file system whose
locks do not reach every machine. How old it is, is told by the clock of that file system alone:
the time stamps of two of its files are compared, so that no machine's clock can mislead.
"""

import contextlib
import tempfile
import time
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PERIOD_SECONDS: Final = 5.0
PERIODS_OF_SILENCE: Final = 12
_KERNEL = Path("/proc/sys/kernel/random/boot_id")


class CellProgress(BaseModel):
    """How far a running cell is.

    Attributes:
        step: what is being done, such as "fine-tune".
        done: units of it that are done.
        total: units that it has.
        seconds: since the cell was taken up, by a clock that never jumps.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    done: Annotated[int, Field(ge=0)]
    total: Annotated[int, Field(ge=0)]
    seconds: Annotated[float, Field(ge=0)] = 0.0


class Pulse(BaseModel):
    """One beat of a running cell.

    Attributes:
        host: the name of the machine.
        kernel: what tells one start of one machine from all others; "" where it is not known.
        pid: the process.
        started: when the cell was taken up, UTC in ISO 8601.
        beat: the number of this beat.
        period_seconds: how long it is to the next.
        progress: how far the cell is; None before it has said so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    kernel: str
    pid: int
    started: str
    beat: int
    period_seconds: float
    progress: CellProgress | None = None

    @property
    def words(self) -> str:
        """The process, its machine and when it began."""
        return f"process {self.pid} on {self.host} since {self.started}"

    @property
    def silence_seconds(self) -> float:
        """How long it may be silent and still be held to live."""
        return PERIODS_OF_SILENCE * self.period_seconds


class FileSystemClock:
    """The clock that stamps the files of a folder; asked once, when it is first needed.

    Args:
        folder: where a file is made for an instant, to see its time stamp.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "heartbeat").touch()
        >>> FileSystemClock(folder).age_seconds(folder / "heartbeat") < 60
        True
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now_ns: int | None = None

    def age_seconds(self, path: Path) -> float | None:
        """Return how old a file is, negative when its stamp lies ahead.

        None when there is no such file, or nothing can be written beside it.
        """
        try:
            stamp = path.stat().st_mtime_ns
            now = self._now()
        except OSError:
            return None
        return (now - stamp) / 1e9

    def _now(self) -> int:
        if self._now_ns is None:
            with tempfile.NamedTemporaryFile(prefix=".partial-clock-", dir=self._folder) as probe:
                self._now_ns = Path(probe.name).stat().st_mtime_ns
        return self._now_ns


def kernel_id() -> str:
    """Return what tells this start of this machine from all others; "" where that is not known."""
    with contextlib.suppress(OSError):
        return _KERNEL.read_text(encoding="ascii").strip()
    return ""


def read_pulse(path: Path) -> Pulse | None:
    """Return the last beat, or None when there is none, or none that can be read.

    Example:
        >>> read_pulse(Path("no-such-cell/heartbeat")) is None
        True
    """
    try:
        return Pulse.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def is_of_this_machine(pulse: Pulse) -> bool:
    """Whether the lock alone tells if the writer lives, because one kernel sees both."""
    return pulse.kernel != "" and pulse.kernel == kernel_id()


def beats_on(path: Path, pulse: Pulse) -> bool:
    """Watch a heartbeat for two of its periods and say whether it went on.

    The only judge that no clock can mislead, asked before a cell is taken from a silent run.
    """
    for _ in range(2):
        time.sleep(pulse.period_seconds)
        now = read_pulse(path)
        if now is None:
            return False
        if now != pulse:
            return True
    return False
