"""What is remembered of a fine-tuning."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from fieldmark.training.data import TrainingImages
from fieldmark.training.module import History
from fieldmark.training.monitors import loss_worries
from fieldmark.training.objectives import guessing_loss
from fieldmark.training.settings import TrainingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningRecord:
    """What happened while a network was fine-tuned.

    Attributes:
        seed: of classifier, order, mixing and dropout.
        settings_digest: of the settings.
        loaded: what of the weights fitted, in words.
        first_batch_digest: digest of pixels and targets of the very first batch.
        first_loss: of that batch, before any step.
        loss_curve: mean loss of each epoch.
        monitor_curve: what the judge said after each epoch; empty without a judge.
        best_epoch: the epoch that was kept, 1 for the first: the first of those judged highest, or
            the last one without a judge.
        stopped: whether patience ran out, or the loss was not finite.
        share: of the fine-tuned weights, the rest being those before.
        worries: code, sentence and "dead" of each sign that it went wrong.
    """

    seed: int
    settings_digest: str
    loaded: str
    first_batch_digest: str
    first_loss: float
    loss_curve: tuple[float, ...]
    monitor_curve: tuple[float, ...]
    best_epoch: int
    stopped: bool
    share: float
    worries: tuple[dict[str, Any], ...]


def record_of(
    history: History,
    images: TrainingImages,
    settings: TrainingSettings,
    *,
    seed: int,
    loaded: str,
    share: float,
) -> TuningRecord:
    """Return what is remembered of a training.

    Args:
        history: what was seen.
        images: what was learnt from.
        settings: how.
        seed: of classifier, order, mixing and dropout.
        loaded: what of the weights fitted, in words.
        share: of the fine-tuned weights.
    """
    guessing = guessing_loss(settings, images)
    worries = loss_worries(history.losses, classes=len(images.label_space), guessing=guessing)
    return TuningRecord(
        seed=seed,
        settings_digest=settings.digest,
        loaded=loaded,
        first_batch_digest=history.first_batch_digest,
        first_loss=history.losses[0],
        loss_curve=tuple(value for value in history.loss_curve if math.isfinite(value)),
        monitor_curve=tuple(history.judgements),
        best_epoch=history.best_epoch,
        stopped=history.stopped,
        share=share,
        worries=tuple(asdict(worry) for worry in worries),
    )
