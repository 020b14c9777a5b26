"""What would keep a study from running, found before it does, and what to do about it.

The rooms that need torch are imported where they are needed.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import FieldmarkError, StoreError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender
from fieldmark.experiments.durations import in_words
from fieldmark.experiments.locks import try_lock
from fieldmark.experiments.records import CellState
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.miniatures import free_bytes, miniature_of, nearest_folder

if TYPE_CHECKING:
    from fieldmark.workflows.trials import Trial

_SAMPLE_OF_PART = 16
_ROOM_TO_SPARE = 1.1
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what, such as "locks".
        contender: whose; "" for the study as a whole.
        is_ok: whether nothing stands in the way.
        message: what was seen; and where something is in the way, what to do.
    """

    name: str
    contender: str
    is_ok: bool
    message: str


def examine(ground: Ground, *, progress: Progress | None = None) -> Iterator[Check]:
    """Yield what stands in the way of a study, cheap checks first, each as soon as it is known.

    Every contender that is trained here is tried on a few images, along the same path as a run, and
    predictions made elsewhere are read. Nothing is downloaded, and nothing stays behind.

    Args:
        ground: the study, as ``open_ground`` gives it.
        progress: who is told how far it is; nobody when None.
    """
    progress = progress or SilentProgress()
    # Of several splits the first stands for all: they differ in which images are in which part.
    ground = ground.on(next(iter(ground.splits.names), None))
    yield _locks(ground)
    yield _data(ground, progress)
    able = []
    for name, contender in ground.file.study.contenders.items():
        if isinstance(contender, ImportedContender):
            yield _predictions(ground, name, contender, progress)
            continue
        found = [_weights(ground, name), *_device(name, contender)]
        yield from found
        if all(check.is_ok for check in found):
            able.append(name)
    yield from _tried(ground, able, progress)


def _locks(ground: Ground) -> Check:
    place = nearest_folder(ground.results)
    try:
        with tempfile.TemporaryDirectory(prefix=".doctor-", dir=place) as folder:
            lock = Path(folder) / "lock"
            with try_lock(lock) as mine, try_lock(lock) as other:
                works = mine and not other
    except (StoreError, OSError) as error:
        return Check("locks", "", is_ok=False, message=str(error))
    if works:
        return Check("locks", "", is_ok=True, message=f"files can be locked in {place}")
    told = f"two runs could do the same cell in {place}: keep the results on another disk."
    return Check("locks", "", is_ok=False, message=told)


