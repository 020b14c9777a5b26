"""A study in miniature: every contender once, on a few images, along the same path as a run."""

import contextlib
import dataclasses
import itertools
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from fieldmark.core.progress import Progress, SilentStep, Step
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender, TrainedContender
from fieldmark.experiments.head_sections import SEEDED_HEADS
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.tuning import MixingConfig, TrainingConfig
from fieldmark.manifest.split_set import single
from fieldmark.manifest.splits import Split
from fieldmark.workflows.ground import Ground

EPOCHS: Final = 6
_FEW, _PER_CLASS, _MOST = 8, 2, 64
_HEAD_EPOCHS: Final = 200


@contextlib.contextmanager
def miniature_of(ground: Ground, contenders: Sequence[str]) -> Iterator[Ground]:
    """Yield a study of some contenders of another: one seed, two images a class to learn from.

    Nothing is chosen in it, nothing is augmented, and its results lie beside those of the study,
    on the same disk, until the block ends.

    Args:
        ground: the study, on one split.
        contenders: those that are trained here and shall take part; at least one.
    """
    place = ground.results.parent
    place.mkdir(parents=True, exist_ok=True)
    with (
        _removed_when_empty(place),
        tempfile.TemporaryDirectory(prefix=".doctor-", dir=place) as folder,
    ):
        study = ground.file.study
        kept = {name: study.contenders[name] for name in contenders}
        small = study.model_copy(
            update={
                "study": Path(folder).name,
                "protocol": study.protocol.model_copy(update={"selection": None}),
                "contenders": {name: _quick(contender) for name, contender in kept.items()},
            }
        )
        first = {spec.contender: spec for spec in reversed(ground.cells) if spec.contender in kept}
        yield dataclasses.replace(
            ground,
            file=dataclasses.replace(ground.file, study=small),
            splits=single(_few(ground)),
            cells=tuple(
                dataclasses.replace(first[name], fold=None, shots=None) for name in contenders
            ),
        )


@contextlib.contextmanager
def _removed_when_empty(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()


class Stopwatch:
    """A listener that measures what happens within the outermost step, which is the runner's own.

    Attributes:
        seconds: that all steps within it took together.
        shortest: the least time between two advances of a step of at least two units.
    """

    def __init__(self, listener: Progress) -> None:
        self.seconds, self.shortest = 0.0, float("inf")
        self._listener, self._is_within = listener, False

    @contextlib.contextmanager
    def step(self, description: str, total: int) -> Iterator[Step]:
        """Open a piece of work and measure it."""
        if not self._is_within:
            self._is_within = True
            yield SilentStep()
            return
        began = time.perf_counter()
        with self._listener.step(description, total) as step:
            timed = _TimedStep(step)
            yield timed
        self.seconds += time.perf_counter() - began
        gaps = [later - sooner for sooner, later in itertools.pairwise(timed.times)]
        self.shortest = min([self.shortest, *gaps])

    def say(self, message: str) -> None:
        """Say nothing: what a miniature says is no news."""


class _TimedStep:
    def __init__(self, step: Step) -> None:
        self._step = step
        self.times: list[float] = []

    def advance(self, count: int = 1) -> None:
        self.times.append(time.perf_counter())
        self._step.advance(count)


def bytes_under(folder: Path) -> int:
    """Return how much the files under a folder hold; 0 where there is none."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def free_bytes(folder: Path) -> int:
    """Return how much room the disk of a folder has; the folder need not be there yet."""
    return shutil.disk_usage(nearest_folder(folder)).free


def nearest_folder(folder: Path) -> Path:
    """Return the folder, or the nearest above it that is there."""
    return next(place for place in (folder, *folder.absolute().parents) if place.is_dir())


def cell_of(small: Ground, contender: str) -> RunSpec:
    """Return the one cell of a contender in a miniature."""
    return next(spec for spec in small.cells if spec.contender == contender)


def _few(ground: Ground) -> Split:
    """Return two images a class to learn from, and a few of the reported part."""
    table = ground.manifest.select(ground.split.ids("train"))
    taken: dict[str, list[str]] = {}
    for image, label in zip(table.ids, table.labels.to_list(), strict=True):
        if len(taken.setdefault(str(label), [])) < _PER_CLASS:
            taken[str(label)].append(image)
    learnt = [image for images in taken.values() for image in images][:_MOST]
    reported = ground.file.study.protocol.report_on
    shown = tuple(ground.split.ids(reported))[:_FEW]
    return Split({"train": tuple(learnt), reported: shown}, name="miniature")


def _quick(contender: Any) -> Any:
    if isinstance(contender, ImportedContender):
        return contender
    if isinstance(contender, FineTunedContender):
        return contender.model_copy(update={"training": _quick_training(contender.training)})
    return _quick_head(contender)


def _quick_training(training: TrainingConfig) -> TrainingConfig:
    plan = training.unfreezing
    return training.model_copy(
        update={
            "epochs": EPOCHS,
            "batch_size": min(training.batch_size, _FEW),
            "augmentation": "none",
            "mixing": MixingConfig(),
            "balance": 0.0,
            "ema": None,
            "accumulate": 1,
            "patience": None,
            "checkpoint_every": None,
            "loggers": (),
            "wise_ft": (),
            "unfreezing": plan
            and {epoch: scope for epoch, scope in plan.items() if epoch < EPOCHS},
        }
    )


def _quick_head(contender: TrainedContender) -> TrainedContender:
    head = contender.head
    quick: dict[str, Any] = {}
    if isinstance(head, SEEDED_HEADS):
        quick |= {"patience": None, "epochs": max(head.epochs, _HEAD_EPOCHS)}
    elif head.kind == "logistic":
        quick |= {"inverse_penalty": head.inverse_penalty or 1.0}
    elif head.kind == "ridge":
        quick |= {"penalty": head.penalty or 1.0}
    return contender.model_copy(update={"head": head.model_copy(update=quick)})
