"""From scores of leaves to scores of the names at a coarser rank (E1)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.blocks import FloatArray, collect, score_blocks
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.table import Predictions


def roll_up(predictions: Predictions, rank: str) -> Predictions:
    """Return the predictions at a coarser rank.

    The probability of a name is the sum over the classes below it, accumulated in float64. For
    logits this is the log-sum-exp of the logits below, so that the softmax of the result is that
    sum. Names above no class are left out; a label whose name is among them stays unknown. The
    taxonomy of the result ends at the rank. At the finest rank the predictions come back as they
    are.

    Args:
        predictions: with a taxonomy; not changed.
        rank: name of a rank of the taxonomy.

    Returns:
        Predictions of the same items and kind; classes are the names at the rank, sorted.

    Raises:
        PredictionsError: there is no taxonomy, or the scores are similarities.
        TaxonomyError: the rank is unknown.

    Source: E1; marginalisation over the leaves below a node.

    Example:
        >>> from fieldmark.manifest.taxonomy import build_taxonomy
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> tree = pl.DataFrame({"genus": ["Q", "Q", "U"], "species": ["oak", "ilex", "elm"]})
        >>> leaves = Predictions(
        ...     header=PredictionsHeader(score_kind="probabilities", contender="a"),
        ...     items=pl.DataFrame({"id": ["1"], "label": ["oak"]}),
        ...     label_space=LabelSpace(("oak", "ilex", "elm")),
        ...     scores=np.array([[0.3, 0.25, 0.45]]),
        ...     taxonomy=build_taxonomy(tree, ("genus", "species")),
        ... )
        >>> genera = roll_up(leaves, "genus")
        >>> genera.label_space.classes, genera.scores.round(6).tolist(), genera.labels.to_list()
        (('Q', 'U'), [[0.55, 0.45]], ['Q'])
    """
    taxonomy = _taxonomy_of(predictions, rank)
    if rank == taxonomy.ranks[-1]:
        return predictions
    grouping = _Grouping(predictions, taxonomy, rank)
    dtype = np.promote_types(predictions.scores.dtype, np.float32)
    scores = collect(
        grouping.blocks(predictions.scores, predictions.header.score_kind, dtype),
        shape=(predictions.n, len(grouping.label_space)),
        dtype=dtype,
    )
    return Predictions(
        header=rolled_header(predictions.header, taxonomy, rank),
        items=predictions.items.with_columns(label=grouping.labels),
        label_space=grouping.label_space,
        scores=scores,
        taxonomy=cut_taxonomy(taxonomy, rank),
        training_ids=predictions.training_ids,
    )


class _Grouping:
    """Which columns lie below which name of a rank."""

    def __init__(self, predictions: Predictions, taxonomy: Taxonomy, rank: str) -> None:
        names = taxonomy.label_space(rank).classes
        ancestors = taxonomy.ancestors(rank)
        leaves = taxonomy.leaves
        above = ancestors[leaves.positions(predictions.label_space.classes)]
        self._order = np.argsort(above, kind="stable")
        used, self._starts = np.unique(above[self._order], return_index=True)
        self._sizes = np.diff(np.append(self._starts, len(above)))
        self.label_space = LabelSpace(tuple(names[node] for node in used))
        of_items = ancestors[leaves.positions(predictions.labels)]
        self.labels = pl.Series("label", [names[node] for node in of_items], dtype=pl.String)

    def blocks(
        self, scores: FloatArray, kind: ScoreKind, dtype: np.dtype[Any]
    ) -> Iterator[FloatArray]:
        combine = self._log_sum_exp if kind is ScoreKind.LOGITS else self._sum
        for _, block in score_blocks(scores):
            yield combine(block[:, self._order]).astype(dtype, copy=False)

    def _sum(self, block: FloatArray) -> npt.NDArray[np.float64]:
        sums: npt.NDArray[np.float64] = np.add.reduceat(
            block, self._starts, axis=1, dtype=np.float64
        )
        return sums

    def _log_sum_exp(self, block: FloatArray) -> npt.NDArray[np.float64]:
        top: npt.NDArray[Any] = np.maximum.reduceat(block, self._starts, axis=1)
        with np.errstate(over="ignore"):
            block -= np.repeat(top, self._sizes, axis=1)
        np.exp(block, out=block)
        return top + np.log(self._sum(block))


def _taxonomy_of(predictions: Predictions, rank: str) -> Taxonomy:
    taxonomy = predictions.taxonomy
    if taxonomy is None:
        raise PredictionsError(
            f"Expected a taxonomy to sum '{predictions.header.contender}' up to rank '{rank}'; "
            f"there is none. Import the predictions with --taxonomy."
        )
    taxonomy.ancestors(rank)
    if predictions.header.score_kind is ScoreKind.SIMILARITIES and rank != taxonomy.ranks[-1]:
        raise PredictionsError(
            f"Expected probabilities or logits to sum up to rank '{rank}'; the scores of "
            f"'{predictions.header.contender}' are similarities, which have no sum. Turn them "
            f"into probabilities first, with a temperature fitted on a validation split."
        )
    return taxonomy


def cut_taxonomy(taxonomy: Taxonomy, rank: str) -> Taxonomy:
    """Return the tree down to a rank, whose names become the leaves.

    Raises:
        TaxonomyError: the rank is unknown.
    """
    taxonomy.ancestors(rank)
    last = taxonomy.ranks.index(rank)
    _, first_leaf = np.unique(taxonomy.paths[:, last], return_index=True)
    return Taxonomy(
        ranks=taxonomy.ranks[: last + 1],
        nodes=taxonomy.nodes[: last + 1],
        paths=taxonomy.paths[first_leaf, : last + 1],
    )


def rolled_header(header: PredictionsHeader, taxonomy: Taxonomy, rank: str) -> PredictionsHeader:
    """Return the header of the scores of a coarser rank, its training counts summed up."""
    counts = header.training_label_counts
    summed: dict[str, int] | None = None
    if counts is not None:
        names = taxonomy.label_space(rank).classes
        nodes = taxonomy.ancestors(rank)[taxonomy.leaves.positions(tuple(counts))]
        summed = dict.fromkeys((names[node] for node in nodes), 0)
        for node, count in zip(nodes, counts.values(), strict=True):
            summed[names[node]] += count
    provenance = {**header.provenance, "rolled_up_to": rank}
    return header.model_copy(update={"training_label_counts": summed, "provenance": provenance})
