"""Predictions under accepted names: classes that have become one are one column."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.blocks import score_blocks
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.store import PredictionsWriter, load_predictions
from fieldmark.predictions.table import Predictions

# The probability of either of two classes; its logit; the more similar of the two.
_MERGE: Final[Mapping[ScoreKind, np.ufunc]] = {
    ScoreKind.PROBABILITIES: np.add,
    ScoreKind.LOGITS: np.logaddexp,
    ScoreKind.SIMILARITIES: np.maximum,
}


def with_accepted_names(
    predictions: Predictions,
    accepted: Mapping[str, str],
    *,
    folder: Path,
    taxonomy: Taxonomy | None = None,
) -> Predictions:
    """Return predictions whose labels and classes bear accepted names.

    Of classes that become one, probabilities are summed, logits combined so that their softmax is
    that sum, and of similarities the larger is taken. The taxonomy is left behind: it is of the
    names before; one of the names after may be given. Where no name gives way, the predictions come
    back as they are, and nothing is written.

    Args:
        predictions: not changed; walked through in blocks.
        accepted: old name -> accepted name, chains resolved.
        folder: where the result is stored; absent or empty.
        taxonomy: ranks above the classes, under accepted names.

    Raises:
        PredictionsError: the taxonomy lacks a class.

    Example:
        >>> import tempfile
        >>> from fieldmark.predictions.header import PredictionsHeader
        >>> given = Predictions(
        ...     PredictionsHeader(score_kind="probabilities", contender="a"),
        ...     pl.DataFrame({"id": ["1"], "label": ["old"]}),
        ...     LabelSpace(("old", "other", "new")),
        ...     np.array([[0.25, 0.25, 0.5]]),
        ... )
        >>> with tempfile.TemporaryDirectory() as place:
        ...     merged = with_accepted_names(given, {"old": "new"}, folder=Path(place) / "x")
        ...     merged.label_space.classes, merged.scores.tolist(), merged.labels.to_list()
        (('new', 'other'), [[0.75, 0.25]], ['new'])
    """
    classes = predictions.label_space.classes
    if not accepted.keys() & {*classes, *predictions.labels.to_list()}:
        return predictions
    names = [accepted.get(name, name) for name in classes]
    space = LabelSpace(tuple(dict.fromkeys(names)))
    positions = space.positions(names)
    order = np.argsort(positions, kind="stable")
    starts = np.searchsorted(positions[order], np.arange(len(space)))
    merge = _MERGE[predictions.header.score_kind]
    dtype = np.promote_types(predictions.scores.dtype, np.float32)
    with PredictionsWriter(
        folder,
        _renamed(predictions.header, accepted),
        items=predictions.items.with_columns(pl.col("label").replace(dict(accepted))),
        label_space=space,
        dtype=dtype,
        taxonomy=taxonomy,
        training_ids=predictions.training_ids,
    ) as writer:
        for _, block in score_blocks(predictions.scores):
            writer.write(_merged(block[:, order], starts, merge).astype(dtype, copy=False))
    return load_predictions(folder)


def _renamed(header: PredictionsHeader, accepted: Mapping[str, str]) -> PredictionsHeader:
    """Return the header with training items counted by accepted names."""
    counts = header.training_label_counts
    if counts is not None:
        summed: Counter[str] = Counter()
        for name, count in counts.items():
            summed[accepted.get(name, name)] += count
        counts = dict(summed)
    return header.model_copy(update={"label_version": None, "training_label_counts": counts})


def _merged(
    block: npt.NDArray[np.floating[Any]], starts: npt.NDArray[np.int64], merge: np.ufunc
) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = merge.reduceat(block.astype(np.float64), starts, axis=1)
    return found
