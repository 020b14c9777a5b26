"""Trying a contender in miniature: does it learn, is it stored as it was, what will it take."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from fieldmark.core.progress import Progress
from fieldmark.experiments.contenders import FineTunedContender
from fieldmark.experiments.head_sections import SEEDED_HEADS
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState
from fieldmark.experiments.runner import run_missing
from fieldmark.predictions.store import load_predictions
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.miniatures import Stopwatch, bytes_under, cell_of
from fieldmark.workflows.parts import PREDICTIONS, RANK_HEADS, label_space_of
from fieldmark.workflows.taxonomy import task_of

_FALLS_TO: Final = 0.99
_STATE_COPIES: Final = 4  # of the weights while a network is trained: itself, two moments, the best


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a contender did in miniature.

    Attributes:
        error: why it could not run; None when it did.
        learns: whether it learnt its few images, and the numbers that say so.
        stored_equal: whether what was read back gives the scores that were stored.
        cell_seconds: what a cell of the whole study is expected to take, embedding aside.
        shared_seconds: what all cells of its backbone need once: embedding.
        cell_bytes: what the result of a cell is expected to hold.
        shared_bytes: what all cells of its backbone keep once.
        work_bytes: what a cell keeps while it runs, and no longer.
    """

    error: str | None = None
    learns: tuple[bool, str] = (False, "")
    stored_equal: bool = False
    cell_seconds: float = 0.0
    shared_seconds: float = 0.0
    cell_bytes: int = 0
    shared_bytes: int = 0
    work_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How many images a study has where the miniature has few."""

    train: int
    judged: int
    few_train: int
    few_judged: int


def try_contender(ground: Ground, small: Ground, contender: str, *, progress: Progress) -> Trial:
    """Run the one cell of a contender in a miniature and look at what it gave.

    Args:
        ground: the study.
        small: its miniature, as ``miniature_of`` gives it.
        contender: one that takes part in the miniature.
        progress: who is told how far it is.
    """
    spec, watch = cell_of(small, contender), Stopwatch(progress)
    run_missing([spec], task_of(small), small.ledger, progress=watch)
    record = small.ledger.settled_record(spec)
    if record.state is not CellState.DONE:
        return Trial(error=record.error or record.detail or "it left no result")
    sizes = _sizes(ground, small)
    if isinstance(ground.file.study.contenders[contender], FineTunedContender):
        return _tuned_trial(ground, small, spec, watch, sizes)
    return _head_trial(ground, small, spec, watch, sizes)


def _sizes(ground: Ground, small: Ground) -> _Sizes:
    protocol = ground.file.study.protocol
    parts = {protocol.report_on} | ({protocol.selection.on} if protocol.selection else set())
    return _Sizes(
        train=len(ground.split.ids("train")),
        judged=sum(len(ground.split.ids(part)) for part in parts),
        few_train=len(small.split.ids("train")),
        few_judged=len(small.split.ids(protocol.report_on)),
    )


def _tuned_trial(
    ground: Ground, small: Ground, spec: RunSpec, watch: Stopwatch, sizes: _Sizes
) -> Trial:
    from fieldmark.training.tuned_storage import load_tuned
    from fieldmark.workflows.fine_tuning import TUNED

    folder = small.ledger.result(spec)
    training: Any = small.ledger.settled_record(spec).facts["training"]
    first, *_, last = training["loss_curve"]
    model = load_tuned(folder / TUNED)
    stored = load_predictions(folder / PREDICTIONS / ground.file.study.protocol.report_on)
    paths = ground.manifest.select(stored.items["id"].to_list()).image_paths()
    began = time.perf_counter()
    scores = model.predict_scores(list(paths))
    per_judged = (time.perf_counter() - began) / sizes.few_judged
    given: Any = ground.file.study.contenders[spec.contender]
    batch = min(given.training.batch_size, 8, sizes.few_train)
    per_learnt = min(watch.shortest, watch.seconds) / batch
    epochs = given.training.epochs
    weights = bytes_under(folder / TUNED)
    steps = len(training["loss_curve"]) * -(-sizes.few_train // batch)
    return Trial(
        learns=(last < _FALLS_TO * first, f"loss {first:.3g} to {last:.3g} in {steps} steps"),
        stored_equal=bool(np.array_equal(scores, stored.scores)),
        cell_seconds=epochs * (sizes.train * per_learnt + sizes.judged * per_judged),
        cell_bytes=weights + _predicted_bytes(folder, sizes),
        work_bytes=_STATE_COPIES * weights,
    )


def _head_trial(
    ground: Ground, small: Ground, spec: RunSpec, watch: Stopwatch, sizes: _Sizes
) -> Trial:
    from fieldmark.backbones.encoders import open_encoder
    from fieldmark.core.progress import SilentProgress
    from fieldmark.heads.storage import load_head
    from fieldmark.workflows.learning import HEAD, backbone_spec, embed

    folder, reported = small.ledger.result(spec), ground.file.study.protocol.report_on
    given: Any = ground.file.study.contenders[spec.contender]
    head = load_head(folder / HEAD)
    began = time.perf_counter()
    encoder = open_encoder(backbone_spec(ground.file, given.backbone))
    opening = time.perf_counter() - began
    found = embed(small, encoder, ["train", reported], SilentProgress())
    stored = load_predictions(folder / PREDICTIONS / reported)
    labels = ground.manifest.select(found["train"].ids).labels.to_list()
    truth = label_space_of(ground).positions(labels)
    right = int((head.predict_scores(found["train"]).argmax(axis=1) == truth).sum())
    chance = len(truth) / len(set(labels))
    grows = (sizes.train + sizes.judged) / (sizes.few_train + sizes.few_judged)
    seconds = (small.ledger.settled_record(spec).seconds or 0.0) - watch.seconds
    fitting = max(0.0, seconds - opening) * sizes.train / sizes.few_train
    return Trial(
        learns=(right > chance, f"{right} of its {len(truth)} images right"),
        stored_equal=bool(np.array_equal(head.predict_scores(found[reported]), stored.scores)),
        cell_seconds=opening + fitting * _share_of_epochs(small, spec, given.head),
        shared_seconds=grows * watch.seconds,
        cell_bytes=bytes_under(folder / HEAD) + _predicted_bytes(folder, sizes),
        shared_bytes=round(grows * sum(one.vectors.nbytes for one in found.values())),
    )


def _share_of_epochs(small: Ground, spec: RunSpec, head: Any) -> float:
    """Return how many epochs a head is trained, for each of those in miniature."""
    tried: Any = small.file.study.contenders[spec.contender]
    return head.epochs / tried.head.epochs if isinstance(head, SEEDED_HEADS) else 1.0


def _predicted_bytes(folder: Path, sizes: _Sizes) -> int:
    few = bytes_under(folder / PREDICTIONS) + bytes_under(folder / RANK_HEADS)
    return round(few * sizes.judged / sizes.few_judged)
