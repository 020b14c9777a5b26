"""How a study stands: what is known of every cell, its curves, and how long the rest will take.

Needs no torch: what a training has seen lies in a small file beside its state.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fieldmark.evaluation.metrics import definition_of
from fieldmark.experiments.durations import Outlook
from fieldmark.experiments.records import CellState, RunRecord
from fieldmark.training.traces import read_trace
from fieldmark.workflows.ground import Ground

_SETTLED = (CellState.DONE, CellState.FAILED)


@dataclass(frozen=True, slots=True)
class Curve:
    """A number after each epoch so far.

    Attributes:
        name: "loss", or the metric that the study selects by.
        values: in order of the epochs.
    """

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A study as it stands.

    Attributes:
        records: every cell, in the order of the plan.
        contenders: the contender of each cell, in the same order.
        curves: of the cells that are being trained, by their id.
        seconds_left: how long the cells that are not done will take at the number that run at
            present, as ``Outlook`` expects; None before anything is measured.
    """

    records: tuple[RunRecord, ...]
    contenders: tuple[str, ...]
    curves: Mapping[str, tuple[Curve, ...]]
    seconds_left: float | None

    @property
    def is_settled(self) -> bool:
        """Whether every cell is done or has failed."""
        return all(record.state in _SETTLED for record in self.records)

    def count(self, state: CellState) -> int:
        """Return how many cells are in a state."""
        return sum(record.state is state for record in self.records)


def standing_of(ground: Ground) -> Standing:
    """Return how a study stands now.

    Args:
        ground: the study, as ``open_ground`` gives it.
    """
    records = ground.ledger.records(ground.cells)
    outlook = Outlook(spec.contender for spec in ground.cells)
    for spec, record in zip(ground.cells, records, strict=True):
        if record.state is CellState.DONE:
            outlook.finish(spec.contender, seconds=record.seconds)
        elif record.progress is not None:
            share = record.progress.done / max(1, record.progress.total)
            outlook.begin(spec.contender, seconds=record.progress.seconds, share=min(1.0, share))
    at_once = max(1, sum(record.state is CellState.RUNNING for record in records))
    left = outlook.seconds_left
    return Standing(
        records,
        contenders=tuple(spec.contender for spec in ground.cells),
        curves=_curves(ground, records),
        seconds_left=None if left is None else left / at_once,
    )


def _curves(ground: Ground, records: tuple[RunRecord, ...]) -> dict[str, tuple[Curve, ...]]:
    selection = ground.file.study.protocol.selection
    metric = selection.metric if selection else ""
    sign = -1.0 if selection and definition_of(metric).direction == "lower" else 1.0
    found = {}
    for spec, record in zip(ground.cells, records, strict=True):
        if record.state is not CellState.RUNNING:
            continue
        trace = read_trace(ground.ledger.work_folder(spec))
        if trace is not None:
            judged = tuple(sign * value for value in trace.judgements)
            curves = (Curve("loss", trace.losses), Curve(metric, judged))
            found[spec.id] = tuple(curve for curve in curves if curve.values)
    return found
