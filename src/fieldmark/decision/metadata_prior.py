"""Metadata as a prior: what habitat or month say about a class, learnt on training items only.

p(y|x,m) is proportional to p(y|x) times the product of [p(y|m) / p(y)]^w over the columns. What is
counted are training items; the weights come from another part, and are 0 unless that gains.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from fieldmark.decision.calibrators import (
    calibrate,
    calibrated_header,
    fit_calibrator,
    require_same_contender,
)
from fieldmark.decision.metadata_columns import learn_column, require_no_leak
from fieldmark.decision.metadata_counting import check_tables, counts_of, require_columns
from fieldmark.decision.metadata_gain import cross_fitted_gain, enough_of, tuning_items
from fieldmark.decision.metadata_record import MetadataPrior, MetadataSettings, prior_from_dict
from fieldmark.decision.metadata_tuning import tune
from fieldmark.predictions.blocks import FloatArray, collect, score_blocks
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.shares import SMALLEST_PROBABILITY
from fieldmark.predictions.table import Predictions

__all__ = [
    "MetadataPrior",
    "MetadataSettings",
    "apply_metadata_prior",
    "fit_metadata_prior",
    "prior_from_dict",
]

ADDED = " + metadata prior"
_BLOCK_BYTES = 1 << 20


def fit_metadata_prior(
    predictions: Predictions,
    training: pl.DataFrame,
    settings: MetadataSettings,
    *,
    trained_on: str = "all that were given",
) -> MetadataPrior:
    """Return what metadata say about classes, and how much that is worth beside the scores.

    Counts come from the training items alone; temperature, weights (from 0.5 each) and shrinkage
    are fitted by log loss on the predictions, of another part. Whether that gains is judged there
    by cross-fitting over whole groups; where the lower bound of the gain is not above 0, all
    weights are 0. Of a large part as many groups as give six million scores are enough.

    Args:
        predictions: scores of a validation part, with the columns among their items.
        training: the training items: a column label, the metadata, and id and group where there
            are any. Labels that are no class are left out.
        settings: columns, bins, and how the gain is judged.
        trained_on: which training items these are, in words, such as "years before 2021".

    Raises:
        DecisionError: a column is missing, names each item or its label, or holds no number where
            bins are asked for; an item stands in both tables; fewer than two groups; or no training
            item has a label of the classes.
        NotComparableError: the scores are similarities.

    Source:
        Methods E7; Picek et al. (2022), Danish Fungi 2020, section 6.

    Example:
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> months = ["5"] * 60 + ["9"] * 60
        >>> labels = ["morel", "cep"] * 5 + ["morel"] * 50 + ["cep"] * 60
        >>> seen = pl.DataFrame({"month": months, "label": labels})
        >>> photos = Predictions(
        ...     PredictionsHeader(score_kind="logits", contender="probe", split="validation"),
        ...     seen.with_columns(id=pl.Series([f"v{i}" for i in range(120)])),
        ...     LabelSpace(("cep", "morel")),
        ...     np.tile([[1.0, 0.0], [0.0, 1.0], [0.5, 0.0]], (40, 1)))
        >>> prior = fit_metadata_prior(photos, seen, MetadataSettings(columns=("month",)))
        >>> prior.is_kept, apply_metadata_prior(prior, photos).header.contender
        (True, 'probe + metadata prior')
    """
    check_tables(predictions, training, settings)
    bins = dict(settings.bins)
    columns = tuple(learn_column(training, n, bins=bins.get(n)) for n in settings.columns)
    for column in columns:
        require_no_leak(training, column, accept=column.name in settings.accept)
    counts = counts_of(training, columns, predictions.label_space)
    enough = enough_of(predictions, seed=settings.seed)
    calibrator = fit_calibrator(enough, kind="temperature")
    items, units = tuning_items(enough, calibrator, columns)
    weights, shrinkage = tune(items, counts)
    gain, low = cross_fitted_gain(items, counts, units, (weights, shrinkage), settings)
    header = predictions.header
    return MetadataPrior(
        contender=header.contender,
        seed=header.seed,
        fold=header.fold,
        classes=predictions.label_space.classes,
        columns=columns,
        counts=counts,
        weights=weights if low > 0 else (0.0,) * len(weights),
        tuned_weights=weights,
        shrinkage=shrinkage,
        calibrator=calibrator,
        trained_on=trained_on,
        training_items=int(counts.by_class.sum()),
        lacking=int((counts.by_class == 0).sum()),
        fitted_on=header.split,
        fitted_items_digest=predictions.items_digest,
        n=len(items.truth),
        groups=units.count if units.clustered else None,
        gain=gain,
        gain_low=low,
        level=settings.level,
    )


def apply_metadata_prior(prior: MetadataPrior, predictions: Predictions) -> Predictions:
    """Return the predictions as calibrated probabilities under the prior.

    A value that is missing, or that no training item has, changes nothing. The contender gets
    " + metadata prior" to its name; the provenance says what was fitted where, and whether on these
    very items.

    Args:
        prior: what `fit_metadata_prior` gave.
        predictions: of the same contender over the same classes, with the columns.

    Raises:
        DecisionError: a column is missing.
        NotComparableError: another contender, seed or fold, or other classes.
    """
    require_columns(predictions.items, [one.name for one in prior.columns], "the predictions")
    require_same_contender(predictions, prior.calibrator)
    dtype = np.promote_types(predictions.scores.dtype, np.float32)
    if any(prior.weights):
        blocks = _blocks(prior, predictions, dtype)
        scores = collect(blocks, shape=predictions.scores.shape, dtype=dtype)
    else:
        scores = calibrate(predictions, prior.calibrator).scores
    return Predictions(
        header=_header(prior, predictions),
        items=predictions.items,
        label_space=predictions.label_space,
        scores=scores,
        taxonomy=predictions.taxonomy,
        training_ids=predictions.training_ids,
    )


def _blocks(
    prior: MetadataPrior, predictions: Predictions, dtype: np.dtype[Any]
) -> Iterator[FloatArray]:
    """Yield probabilities, in the precision of the scores: exponents are shifted to at most 0."""
    ratios = prior.counts.log_ratios(prior.shrinkage)
    tables = [
        (weight * table).astype(dtype) for weight, table in zip(prior.weights, ratios, strict=True)
    ]
    codes = [column.codes(predictions.items[column.name]) for column in prior.columns]
    is_probability = predictions.header.score_kind is ScoreKind.PROBABILITIES
    for start, block in score_blocks(predictions.scores, block_bytes=_BLOCK_BYTES):
        rows = slice(start, start + len(block))
        logs = block.astype(dtype)
        if is_probability:
            np.log(np.maximum(logs, SMALLEST_PROBABILITY, out=logs), out=logs)
        logs *= 1 / prior.calibrator.temperature
        for table, own in zip(tables, codes, strict=True):
            logs += table[own[rows]]
        logs -= logs.max(axis=1, keepdims=True)
        np.exp(logs, out=logs)
        logs /= logs.sum(axis=1, keepdims=True, dtype=np.float64)
        yield logs


def _header(prior: MetadataPrior, predictions: Predictions) -> PredictionsHeader:
    header = calibrated_header(predictions, prior.calibrator)
    on_these = prior.fitted_items_digest == predictions.items_digest
    words = ", ".join(
        f"{column.name} {weight:.2f}"
        for column, weight in zip(prior.columns, prior.weights, strict=True)
    )
    choice = {
        "contender": f"{prior.contender}{ADDED}",
        "what": "metadata prior",
        "chosen": f"weights {words}" if prior.is_kept else "none",
        "candidates": 2,
        "metric": "log_loss",
        "part": prior.fitted_on,
        "items_digest": prior.fitted_items_digest,
    }
    note = {
        "metadata_prior": prior.digest,
        "metadata_columns": [column.name for column in prior.columns],
        "metadata_weights": list(prior.weights),
        "metadata_fitted_on": prior.fitted_on,
        "metadata_fitted_on_these_items": on_these,
        "choices": [*header.provenance.get("choices", []), choice],
    }
    return header.model_copy(
        update={
            "contender": f"{prior.contender}{ADDED}",
            "provenance": {**header.provenance, **note},
        }
    )
