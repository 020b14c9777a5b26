"""The answer of an observation, given by each of its photos: what pooling changes on equal items.

A share of photos and a share of observations have different denominators. Counted by photo, the
pooled answer and the photo's own answer stand on the same items.
"""

import dataclasses

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.blocks import collect
from fieldmark.predictions.pooling import PoolingRule, pool
from fieldmark.predictions.table import Predictions

#: What the name of the contender gets.
POOLED = " + photos pooled"


def photos_pooled(
    predictions: Predictions, by: str, *, rule: PoolingRule = "arithmetic"
) -> Predictions:
    """Return the predictions with the pooled scores of its observation for each photo.

    Args:
        predictions: scores of photos; not changed.
        by: column of the items that names the observation.
        rule: how scores become one, as in `pool`.

    Returns:
        Predictions of the same items, grouped as `grouped_by` groups them; the contender gets
        " + photos pooled" to its name.

    Raises:
        PredictionsError: as `pool`.

    Example:
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> photos = Predictions(
        ...     header=PredictionsHeader(score_kind="probabilities", contender="probe"),
        ...     items=pl.DataFrame({"id": ["1", "2"], "label": ["oak"] * 2, "tree": ["t"] * 2}),
        ...     label_space=LabelSpace(("oak", "ash")),
        ...     scores=np.array([[0.9, 0.1], [0.4, 0.6]]),
        ... )
        >>> photos_pooled(photos, "tree").scores.tolist()
        [[0.65, 0.35], [0.65, 0.35]]
    """
    return spread(pool(predictions, by, rule=rule), predictions, by)


def spread(pooled: Predictions, predictions: Predictions, by: str) -> Predictions:
    """Return the photos with the scores of their observations, as `photos_pooled` does.

    Args:
        pooled: what `pool` made of the photos.
        predictions: scores of the photos.
        by: column of the items that names the observation.
    """
    place = {name: row for row, name in enumerate(pooled.ids.to_list())}
    names = predictions.items[by].cast(pl.String).to_list()
    rows = np.array([place[name] for name in names], dtype=np.int64)
    shape = (predictions.n, len(predictions.label_space))
    scores = pooled.scores
    step = max(1, (1 << 19) // shape[1])
    blocks = (scores[rows[start : start + step]] for start in range(0, len(rows), step))
    header = pooled.header.model_copy(update={"contender": f"{pooled.header.contender}{POOLED}"})
    table = Predictions(
        header=header,
        items=predictions.items,
        label_space=predictions.label_space,
        scores=collect(blocks, shape=shape, dtype=scores.dtype),
        taxonomy=predictions.taxonomy,
    )
    return grouped_by(table, by)


def grouped_by(predictions: Predictions, by: str) -> Predictions:
    """Return the predictions with whole observations as groups.

    Groups stay as they are where no observation is torn between two of them.

    Raises:
        PredictionsError: no such column, or a photo without an observation.
    """
    items = predictions.items
    if by not in items.columns:
        raise PredictionsError(
            f"Expected a column '{by}' that names the observation of each photo; there are:"
            f" {', '.join(items.columns)}."
        )
    if by == "group":
        return predictions
    if items[by].null_count():
        photos = items.filter(pl.col(by).is_null())["id"].to_list()
        raise PredictionsError(
            f"Expected an observation in column '{by}' for every photo;"
            f" {count_of(len(photos), 'photo')} of {items.height:,} have none (first:"
            f" {first_few(photos, 1)}). Fill it in, or leave them out."
        )
    if "group" in items.columns:
        torn = items.group_by(by).agg(pl.col("group").n_unique())["group"].max()
        if torn == 1:
            return predictions
    named = items.with_columns(group=items[by].cast(pl.String))
    return dataclasses.replace(predictions, items=named)


def photos_of_several(
    predictions: Predictions, by: str
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return for each photo whether its observation has at least two: bool (n,).

    Example:
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> names = {"id": ["1", "2", "3"], "label": ["oak"] * 3, "tree": ["t", "u", "t"]}
        >>> table = Predictions(PredictionsHeader(score_kind="logits", contender="probe"),
        ...     pl.DataFrame(names), LabelSpace(("oak", "ash")), np.zeros((3, 2)))
        >>> photos_of_several(table, "tree").tolist()
        [True, False, True]
    """
    photos = predictions.items.select(pl.len().over(pl.col(by)) > 1).to_series()
    return photos.to_numpy()
