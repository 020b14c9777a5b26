"""Batches without gaps, whatever images are left out on the way."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fieldmark.images.dataset import Batch


def full_batches(batches: "Iterable[Batch]", size: int) -> "Iterator[Batch]":
    """Yield batches of exactly ``size`` images each, the last one shorter; order is kept.

    What was left out is handed on once, with the next batch. Thus unreadable images that are tried
    again do not shift which images share a batch, and with it the last digits of their vectors.

    Args:
        batches: of at most ``size`` images each; none gives none.
        size: images per batch, at least 1.
    """
    from fieldmark.images.dataset import Batch

    held: Batch | None = None
    for batch in batches:
        held = batch if held is None else _joined(held, batch)
        if len(held.positions) >= size:
            yield Batch(held.positions[:size], held.pixels[:size], held.excluded)
            held = Batch(held.positions[size:], held.pixels[size:], ())
    if held is not None and (len(held.positions) or held.excluded):
        yield held


def _joined(first: "Batch", second: "Batch") -> "Batch":
    from fieldmark.images.dataset import Batch

    return Batch(
        np.concatenate([first.positions, second.positions]),
        np.concatenate([first.pixels, second.pixels]) if len(first.pixels) else second.pixels,
        first.excluded + second.excluded,
    )
