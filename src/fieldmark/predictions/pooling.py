"""One answer for several photos of one specimen."""

from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.checks import count_of, first_few, unknown_choice
from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.blocks import FloatArray, collect
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.shares import SMALLEST_PROBABILITY, softmax
from fieldmark.predictions.table import Predictions

PoolingRule = Literal["arithmetic", "log", "vote", "maximum"]
RULES: tuple[PoolingRule, ...] = get_args(PoolingRule)

_PHOTOS = "photos"
_BLOCK_ENTRIES = 1 << 18


def pool(predictions: Predictions, by: str, *, rule: PoolingRule = "arithmetic") -> Predictions:
    """Return one row for each specimen, from the scores of its photos.

    "arithmetic" takes the mean of the probabilities, "log" the mean of their logarithms (below
    1e-12 they count as 1e-12), "maximum" the highest, each divided by its sum; "vote" the share of
    photos that answer with the class, so that ties go to the class that comes first. Logits go
    through a softmax first. Similarities stay similarities under "arithmetic" and "maximum", and
    have no logarithm. Calibrate before pooling probabilities.

    Args:
        predictions: scores of photos; not changed.
        by: column of the items that names the specimen, such as "specimen" or "group".
        rule: how scores become one.

    Returns:
        Predictions with the specimens as ids, in order of their first photo, the number of photos
        in the column "photos", and every column that is the same for all photos of each specimen.

    Raises:
        PredictionsError: no such column, a photo without a specimen, a specimen with two labels,
            an unknown rule, or the logarithm of similarities.

    Source:
        Methods E7; Picek et al. (2022), Danish Fungi 2020: the arithmetic mean over photos.

    Example:
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.header import PredictionsHeader
        >>> photos = Predictions(
        ...     header=PredictionsHeader(score_kind="probabilities", contender="probe"),
        ...     items=pl.DataFrame({"id": ["1", "2"], "label": ["oak"] * 2, "tree": ["t"] * 2}),
        ...     label_space=LabelSpace(("oak", "ash")),
        ...     scores=np.array([[0.9, 0.1], [0.4, 0.6]]),
        ... )
        >>> pool(photos, "tree").scores.tolist()
        [[0.65, 0.35]]
    """
    if rule not in RULES:
        raise PredictionsError(unknown_choice("pooling rule", str(rule), RULES))
    kind = predictions.header.score_kind
    if kind is ScoreKind.SIMILARITIES and rule == "log":
        raise PredictionsError(
            "Similarities have no logarithm to pool. Use arithmetic, vote or maximum, or calibrate"
            " them first."
        )
    items, codes = _specimens(predictions, by)
    scores = _pooled(predictions, codes, rule=rule, specimens=items.height)
    stays = kind is ScoreKind.SIMILARITIES and rule != "vote"
    note = {"pooled_by": by, "pooling_rule": rule, "pooled_photos": predictions.n}
    return Predictions(
        header=predictions.header.model_copy(
            update={
                "score_kind": kind if stays else ScoreKind.PROBABILITIES,
                "provenance": {**predictions.header.provenance, **note},
            }
        ),
        items=items,
        label_space=predictions.label_space,
        scores=scores,
        taxonomy=predictions.taxonomy,
    )


