"""How spread out the probabilities of a source are: their entropy, 1 for a flat guess."""

import numpy as np
from scipy.special import softmax

from fieldmark.core.checks import count_of
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.resampling import FloatArray, IntArray
from fieldmark.predictions.blocks import release_pages
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.table import Predictions

SAMPLED_ITEMS = 1000
_ROWS_AT_A_TIME = 16
_SMALLEST = np.finfo(np.float64).tiny


def sampled_rows(n: int) -> IntArray:
    """Return up to 1,000 rows of a table of ``n``, evenly spread from the first to the last."""
    return np.unique(np.linspace(0, n - 1, SAMPLED_ITEMS).astype(np.int64))


def relative_entropies(predictions: Predictions, rows: IntArray) -> FloatArray | None:
    """Return the entropy of the probabilities of some items, divided by that of a flat guess.

    Logits go through a softmax, as in the log loss. A source whose mean is close to 1 says nearly
    nothing: cosines that were put through a softmax without a temperature look like that.

    Args:
        predictions: of one source.
        rows: int64 array (m,), the items to look at.

    Returns:
        float64 array (m,), 0 (all on one class) to 1 (flat); None for similarities, which have no
        entropy, and with fewer than two classes.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> table = Predictions(
        ...     PredictionsHeader(score_kind="probabilities", contender="text"),
        ...     pl.DataFrame({"id": ["a", "b"], "label": ["oak", "ash"]}),
        ...     LabelSpace(("oak", "ash")), np.array([[0.5, 0.5], [0.0, 1.0]]))
        >>> relative_entropies(table, np.array([0, 1])).tolist()
        [1.0, 0.0]
    """
    classes = len(predictions.label_space)
    if predictions.header.score_kind is ScoreKind.SIMILARITIES or classes < 2:
        return None
    is_logits = predictions.header.score_kind is ScoreKind.LOGITS
    found = np.empty(len(rows))
    for start in range(0, len(rows), _ROWS_AT_A_TIME):
        part = slice(start, start + _ROWS_AT_A_TIME)
        scores = np.asarray(predictions.scores[rows[part]], dtype=np.float64)
        release_pages(predictions.scores)
        found[part] = _entropies(softmax(scores, axis=1) if is_logits else scores)
    shares: FloatArray = np.minimum(found / np.log(classes), 1.0)
    return shares


def _entropies(probabilities: FloatArray) -> FloatArray:
    logarithms = np.log(np.maximum(probabilities, _SMALLEST))
    entropies: FloatArray = np.abs(np.vecdot(probabilities, logarithms))
    return entropies


def entropy_metrics(predictions: Predictions) -> tuple[ItemMetric, ...]:
    """Return the mean relative entropy of up to 1,000 items; nothing where it is not defined."""
    rows = sampled_rows(predictions.n)
    shares = relative_entropies(predictions, rows)
    if shares is None:
        return ()
    values, counted = np.zeros(predictions.n), np.zeros(predictions.n, dtype=np.bool_)
    values[rows], counted[rows] = shares, True
    whole = len(rows) == predictions.n
    items = count_of(len(rows), "item")
    return (
        ItemMetric(
            metric="relative_entropy",
            rank=None,
            classes=len(predictions.label_space),
            values=values,
            counted=None if whole else counted,
            denominator=f"all {items}" if whole else f"{items} spread evenly over the table",
        ),
    )
