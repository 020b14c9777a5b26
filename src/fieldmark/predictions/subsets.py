"""Some of the items of a table of predictions, and the name of the part that they are."""

import dataclasses

import numpy as np
import numpy.typing as npt

from fieldmark.predictions.blocks import collect, score_blocks
from fieldmark.predictions.table import Predictions


def subset(predictions: Predictions, keep: npt.NDArray[np.bool_]) -> Predictions:
    """Return the predictions of the items where ``keep`` (n,) holds, in their order.

    Raises:
        PredictionsError: no item is kept.
    """
    scores = predictions.scores
    kept = (block[keep[start : start + len(block)]] for start, block in score_blocks(scores))
    return Predictions(
        header=predictions.header,
        items=predictions.items.filter(keep),
        label_space=predictions.label_space,
        scores=collect(kept, shape=(int(keep.sum()), scores.shape[1]), dtype=scores.dtype),
        taxonomy=predictions.taxonomy,
        training_ids=predictions.training_ids,
    )


def named(predictions: Predictions, part: str) -> Predictions:
    """Return the same predictions under another name of the part."""
    header = predictions.header.model_copy(update={"split": part})
    return dataclasses.replace(predictions, header=header)
