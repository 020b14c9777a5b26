"""Predictions of one part of a split: the items with their labels, and what the header must say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.provenance import provenance
from fieldmark.decision.prior_shift import CORRECTED_BY
from fieldmark.experiments.observing import prior_correction
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.rank_heads import rank_heads_of, write_rank_heads
from fieldmark.predictions.store import PredictionsWriter, is_prediction_store
from fieldmark.workflows.ground import Ground

PREDICTIONS = "predictions"
#: Where cells keep the raw scores of their heads, beside their predictions.
RANK_HEADS = "rank-heads"


def label_space_of(ground: Ground) -> LabelSpace:
    """Return every class of the manifest, in a fixed order, whether or not training has it."""
    taxonomy = ground.manifest.taxonomy
    return LabelSpace(ground.manifest.label_names) if taxonomy is None else taxonomy.leaves


def items_of(ground: Ground, ids: Iterable[str]) -> pl.DataFrame:
    """Return the rows of the manifest for some ids, in the order asked for."""
    return ground.manifest.select(ids).frame


def training_label_counts(ground: Ground) -> dict[str, int]:
    """Return how many training images each label has; labels without any are left out."""
    labels = ground.manifest.select(ground.split.ids("train")).labels
    return dict(labels.value_counts().sort("label").iter_rows())


def is_done(ground: Ground, spec: RunSpec) -> bool:
    """Return whether a cell has a result that counts."""
    return ground.ledger.settled_record(spec).state is CellState.DONE


def stored_parts(ground: Ground, part: str) -> Iterator[tuple[RunSpec, Path]]:
    """Yield the cells that are done and have stored predictions of a part, with their folders."""
    for spec in ground.cells:
        if is_done(ground, spec):
            folder = ground.ledger.result(spec) / PREDICTIONS / part
            if is_prediction_store(folder):
                yield spec, folder


def write_part(
    folder: Path,
    header: PredictionsHeader,
    *,
    items: pl.DataFrame,
    label_space: LabelSpace,
    blocks: Iterable[npt.NDArray[np.floating[Any]]],
    taxonomy: Taxonomy | None,
    training_ids: Iterable[str] | None = None,
    rank_scores: Sequence[npt.NDArray[np.float32]] | None = None,
) -> str | None:
    """Write the predictions of one part into a cell's folder, raw heads of ranks beside them.

    Args:
        folder: the folder of the cell; the predictions lie under it by the name of the part.
        header: where the scores come from; names the part.
        items: the rows of the manifest, in the order of the scores.
        label_space: the classes, in the order of the score columns.
        blocks: float arrays (any number, n_classes), together as many rows as items.
        taxonomy: ranks above the classes.
        training_ids: what the contender was trained on.
        rank_scores: for each rank, coarse to fine, a float32 array (n_items, names at the rank);
            None where ranks have no heads of their own.

    Returns:
        The digest of the raw heads; None without any.
    """
    trained = None if training_ids is None else tuple(training_ids)
    with PredictionsWriter(
        folder / PREDICTIONS / header.split,
        header,
        items=items,
        label_space=label_space,
        taxonomy=taxonomy,
        training_ids=trained,
    ) as writer:
        for block in blocks:
            writer.write(block)
    if rank_scores is None or taxonomy is None:
        return None
    heads = rank_heads_of(
        header,
        items=items,
        taxonomy=taxonomy,
        scores=dict(zip(taxonomy.ranks, rank_scores, strict=True)),
        training_ids=trained,
    )
    write_rank_heads(folder / RANK_HEADS / header.split, heads)
    return heads.digest


def header_of(
    ground: Ground, spec: RunSpec, *, part: str, kind: ScoreKind, facts: Mapping[str, Any]
) -> PredictionsHeader:
    """Return the header of a cell's predictions on one part.

    Args:
        ground: what the cell sees; its split is the only one.
        spec: the cell.
        part: name of the part of the split.
        kind: what the scores are.
        facts: further fields of the header, such as the contract and the tap.
    """
    return PredictionsHeader(
        score_kind=kind,
        contender=spec.row,
        seed=spec.seed,
        fold=spec.fold,
        split=part,
        split_digest=ground.split.digest,
        training_label_counts=training_label_counts(ground),
        label_version=ground.label_version,
        provenance=provenance() | _correction(ground, spec),
        **facts,
    )


def _correction(ground: Ground, spec: RunSpec) -> dict[str, Any]:
    """Return what in training has freed the scores of the prior already, where something has."""
    contender = ground.file.study.contenders.get(spec.contender)
    words = None if contender is None else prior_correction(contender)
    return {} if words is None else {CORRECTED_BY: words}
