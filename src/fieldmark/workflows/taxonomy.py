"""The taxonomy system: which species is it, and to which rank can that be trusted."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import JsonValue

from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.core.storage import write_text
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender
from fieldmark.experiments.full_disk import full_disk_told
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.run_summary import RunSummary
from fieldmark.experiments.runner import run_missing
from fieldmark.experiments.study_file import resolved_yaml
from fieldmark.manifest.split_set import ONLY
from fieldmark.manifest.splits import write_split
from fieldmark.workflows.auditing import findings_of, require_sound
from fieldmark.workflows.ground import Ground

if TYPE_CHECKING:
    from fieldmark.workflows.shared_embeddings import SharedEmbeddings

TASKS: Final = ("taxonomy",)
SPLITS: Final = "splits"


def run_study(
    ground: Ground,
    *,
    cells: Sequence[RunSpec] | None = None,
    progress: Progress | None = None,
    wait: bool = True,
) -> RunSummary:
    """Audit the data, then run every cell of a study that is not done, in this process.

    Args:
        ground: the study, as ``open_ground`` gives it.
        cells: those of its cells to look at; all when None.
        progress: who is told how far it is; nobody when None.
        wait: whether to wait for cells that other processes are at work on.

    Raises:
        ManifestError: the audit found what would make the numbers wrong; nothing has run.
        RunFailedError: the disk is full.
    """
    progress = progress or SilentProgress()
    prepare_study(ground, progress=progress)
    chosen = ground.cells if cells is None else cells
    return run_missing(chosen, task_of(ground), ground.ledger, progress=progress, wait=wait)


def prepare_study(ground: Ground, *, progress: Progress) -> None:
    """Audit the data of a study, and store the study as it was understood, with its split.

    Args:
        ground: the study, as ``open_ground`` gives it.
        progress: who is told how far it is.

    Raises:
        ManifestError: the audit found what would make the numbers wrong.
    """
    require_sound(findings_of(ground, progress=progress))
    with full_disk_told(ground.results):
        write_text(ground.results / "study.resolved.yaml", resolved_yaml(ground.file.study))
        for name, split in ground.splits.splits.items():
            write_split(split, ground.results / SPLITS / ground.splits.file_name(name))


def task_of(ground: Ground) -> Callable[[RunSpec, Path, Progress], Mapping[str, JsonValue]]:
    """Return what does one cell of the study after another."""
    return _Task(ground)


class _Task:
    """Does one cell after another, and keeps the embeddings that they share."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._shared: SharedEmbeddings | None = None

    def __call__(self, spec: RunSpec, folder: Path, progress: Progress) -> Mapping[str, JsonValue]:
        own = self._ground.at(spec)
        facts = self._work(own, spec, folder, progress)
        file = self._ground.splits.file_name(spec.split_name or ONLY)
        return {**facts, "split": {"file": f"{SPLITS}/{file}", "digest": own.split.digest}}

    def _work(
        self, ground: Ground, spec: RunSpec, folder: Path, progress: Progress
    ) -> Mapping[str, JsonValue]:
        contender = ground.file.study.contenders[spec.contender]
        if isinstance(contender, ImportedContender):
            from fieldmark.workflows.importing import take_in

            return take_in(ground, spec, contender, folder=folder, progress=progress)
        if isinstance(contender, FineTunedContender):
            from fieldmark.workflows.fine_tuning import tune

            return tune(ground, spec, contender, folder=folder, progress=progress)
        from fieldmark.workflows.learning import train
        from fieldmark.workflows.shared_embeddings import SharedEmbeddings

        self._shared = self._shared or SharedEmbeddings()
        return train(ground, spec, contender, folder=folder, progress=progress, shared=self._shared)
