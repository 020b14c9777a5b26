"""Which epoch of a training is kept, and when the training ends."""

import dataclasses
import math
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from fieldmark.core.errors import StudyError


class TrainedEpoch(Protocol):
    """The state after one pass over the training images."""

    @property
    def number(self) -> int:
        """1 for the first."""

    @property
    def loss(self) -> float:
        """Mean training loss of the pass, in nats."""


E = TypeVar("E", bound=TrainedEpoch)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Kept(Generic[E]):
    """The epoch that is kept, and what was seen on the way.

    Attributes:
        epoch: the first of those with the highest judgement; the last one without a judge.
        first: the first epoch.
        loss_curve: mean training loss of every epoch, in nats.
        monitor_curve: the judgement of every epoch; empty without a judge.
    """

    epoch: E
    first: E
    loss_curve: tuple[float, ...]
    monitor_curve: tuple[float, ...]


def keep_best(
    epochs: Iterable[E],
    judge: Callable[[E], float] | None,
    *,
    patience: int | None,
) -> Kept[E]:
    """Return the best epoch; asks for no more epochs once patience has run out.

    Args:
        epochs: at least one, in order.
        judge: how good an epoch is, higher is better; None keeps the last epoch.
        patience: epochs without a better judgement after which to stop; None goes on.

    Raises:
        StudyError: a judgement is not finite, or there was no epoch.
    """
    seen: list[E] = []
    losses: list[float] = []
    judged: list[float] = []
    for epoch in epochs:
        losses.append(epoch.loss)
        better = judge is None or _better(judge(epoch), judged)
        seen = [*seen[:1], epoch] if better or not seen else seen
        if patience is not None and epoch.number - seen[-1].number >= patience:
            break
    if not seen:
        raise StudyError("Expected at least one epoch of training; got none.")
    return Kept(seen[-1], seen[0], tuple(losses), tuple(judged))


def _better(judgement: float, before: list[float]) -> bool:
    """Note the judgement; return whether it is above all before it."""
    if not math.isfinite(judgement):
        raise StudyError(
            f"The monitor must return a finite number; got {judgement} after epoch "
            f"{len(before) + 1}. Let it judge a split that is not empty."
        )
    best = max(before, default=-math.inf)
    before.append(judgement)
    return judgement > best
