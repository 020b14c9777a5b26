"""The taxonomy system: which species is it, and to which rank can that be trusted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.core.storage import write_text
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.run_summary import RunSummary
from fieldmark.experiments.runner import Task, run_missing
from fieldmark.experiments.study_file import resolved_yaml
from fieldmark.manifest.split_set import ONLY
from fieldmark.manifest.splits import write_split
from fieldmark.workflows.auditing import findings_of, require_sound
from fieldmark.workflows.ground import Ground

TASKS: Final = ("taxonomy",)
SPLITS: Final = "splits"


def run_study(ground: Ground, *, progress: Progress | None = None) -> RunSummary:
    """Audit the data, then run every cell of a study that is not done.

    Args:
        ground: the study, as ``open_ground`` gives it.
        progress: who is told how far it is; nobody when None.

    Raises:
        ManifestError: the audit found what would make the numbers wrong; nothing has run.
    """
    progress = progress or SilentProgress()
    require_sound(findings_of(ground, progress=progress))
    write_text(ground.results / "study.resolved.yaml", resolved_yaml(ground.file.study))
    for name, split in ground.splits.splits.items():
        write_split(split, ground.results / SPLITS / ground.splits.file_name(name))
    return run_missing(ground.cells, _task(ground), ground.ledger, progress=progress)


def _task(ground: Ground) -> Task:
    def task(spec: RunSpec, folder: Path, progress: Progress) -> Mapping[str, JsonValue]:
        own = ground.at(spec)
        facts = _work(own, spec, folder, progress)
        name = spec.split_name or ONLY
        file = f"{SPLITS}/{ground.splits.file_name(name)}"
        return {**facts, "split": {"file": file, "digest": own.split.digest}}

    return task


def _work(
    ground: Ground, spec: RunSpec, folder: Path, progress: Progress
) -> Mapping[str, JsonValue]:
    contender = ground.file.study.contenders[spec.contender]
    if isinstance(contender, ImportedContender):
        from fieldmark.workflows.importing import take_in

        return take_in(ground, spec, contender, folder=folder, progress=progress)
    if isinstance(contender, FineTunedContender):
        from fieldmark.workflows.fine_tuning import tune

        return tune(ground, spec, contender, folder=folder, progress=progress)
    from fieldmark.workflows.learning import train

    return train(ground, spec, contender, folder=folder, progress=progress)
