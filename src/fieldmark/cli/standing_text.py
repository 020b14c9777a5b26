"""How a study stands, as a table and lines."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fieldmark.cli.sparklines import sparkline
from fieldmark.core.checks import count_of
from fieldmark.experiments.durations import in_words
from fieldmark.experiments.records import CellState, RunRecord

if TYPE_CHECKING:
    from fieldmark.workflows.standing import Standing

MOST_CELLS: Final = 40
_MOST_REMARKS: Final = 12
_UNKNOWN: Final = "?"
_COUNTED: Final = (CellState.RUNNING, CellState.FAILED, CellState.STALE, CellState.PLANNED)


@dataclass(frozen=True, slots=True)
class StandingText:
    """A table, and what is said below it.

    Attributes:
        columns: the head of the table.
        rows: its rows.
        lines: below it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[str, ...]


def standing_text(
    standing: "Standing", logs: Mapping[str, str], *, every_cell: bool
) -> StandingText:
    """Return how a study stands in words; what has not run is ``?``.

    Args:
        standing: the study.
        logs: where the log of each cell that has failed lies, by its id.
        every_cell: whether each cell has its row; otherwise each contender has, and only the first
            remarks are shown.
    """
    remarks = [
        line
        for record in standing.records
        for line in _remarks(record, standing, logs.get(record.cell))
    ]
    most = len(remarks) if every_cell else _MOST_REMARKS
    more = len(remarks) - most
    lines = (*remarks[:most], *([f"... and {more:,} lines more: --all"] if more > 0 else []))
    whole = (*lines, _sum_in_words(standing))
    if every_cell:
        rows = tuple(_cell_row(record) for record in standing.records)
        return StandingText(("cell", "state", "took", "finished"), rows, whole)
    heads = ("contender", "done", *(state.value for state in _COUNTED), "mean cell")
    return StandingText(heads, _contender_rows(standing), whole)


def _cell_row(record: RunRecord) -> tuple[str, ...]:
    took = _UNKNOWN if record.seconds is None else in_words(record.seconds)
    finished = (record.finished or _UNKNOWN).replace("T", " ").replace("+00:00", " UTC")
    return record.cell, record.state.value, took, finished


def _contender_rows(standing: "Standing") -> tuple[tuple[str, ...], ...]:
    by_name: dict[str, list[RunRecord]] = defaultdict(list)
    for name, record in zip(standing.contenders, standing.records, strict=True):
        by_name[name].append(record)
    return tuple(_contender_row(name, records) for name, records in by_name.items())


def _contender_row(name: str, records: Sequence[RunRecord]) -> tuple[str, ...]:
    done = [record for record in records if record.state is CellState.DONE]
    seconds = [record.seconds for record in done if record.seconds is not None]
    counts = (sum(record.state is state for record in records) for state in _COUNTED)
    return (
        name,
        f"{len(done):,} of {len(records):,}",
        *(f"{count:,}" if count else "" for count in counts),
        in_words(sum(seconds) / len(seconds)) if seconds else _UNKNOWN,
    )


def _remarks(record: RunRecord, standing: "Standing", log: str | None) -> list[str]:
    told = [_progress_in_words(record, standing)] if record.state is CellState.RUNNING else []
    told += [(record.error or record.detail or "").strip()]
    if record.error:
        told += [record.detail or "", f"the log is {log}" if log else ""]
    return [f"{record.cell}: {text}" for text in told if text]


def _progress_in_words(record: RunRecord, standing: "Standing") -> str:
    parts = []
    progress = record.progress
    if progress is not None:
        share = f" ({progress.done / progress.total:.0%})" if progress.total else ""
        parts.append(f"{progress.step} {progress.done:,} of {progress.total:,}{share}")
    parts += [
        f"{curve.name} {sparkline(curve.values)} {curve.values[-1]:.4g}"
        for curve in standing.curves.get(record.cell, ())
    ]
    return "; ".join(parts)


def _sum_in_words(standing: "Standing") -> str:
    done = standing.count(CellState.DONE)
    total = len(standing.records)
    others = [
        f"{standing.count(state):,} {state.value}" for state in _COUNTED if standing.count(state)
    ]
    told = f"{done:,} of {count_of(total, 'cell')} done"
    if others:
        told += f"; {', '.join(others)}"
    if done < total:
        left = standing.seconds_left
        told += f"; time left {_UNKNOWN}" if left is None else f"; about {in_words(left)} left"
    return f"{told}."