def _data(ground: Ground, progress: Progress) -> Check:
    from fieldmark.core.errors import ImageError
    from fieldmark.images.decoding import decode

    ids = [
        image
        for images in ground.split.parts.values()
        for image in images[:: max(1, len(images) // _SAMPLE_OF_PART)][:_SAMPLE_OF_PART]
    ]
    problems = []
    paths = ground.manifest.select(ids).image_paths()
    with progress.step("read images", len(paths)) as step:
        for path in paths:
            try:
                decode(path)
            except ImageError as error:
                problems.append(str(error))
            step.advance()
    if not problems:
        return Check("data", "", is_ok=True, message=f"{count_of(len(paths), 'image')} read")
    told = f"{len(problems):,} of {len(paths):,} images cannot be read ({problems[0]})"
    if ground.file.study.data.unreadable == "exclude":
        return Check("data", "", is_ok=True, message=f"{told}; they will be left out")
    return Check("data", "", is_ok=False, message=f"{told}: mend them, or see `fieldmark check`.")


def _predictions(
    ground: Ground, name: str, contender: ImportedContender, progress: Progress
) -> Check:
    from fieldmark.workflows.importing import take_in

    spec = next(cell for cell in ground.cells if cell.contender == name)
    try:
        with tempfile.TemporaryDirectory(prefix="fieldmark-doctor-") as folder:
            take_in(ground, spec, contender, folder=Path(folder), progress=progress)
    except FieldmarkError as error:
        return Check("predictions", name, is_ok=False, message=str(error))
    return Check("predictions", name, is_ok=True, message=f"{contender.predictions} can be read")


def _weights(ground: Ground, name: str) -> Check:
    from fieldmark.workflows.weights_at_hand import weights_at_hand

    try:
        is_ok, told = weights_at_hand(ground.file, name)
    except FieldmarkError as error:
        told, is_ok = str(error), False
    return Check("weights", name, is_ok, told)


def _device(name: str, contender: object) -> Iterator[Check]:
    if not isinstance(contender, FineTunedContender):
        return
    import torch

    wanted, there = contender.training.devices, torch.cuda.device_count()
    if contender.training.accelerator == "cpu":
        message = f"the CPU, {count_of(wanted, 'process', 'processes')}"
        yield Check("device", name, is_ok=True, message=message)
    elif there and there < wanted:
        told = f"{wanted} are asked for and {count_of(there, 'GPU')} can be used here: "
        message = f"{told}lower training.devices, or run where there are more."
        yield Check("device", name, is_ok=False, message=message)
    else:
        kind = torch.cuda.get_device_name(0) if there else "no GPU here: the CPU is taken"
        yield Check("device", name, is_ok=True, message=kind)


def _tried(ground: Ground, able: list[str], progress: Progress) -> Iterator[Check]:
    from fieldmark.workflows.trials import try_contender

    trials: dict[str, Trial] = {}
    if able:
        with miniature_of(ground, able) as small:
            for name in able:
                trials[name] = try_contender(ground, small, name, progress=progress)
                yield from _judged(name, trials[name])
    yield from _expected(ground, trials)


def _judged(name: str, trial: "Trial") -> Iterator[Check]:
    if trial.error is not None:
        yield Check("trial", name, is_ok=False, message=trial.error)
        return
    learns, told = trial.learns
    if not learns:
        told += ": it does not learn a few images; look at its learning rate and the labels."
    yield Check("learning", name, learns, told)
    stored = "what is read back gives the same scores"
    if not trial.stored_equal:
        stored = "what is read back gives other scores: do not trust its results; report this."
    yield Check("storage", name, trial.stored_equal, stored)


def _expected(ground: Ground, trials: "dict[str, Trial]") -> Iterator[Check]:
    seconds, needed, unknown = _needs(ground, trials)
    rest = f", and what {first_few(unknown)} will take" if unknown else ""
    yield Check("time", "", is_ok=True, message=f"about {in_words(seconds)} for what is left{rest}")
    free = free_bytes(ground.results)
    told = f"about {needed / _GIB:.2f} GiB for what is left{rest}; {free / _GIB:.2f} GiB are free"
    if free < needed * _ROOM_TO_SPARE:
        yield Check("disk", "", is_ok=False, message=f"{told}: make room first.")
    else:
        yield Check("disk", "", is_ok=True, message=told)


def _needs(ground: Ground, trials: "dict[str, Trial]") -> tuple[float, int, list[str]]:
    """Return seconds and bytes for the cells that are not done, and who could not be measured."""
    study = ground.file.study
    records = ground.ledger.records(ground.cells)
    seconds, needed, working = 0.0, 0, [0]
    shared: dict[str, tuple[float, int]] = {}
    unknown: dict[str, None] = {}
    for spec, record in zip(ground.cells, records, strict=True):
        contender = study.contenders[spec.contender]
        if record.state is CellState.DONE or isinstance(contender, ImportedContender):
            continue
        trial = trials.get(spec.contender)
        if trial is None or trial.error is not None:
            unknown[spec.contender] = None
            continue
        seconds, needed = seconds + trial.cell_seconds, needed + trial.cell_bytes
        working.append(trial.work_bytes)
        key = contender.backbone.model_dump_json()
        known = shared.get(key, (0.0, 0))
        shared[key] = (
            max(known[0], trial.shared_seconds),
            max(known[1], trial.shared_bytes),
        )
    seconds += sum(once for once, _ in shared.values())
    needed += max(working) + sum(once for _, once in shared.values())
    return seconds, needed, list(unknown)
