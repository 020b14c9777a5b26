"""The cells of a study: every contender on every split, with every seed that changes it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fieldmark.core.digests import digest_of
from fieldmark.experiments.config import Study
from fieldmark.experiments.contenders import TrainedContender
from fieldmark.experiments.head_sections import LogisticHead


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One cell of a study: what is run, and from what.

    Attributes:
        contender: the name of the contender.
        seed: the seed, or None for a contender that no seed changes.
        settings_digest: what the study file says as far as it bears on this cell.
        content_digest: what the files behind the study hold, as ``with_inputs`` was told.
        fold: the name of the fold, or None without folds.
        reference: the contender that this cell is compared with, if any.
        shots: the number of training images a class, or None when all are learnt from.
    """

    contender: str
    seed: int | None
    settings_digest: str
    content_digest: str | None = None
    fold: str | None = None
    reference: str | None = None
    shots: int | None = None

    @property
    def part(self) -> str:
        """The name of the cell within its contender, such as "seed-0" or "seed-free"."""
        seed = "seed-free" if self.seed is None else f"seed-{self.seed}"
        if self.shots is not None:
            return f"shots-{self.shots}-{seed}"
        return seed if self.fold is None else f"fold-{self.fold}-{seed}"

    @property
    def split_name(self) -> str | None:
        """The name of the split that it runs on; None where the study has one only."""
        return self.fold if self.shots is None else str(self.shots)

    @property
    def row(self) -> str:
        """The name under which it is judged, over all its folds and seeds.

        Example:
            >>> RunSpec("probe", 0, settings_digest="s", fold="3").row
            'probe'
            >>> RunSpec("probe", 0, settings_digest="s", shots=5).row
            'probe, 5 a class'
        """
        return row_name(self.contender, self.shots)

    @property
    def id(self) -> str:
        """The name of the cell within the study, such as "probe/seed-0"."""
        return f"{self.contender}/{self.part}"

    @property
    def inputs_digest(self) -> str:
        """The digest of all that the result depends on; another one makes a result stale."""
        return digest_of([self.settings_digest, self.content_digest, self.seed, self.split_name])

    def with_inputs(self, digest: str) -> "RunSpec":
        """Return the cell with the digest of the content it reads: table, split, weights, scores.

        Example:
            >>> cell = RunSpec("probe", 0, settings_digest="s")
            >>> cell.with_inputs("a").inputs_digest == cell.with_inputs("b").inputs_digest
            False
        """
        return replace(self, content_digest=digest)


def row_name(contender: str, shots: int | None) -> str:
    """Return the name under which a contender is judged."""
    return contender if shots is None else f"{contender}, {shots} a class"


def plan(
    study: Study, *, folds: Sequence[str] = (), shots: Sequence[int] = ()
) -> tuple[RunSpec, ...]:
    """Return every cell of the study, contender by contender, split by split, seed by seed.

    A contender that no seed changes has one cell a split. A cell's digest covers the task, the
    data, the contender, the part that is reported and, where something is chosen, how; it does not
    cover the other contenders, so that adding one leaves finished cells finished. Settings are
    read once a contender, however many cells it has.

    Args:
        study: the study.
        folds: the names of its folds; empty without.
        shots: its numbers of training images a class; empty without.

    Example:
        >>> study = Study(
        ...     study="fungi",
        ...     task="taxonomy",
        ...     data={"manifest": "m.csv", "images": "img", "label": "species", "split": "part"},
        ...     protocol={"seeds": (0, 1)},
        ...     contenders={
        ...         "probe": {
        ...             "backbone": {"name": "resnet18", "weights": "random"},
        ...             "head": {"kind": "linear"},
        ...         },
        ...         "today": {"predictions": "today.csv", "kind": "logits"},
        ...     },
        ... )
        >>> [cell.id for cell in plan(study)]
        ['probe/seed-0', 'probe/seed-1', 'today/seed-free']
        >>> len(plan(study, folds=("1", "2", "3")))
        9
    """
    shared = {
        "task": study.task,
        "data": study.data.bearing(),
        "report_on": study.protocol.report_on,
    }
    splits: list[tuple[str | None, int | None]] = [
        *((fold, None) for fold in folds),
        *((None, number) for number in shots),
    ]
    cells: list[RunSpec] = []
    for name, contender in study.contenders.items():
        digest = digest_of(shared | _own_settings(study, name))
        reference = study.reference_of(name) or study.reference
        seeds = study.protocol.seeds if contender.is_seeded else (None,)
        cells.extend(
            RunSpec(name, seed, digest, fold=fold, shots=number, reference=reference)
            for fold, number in splits or [(None, None)]
            for seed in seeds
        )
    return tuple(cells)


def _own_settings(study: Study, name: str) -> dict[str, Any]:
    contender, selection = study.contenders[name], study.protocol.selection
    own: dict[str, Any] = {"contender": contender.model_dump(mode="json"), "selection": None}
    if selection is not None and contender.is_seeded:
        own["selection"] = selection.model_dump(mode="json", exclude={"inner"})
    if isinstance(contender, TrainedContender) and isinstance(contender.head, LogisticHead):
        own["inner_folds"] = inner_folds_of(study, contender.head)
    return own


def inner_folds_of(study: Study, head: LogisticHead) -> int:
    """Return the number of inner folds that a logistic head of a study chooses its penalty on."""
    selection = study.protocol.selection
    return head.inner_folds if selection is None or not selection.inner else selection.inner.folds