def _specimens(predictions: Predictions, by: str) -> tuple[pl.DataFrame, npt.NDArray[np.int64]]:
    """Return one row for each specimen, and the row of each photo's specimen."""
    items = predictions.items
    if by not in items.columns:
        raise PredictionsError(unknown_choice("column to pool by", by, items.columns))
    if by == "label":
        raise PredictionsError(
            "Expected a column that names the specimen; 'label' is what its photos are asked for."
            " Name another column."
        )
    names = items[by].cast(pl.String)
    if names.null_count():
        photos = items.filter(names.is_null())["id"].to_list()
        raise PredictionsError(
            f"Expected a specimen in column '{by}' for every photo;"
            f" {count_of(len(photos), 'photo')} of {items.height:,} have none (first:"
            f" {first_few(photos, 1)}). Fill it in, or leave them out."
        )
    grouped = items.with_columns(names.alias(by)).group_by(by, maintain_order=True)
    one = grouped.agg(pl.all().n_unique() == 1)
    torn = one.filter(~pl.col("label"))[by].to_list()
    if torn:
        raise PredictionsError(
            f"Expected one label for all photos of a specimen; {count_of(len(torn), 'specimen')}"
            f" of {one.height:,} have several (first: {first_few(torn, 1)}). Correct the labels,"
            f" or pool by another column than '{by}'."
        )
    constant = [name for name in items.columns if name not in ("id", by) and one[name].all()]
    first = grouped.agg(*(pl.col(name).first() for name in constant), pl.len().alias(_PHOTOS))
    order = {name: row for row, name in enumerate(first[by].to_list())}
    codes = np.array([order[name] for name in names.to_list()], dtype=np.int64)
    kept = [name for name in constant if name != _PHOTOS]
    if by == "group":
        kept.append(by)
    return first.select(pl.col(by).alias("id"), *map(pl.col, kept), pl.col(_PHOTOS)), codes


def _pooled(
    predictions: Predictions, codes: npt.NDArray[np.int64], *, rule: PoolingRule, specimens: int
) -> FloatArray:
    shape = (specimens, len(predictions.label_space))
    return collect(_blocks(predictions, codes, rule), shape=shape, dtype=_dtype_of(predictions))


def _blocks(
    predictions: Predictions, codes: npt.NDArray[np.int64], rule: PoolingRule
) -> Iterator[npt.NDArray[np.float64]]:
    """Yield the pooled scores of some specimens after others, so that few are held in float64."""
    kind, scores = predictions.header.score_kind, predictions.scores
    photos = np.argsort(codes, kind="stable")
    starts = np.append(np.flatnonzero(np.diff(codes[photos], prepend=-1)), len(photos))
    step = max(1, _BLOCK_ENTRIES // scores.shape[1])
    first = 0
    while first < len(starts) - 1:
        last = int(np.searchsorted(starts, starts[first] + step, side="right")) - 1
        last = max(last, first + 1)
        rows = photos[starts[first] : starts[last]]
        part = _PREPARATIONS[rule](scores[rows].astype(np.float64), kind)
        yield _joined(part, starts[first : last + 1] - starts[first], kind, rule)
        first = last


def _joined(
    part: npt.NDArray[np.float64],
    starts: npt.NDArray[np.int64],
    kind: ScoreKind,
    rule: PoolingRule,
) -> npt.NDArray[np.float64]:
    """Return one row for each specimen, whose photos lie one after the other in ``part``."""
    join = np.maximum if rule == "maximum" else np.add
    sums: npt.NDArray[np.float64] = join.reduceat(part, starts[:-1], axis=0)
    if rule != "maximum":
        sums /= np.diff(starts)[:, None]
    if kind is not ScoreKind.SIMILARITIES:
        if rule == "log":
            sums = np.exp(sums - sums.max(axis=1, keepdims=True))
        sums /= sums.sum(axis=1, keepdims=True)
    return sums


def _dtype_of(predictions: Predictions) -> np.dtype[Any]:
    return np.promote_types(predictions.scores.dtype, np.float32)


def _probabilities(block: npt.NDArray[np.float64], kind: ScoreKind) -> npt.NDArray[np.float64]:
    return softmax(block) if kind is ScoreKind.LOGITS else block


def _logarithms(block: npt.NDArray[np.float64], kind: ScoreKind) -> npt.NDArray[np.float64]:
    return np.log(np.maximum(_probabilities(block, kind), SMALLEST_PROBABILITY))


def _votes(block: npt.NDArray[np.float64], _kind: ScoreKind) -> npt.NDArray[np.float64]:
    cast = np.zeros_like(block)
    cast[np.arange(len(block)), block.argmax(axis=1)] = 1.0
    return cast


_PREPARATIONS: dict[
    PoolingRule, Callable[[npt.NDArray[np.float64], ScoreKind], npt.NDArray[np.float64]]
] = {
    "arithmetic": _probabilities,
    "log": _logarithms,
    "vote": _votes,
    "maximum": _probabilities,
}
