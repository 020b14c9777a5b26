"""Several devices: who predicts which item, and one whole table out of all parts."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError
from fieldmark.training.data import FloatArray
from fieldmark.training.settings import TrainingSettings

_STARTED_OUTSIDE: Final = "TORCHELASTIC_RUN_ID"


def strategy_of(settings: TrainingSettings) -> Any:
    """Return what Lightning shall run on: "auto" for one device, otherwise DDP.

    Processes that ``torchrun`` or a cluster has started are taken as they are; otherwise they are
    forked, since starting the command line anew would run the whole study twice.
    """
    if settings.devices * settings.nodes == 1:
        return "auto"
    from lightning.pytorch.strategies import DDPStrategy

    started = torch.distributed.is_torchelastic_launched() or settings.nodes > 1
    return DDPStrategy(
        start_method="popen" if started else "fork",
        process_group_backend="gloo" if settings.accelerator == "cpu" else None,
    )


def rank_and_world() -> tuple[int, int]:
    """Return which of how many processes this is: (0, 1) outside a group."""
    distributed = torch.distributed
    if not (distributed.is_available() and distributed.is_initialized()):
        return 0, 1
    return distributed.get_rank(), distributed.get_world_size()


def part_of(items: int, *, rank: int, world: int) -> npt.NDArray[np.int64]:
    """Return the positions of the items that one process predicts; together they are all, once.

    Example:
        >>> [part_of(5, rank=rank, world=2).tolist() for rank in (0, 1)]
        [[0, 2, 4], [1, 3]]
    """
    return np.arange(rank, items, world, dtype=np.int64)


def gather_scores(
    positions: npt.NDArray[np.int64], scores: FloatArray, *, items: int
) -> FloatArray:
    """Return the whole table of scores, in the order of the items, in every process.

    Args:
        positions: int64 array (m,), which items this process predicted.
        scores: float32 array (m, k), their scores.
        items: number of items of all processes together.

    Raises:
        PredictionsError: an item was predicted by nobody, or more than once.
    """
    _, world = rank_and_world()
    parts: list[Any] = [(positions, scores)]
    if world > 1:
        parts = [None] * world
        torch.distributed.all_gather_object(parts, (positions, scores))
    return joined(parts, items=items)


def joined(parts: list[tuple[npt.NDArray[np.int64], FloatArray]], *, items: int) -> FloatArray:
    """Return one table out of parts (positions, scores), each item exactly once.

    Raises:
        PredictionsError: an item was predicted by nobody, or more than once.

    Example:
        >>> one = (np.array([1]), np.ones((1, 2), dtype=np.float32))
        >>> two = (np.array([0]), np.zeros((1, 2), dtype=np.float32))
        >>> joined([one, two], items=2)[:, 0].tolist()
        [0.0, 1.0]
    """
    positions = np.concatenate([part for part, _ in parts])
    counts = np.bincount(positions, minlength=items)
    wrong = int((counts != 1).sum())
    if wrong or len(counts) != items:
        raise PredictionsError(
            f"Expected every one of {count_of(items, 'item')} to be predicted once; {wrong} were"
            " not. Each process must predict the part that is its own."
        )
    table = np.concatenate([scores for _, scores in parts])
    return np.ascontiguousarray(table[np.argsort(positions, kind="stable")])
