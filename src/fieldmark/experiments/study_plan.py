"""What a study will run: rows of cells, what they share, what is done, and how long the rest takes.

Packs are cells that rest on the same embeddings. The runner takes them one after another and looks
the embeddings up once; `Pack.one_call` says which could be trained in a single call as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any

from fieldmark.core.checks import count_of
from fieldmark.experiments.config import Study
from fieldmark.experiments.contenders import (
    FineTunedContender,
    ImportedContender,
    TrainedContender,
)
from fieldmark.experiments.durations import Outlook
from fieldmark.experiments.head_sections import LinearHead
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState, RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """The cells of one contender, or of one with few training images of each class.

    Attributes:
        name: what the page calls it.
        contender: the contender of the study.
        folds: how many folds; 1 without.
        seeds: how many seeds; 1 where none changes it.
        cells: folds x seeds.
        done: how many of them have a result.
        pack: the name of the pack that they belong to.
        seconds_each: what a cell took in the mean; None where none has been measured.
        seconds_left: what is left will take; None where nothing has been measured.
        reference: what it is compared with; None for the reference itself, or without one.
    """

    name: str
    contender: str
    folds: int
    seeds: int
    cells: int
    done: int
    pack: str
    seconds_each: float | None
    seconds_left: float | None
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Cells that share data and can run together.

    Attributes:
        name: a letter, or two.
        shares: what they have in common, in words.
        contenders: whose cells.
        cells: how many.
        one_call: whether all of them could be trained in a single call: linear heads of which the
            last epoch is kept.
    """

    name: str
    shares: str
    contenders: tuple[str, ...]
    cells: int
    one_call: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPlan:
    """Everything that a study will run.

    Attributes:
        study: its name.
        rows: in the order of the file.
        packs: in the order of their first rows.
    """

    study: str
    rows: tuple[PlanRow, ...]
    packs: tuple[Pack, ...]

    @property
    def cells(self) -> int:
        """How many cells are planned."""
        return sum(row.cells for row in self.rows)

    @property
    def done(self) -> int:
        """How many of them have a result."""
        return sum(row.done for row in self.rows)

    @property
    def seconds_left(self) -> float | None:
        """What is left will take; None where some of it has never been measured."""
        left = [row.seconds_left for row in self.rows]
        known = [seconds for seconds in left if seconds is not None]
        return sum(known) if len(known) == len(left) else None

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON; what is not known is None."""
        totals = {"cells": self.cells, "done": self.done, "seconds_left": self.seconds_left}
        return asdict(self) | totals


def study_plan(
    study: Study, cells: Sequence[RunSpec], records: Sequence[RunRecord] | None = None
) -> StudyPlan:
    """Return the plan of a study as a table.

    Args:
        study: the study.
        cells: its cells.
        records: how each cell stands, in the same order; None where nothing has run.

    Example:
        >>> net = {"name": "resnet18", "weights": "random"}
        >>> study = Study(
        ...     study="fungi",
        ...     task="taxonomy",
        ...     data={"manifest": "m.csv", "images": "img", "label": "species", "split": "part"},
        ...     contenders={"probe": {"backbone": net, "head": {"kind": "linear"}}},
        ... )
        >>> from fieldmark.experiments.plan import plan
        >>> found = study_plan(study, plan(study, folds=("1", "2")))
        >>> found.cells, found.packs[0].shares, found.seconds_left is None
        (2, 'embeddings of resnet18 (random), tap pooled', True)
    """
    packs = _packs(study, cells)
    pack_of = {name: pack.name for pack in packs for name in pack.contenders}
    by_row: dict[str, list[int]] = {}
    for place, spec in enumerate(cells):
        by_row.setdefault(spec.row, []).append(place)
    rows = [
        _row(
            [cells[place] for place in places],
            [] if records is None else [records[place] for place in places],
            pack_of,
        )
        for places in by_row.values()
    ]
    return StudyPlan(study=study.study, rows=tuple(rows), packs=packs)


def _row(
    cells: Sequence[RunSpec], records: Sequence[RunRecord], pack_of: Mapping[str, str]
) -> PlanRow:
    first = cells[0]
    outlook = Outlook(first.contender for _ in cells)
    done = [record for record in records if record.state is CellState.DONE]
    for record in done:
        outlook.finish(first.contender, seconds=record.seconds)
    measured = [record.seconds for record in done if record.seconds is not None]
    return PlanRow(
        name=first.row,
        contender=first.contender,
        folds=len({spec.fold for spec in cells}),
        seeds=len({spec.seed for spec in cells}),
        cells=len(cells),
        done=len(done),
        pack=pack_of[first.contender],
        seconds_each=sum(measured) / len(measured) if measured else None,
        seconds_left=outlook.seconds_left if outlook.cells_left else 0.0,
        reference=first.reference if first.reference != first.contender else None,
    )


def _packs(study: Study, cells: Sequence[RunSpec]) -> tuple[Pack, ...]:
    count: dict[str, int] = {}
    for spec in cells:
        count[spec.contender] = count.get(spec.contender, 0) + 1
    members: dict[str, list[str]] = {}
    for name in count:
        members.setdefault(_shared_by(study, name)[0], []).append(name)
    return tuple(
        Pack(
            name=_letters(place),
            shares=_shared_by(study, names[0])[1],
            contenders=tuple(names),
            cells=sum(count[name] for name in names),
            one_call=all(_is_packable(study, name) for name in names),
        )
        for place, names in enumerate(members.values())
    )


def _shared_by(study: Study, name: str) -> tuple[str, str]:
    """Return what tells a contender's pack from others, and what its cells share in words."""
    contender = study.contenders[name]
    if isinstance(contender, ImportedContender):
        return f"file {contender.predictions}", f"the file {contender.predictions}"
    backbone = contender.backbone
    network = f"{backbone.name} ({PurePath(backbone.weights).name})"
    if isinstance(contender, FineTunedContender):
        return f"tuned {name}", f"nothing: each cell trains {network} anew"
    words = f"embeddings of {network}, tap {backbone.tap}"
    return f"embeddings {backbone.model_dump_json()}", words


def _is_packable(study: Study, name: str) -> bool:
    contender = study.contenders[name]
    is_linear = isinstance(contender, TrainedContender) and isinstance(contender.head, LinearHead)
    return is_linear and study.protocol.selection is None


def _letters(place: int) -> str:
    whole, rest = divmod(place, 26)
    return (_letters(whole - 1) if whole else "") + chr(ord("A") + rest)


def plan_sentence(found: StudyPlan) -> str:
    """Return how many cells there are and are done, in one sentence.

    Example:
        >>> plan_sentence(StudyPlan(study="fungi", rows=(), packs=()))
        'fungi: 0 cells in 0 packs, 0 done.'
    """
    packs = count_of(len(found.packs), "pack")
    return f"{found.study}: {count_of(found.cells, 'cell')} in {packs}, {found.done:,} done."
