"""What items and scores must be before any number is computed from them."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.blocks import FloatArray, score_blocks
from fieldmark.predictions.header import ScoreKind

SUM_TOLERANCE = 1e-3


def check_items(items: pl.DataFrame) -> None:
    """Refuse items without usable ids, labels or groups.

    Args:
        items: columns id and label, optionally group, all strings; ids are unique.

    Raises:
        PredictionsError: there is no item, a column is missing or not of strings, an entry is
            empty, or an id stands twice.

    Example:
        >>> check_items(pl.DataFrame({"id": ["a"], "label": ["oak"]}))
    """
    for column in ("id", "label"):
        if column not in items.columns:
            raise PredictionsError(
                f"Expected the items to have a column '{column}'; "
                f"there are: {', '.join(items.columns)}."
            )
    if items.is_empty():
        raise PredictionsError("Expected at least one item; there is none.")
    for column in ("id", "label", "group"):
        if column in items.columns:
            _check_strings(items, column)
    ids = items["id"]
    repeated = ids.filter(ids.is_duplicated()).unique(maintain_order=True).to_list()
    if repeated:
        raise PredictionsError(
            f"Expected every id once; {count_of(len(repeated), 'id stands', 'ids stand')} more "
            f"than once (first: {first_few(repeated, 1)}). Keep one row for each image."
        )


def _check_strings(items: pl.DataFrame, column: str) -> None:
    values = items[column]
    if values.dtype != pl.String:
        raise PredictionsError(
            f"Expected the column '{column}' to hold strings; it holds {values.dtype}. "
            f"Write it as text, so that no digit is lost."
        )
    empty = (values.is_null() | (values == "")).fill_null(value=True)
    if empty.any():
        row = int(empty.arg_true()[0])
        where = f"item number {row + 1}" if column == "id" else f"'{items['id'][row]}'"
        without = count_of(int(empty.sum()), "item has", "items have")
        raise PredictionsError(
            f"Expected a {column} for every item; {without} none (first: {where}). "
            f"Fill it in, or leave the row out."
        )


def check_training(ids: pl.Series, training_ids: Iterable[str]) -> None:
    """Refuse items that the model was trained on.

    Raises:
        PredictionsError: an evaluated id is a training id.

    Example:
        >>> check_training(pl.Series(["a"]), ["b", "c"])
    """
    trained_on = frozenset(training_ids)
    seen = [item for item in ids.to_list() if item in trained_on]
    if seen:
        raise PredictionsError(
            f"{len(seen):,} of the {count_of(len(ids), 'evaluated item')} "
            f"{'is a training item' if len(seen) == 1 else 'are training items'} of this model "
            f"(first: {first_few(seen, 1)}), so the result would say nothing about new images. "
            f"Evaluate on items that were held out."
        )


def check_scores(scores: FloatArray, *, kind: ScoreKind, ids: pl.Series) -> None:
    """Refuse scores that are not numbers, or not the probabilities that they are declared to be.

    Reads the scores once, block by block.

    Args:
        scores: array (n_items, n_classes).
        kind: what the scores are declared to be.
        ids: n_items ids, for the message.

    Raises:
        PredictionsError: a score is NaN or infinite; a probability is negative; the probabilities
            of an item do not sum to 1 within 0.001.

    Example:
        >>> check_scores(np.array([[0.5, 0.5]]), kind=ScoreKind.PROBABILITIES, ids=pl.Series(["a"]))
    """
    infinite: list[int] = []
    negative: list[int] = []
    sums = np.zeros(len(scores))
    for start, block in score_blocks(scores):
        rows = slice(start, start + len(block))
        with np.errstate(invalid="ignore", over="ignore"):
            sums[rows] = block.sum(axis=1)
        suspects = np.flatnonzero(~np.isfinite(sums[rows]))
        broken = suspects[~np.isfinite(block[suspects]).all(axis=1)]
        infinite.extend((start + broken).tolist())
        if kind is ScoreKind.PROBABILITIES:
            negative.extend((start + np.flatnonzero(block.min(axis=1) < 0)).tolist())
    if infinite:
        raise PredictionsError(
            f"Expected finite scores; {_of_items(infinite, ids)} NaN or infinite scores. "
            f"Export them again, or leave those items out and say so."
        )
    if negative:
        raise PredictionsError(
            f"Expected probabilities from 0 to 1; {_of_items(negative, ids)} negative ones. "
            f"If these are not probabilities, say --kind logits or --kind similarities."
        )
    if kind is ScoreKind.PROBABILITIES:
        _check_sums(sums, ids)


def _of_items(rows: list[int], ids: pl.Series) -> str:
    verb = "has" if len(rows) == 1 else "have"
    return f"{len(rows):,} of {count_of(len(ids), 'item')} (first: '{ids[rows[0]]}') {verb}"


def _check_sums(sums: np.ndarray[tuple[int], np.dtype[np.float64]], ids: pl.Series) -> None:
    distance = np.abs(sums - 1.0)
    wrong = np.flatnonzero(distance > SUM_TOLERANCE)
    if wrong.size:
        worst = int(distance.argmax())
        raise PredictionsError(
            f"Expected the probabilities of each item to sum to 1 within {SUM_TOLERANCE}; "
            f"{_of_items(wrong.tolist(), ids)} another sum (worst: '{ids[worst]}' with "
            f"{sums[worst]:.6g}). If these are not probabilities, say --kind logits or "
            f"--kind similarities."
        )
