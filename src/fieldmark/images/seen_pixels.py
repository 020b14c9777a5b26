"""The pixel statistics of image files, measured on a few hundred of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.dataset import read_batches
from fieldmark.images.pixel_statistics import PixelStatistics, measured, pooled
from fieldmark.images.regions import Region
from fieldmark.images.value_range import check_pixels

_MOST: Final = 300


def seen_pixels(
    paths: Sequence[Path], spec: PreprocessSpec, *, regions: Sequence[Region] | None = None
) -> PixelStatistics | None:
    """Return the statistics of the prepared pixels of up to 300 files, spread over their order.

    Args:
        paths: picture files; those that cannot be read are left aside.
        spec: how they are prepared; nothing is augmented.
        regions: mask and box of each, where the contract asks for them.

    Returns:
        statistics; None where no file can be read.

    Raises:
        ImageError: the pixels contradict the range that the contract states.
    """
    count = min(_MOST, len(paths))
    chosen = np.unique(np.linspace(0, len(paths) - 1, count).astype(np.int64)).tolist()
    parts = []
    for batch in read_batches(
        [paths[place] for place in chosen],
        spec,
        policy="exclude",
        regions=None if regions is None else [regions[place] for place in chosen],
    ):
        if len(batch.pixels):
            check_pixels(batch.pixels, spec)
            parts.append(measured(batch.pixels))
    return pooled(parts) if parts else None
