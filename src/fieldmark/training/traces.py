"""What a training has seen so far, for whoever watches it: a small file, whole after each epoch."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from fieldmark.core.errors import StoreError
from fieldmark.core.storage import read_json, write_json

TRACE: Final = "trace.json"


@dataclass(frozen=True, slots=True)
class Trace:
    """The curves of a training up to its last finished epoch.

    Attributes:
        epochs: how many there will be, unless patience runs out.
        losses: mean loss of each epoch so far; finite.
        judgements: what the judge said after each, higher is better; empty without a judge.
        best_epoch: the one that is kept, 1 for the first; 0 before there is one.
    """

    epochs: int
    losses: tuple[float, ...]
    judgements: tuple[float, ...]
    best_epoch: int


def write_trace(trace: Trace, folder: Path) -> None:
    """Store a trace, whole or not at all.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_trace(Trace(3, losses=(0.7,), judgements=(), best_epoch=1), folder)
        >>> read_trace(folder).losses
        (0.7,)
    """
    write_json(folder / TRACE, asdict(trace))


def read_trace(folder: Path) -> Trace | None:
    """Return the trace in a folder; None where there is none that can be read."""
    try:
        found = read_json(folder / TRACE)
        return Trace(
            epochs=int(found["epochs"]),
            losses=tuple(map(float, found["losses"])),
            judgements=tuple(map(float, found["judgements"])),
            best_epoch=int(found["best_epoch"]),
        )
    except (StoreError, KeyError, TypeError, ValueError):
        return None
