"""What a metadata prior counts, and which tables it may be learnt from and weighed on."""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of, first_few, unknown_choice
from fieldmark.core.errors import DecisionError, NotComparableError
from fieldmark.decision.metadata_columns import MetadataColumn
from fieldmark.decision.metadata_record import MetadataSettings
from fieldmark.decision.metadata_tuning import MetadataCounts
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.table import Predictions, positions_of

_OWN = ("id", "label", "group", "path", "split", "part")


def counts_of(
    training: pl.DataFrame, columns: Sequence[MetadataColumn], label_space: LabelSpace
) -> MetadataCounts:
    """Return how many training items each class has, and with each value of each column.

    Args:
        training: the training items, with a column label and those columns.
        columns: how their values are numbered.
        label_space: the classes; items with another label are not counted.

    Raises:
        DecisionError: no item has a label of the classes.
    """
    width = len(label_space)
    positions = positions_of(training["label"].cast(pl.String), label_space).astype(np.int64)
    inside = positions < width
    if not inside.any():
        raise DecisionError(
            f"Expected training items whose label is one of {count_of(width, 'class', 'classes')}"
            f" (such as '{label_space.classes[0]}'); none of {training.height:,} is (first label:"
            f" '{training['label'][0]}'). Check that names are written alike."
        )
    by_value = []
    for column in columns:
        codes = column.codes(training[column.name])
        seen = inside & (codes < column.size)
        cells = codes[seen] * width + positions[seen]
        counted = np.bincount(cells, minlength=column.size * width)
        by_value.append(counted.reshape(column.size, width))
    return MetadataCounts(tuple(by_value), np.bincount(positions[inside], minlength=width))


def check_tables(
    predictions: Predictions, training: pl.DataFrame, settings: MetadataSettings
) -> None:
    """Raise unless a prior can be learnt from the training items and weighed on the predictions.

    Args:
        predictions: of the part that the prior is weighed on.
        training: the training items.
        settings: which columns are learnt from.

    Raises:
        DecisionError: a column is missing or is no metadata, or an item stands in both tables.
        NotComparableError: the scores are similarities.
    """
    if predictions.header.score_kind is ScoreKind.SIMILARITIES:
        raise NotComparableError(
            f"Expected probabilities or logits to weigh with metadata; the scores of"
            f" '{predictions.header.contender}' are similarities, which are no odds. Calibrate"
            " them first, or predict probabilities."
        )
    ranks = () if predictions.taxonomy is None else predictions.taxonomy.ranks
    for name in settings.columns:
        if name in (*_OWN, *ranks):
            raise DecisionError(
                f"'{name}' is no metadata: it names the item, its part or its label. Leave it out."
            )
    require_columns(predictions.items, settings.columns, "the predictions")
    require_columns(training, ("label", *settings.columns), "the training items")
    if "id" not in training.columns:
        return
    seen = frozenset(training["id"].cast(pl.String).to_list())
    shared = [one for one in predictions.ids.to_list() if one in seen]
    if shared:
        raise DecisionError(
            f"Expected training items that are not in '{predictions.header.split}', which the"
            f" prior is weighed on; {len(shared):,} of {count_of(predictions.n, 'item')} stand in"
            f" both (first: {first_few(shared, 1)}). Give the training items alone."
        )


def require_columns(table: pl.DataFrame, names: Iterable[str], whose: str) -> None:
    """Raise unless the table has all columns.

    Args:
        table: the items.
        names: of the columns.
        whose: what the table holds, for the message, such as "the predictions".

    Raises:
        DecisionError: it lacks one; the message lists what there is.
    """
    there = [name for name in table.columns if name not in _OWN]
    for name in names:
        if name not in table.columns:
            raise DecisionError(f"Of {whose}: {unknown_choice('column of metadata', name, there)}")
