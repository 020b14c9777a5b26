"""The raw tables of a contender with one head per rank, beside its predictions in a cell."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.rank_heads import rank_heads_of, write_rank_heads

RANK_HEADS: Final = "rank-heads"


def write_rank_tables(
    folder: Path,
    header: PredictionsHeader,
    *,
    items: pl.DataFrame,
    taxonomy: Taxonomy | None,
    scores: Mapping[str, npt.NDArray[np.floating[Any]]] | None,
    training_ids: Iterable[str] | None = None,
) -> None:
    """Write the raw scores of each rank's own head on one part; nothing where ranks have none.

    Args:
        folder: the folder of the cell; the tables lie under ``rank-heads``, by the part's name.
        header: that of the predictions on the part.
        items: the rows of the manifest, in the order of the scores.
        taxonomy: the tree; None where the classes have none, and so no head of their own.
        scores: rank -> float array (n, names at that rank); None where ranks have no heads.
        training_ids: what the contender was trained on.
    """
    if scores is None or taxonomy is None:
        return
    tables = rank_heads_of(
        header, items=items, taxonomy=taxonomy, scores=scores, training_ids=training_ids
    )
    write_rank_heads(folder / RANK_HEADS / str(header.split), tables)
