"""The hierarchical head: leaves, ranks, siblings or blocks of a tree on standardised embeddings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final, Self

import numpy as np

from fieldmark.core.errors import StudyError
from fieldmark.embeddings.table import EmbeddingSet, FloatArray
from fieldmark.heads.early_stopping import Kept, keep_best
from fieldmark.heads.head import Arrays, Head, read_only
from fieldmark.heads.hierarchical_settings import HierarchicalSettings
from fieldmark.heads.hierarchical_training import train_tree
from fieldmark.heads.linear import TrainingRecord, record_of
from fieldmark.heads.origin import Origin, PositionArray, check_training_labels, origin_of
from fieldmark.heads.standardisation import standardisation_of
from fieldmark.heads.trained_pass import TrainedPass
from fieldmark.heads.tree_layout import TreeLayout, layout_of
from fieldmark.heads.tree_objective import OWN_HEADS
from fieldmark.heads.tree_scores import Float64Array, leaf_scores, split_by_rank
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import ScoreKind

_CELLS: Final = 1 << 20  # of one block of outputs


@dataclass(frozen=True, slots=True, eq=False)
class HierarchicalHead(Head):
    """Logits of the leaves of a tree, and of its ranks where they have heads of their own.

    Attributes:
        origin: what the head was fitted on.
        settings: its structure and loss, and how it was trained.
        training: what happened.
        layout: the tree; its leaves are the classes, in their order.
        parameters: float32 arrays by name: ``mean`` and ``scale`` (width,) of the training vectors;
            ``weights`` (outputs, inputs) and ``bias`` (outputs,); with hidden blocks also
            ``hidden_weights`` (blocks, width) and ``hidden_bias`` (blocks,).
    """

    kind: ClassVar[str] = "hierarchical"

    origin: Origin
    settings: HierarchicalSettings
    training: TrainingRecord
    layout: TreeLayout
    parameters: Arrays

    def __post_init__(self) -> None:
        kept = {name: read_only(array, np.float32) for name, array in self.parameters.items()}
        object.__setattr__(self, "parameters", kept)

    @property
    def score_kind(self) -> ScoreKind:
        """Logits: their softmax is the modelled probability."""
        return ScoreKind.LOGITS

    def scores_of(self, vectors: FloatArray) -> FloatArray:
        """Return float32 logits (n, n_leaves) of float32 vectors (n, width).

        Where ranks have heads of their own this is the logarithm of their product along each path,
        so that the best leaf ends the best path of all of them together. Sums run in float64, so
        that an image gets the same logits alone and in a batch.
        """
        scores = np.empty((len(vectors), self.layout.n_leaves), dtype=np.float32)
        for rows, outputs in self._outputs(vectors):
            scores[rows] = leaf_scores(self.settings.structure, self.layout, outputs)
        return scores

    def rank_scores_of(self, vectors: FloatArray) -> tuple[FloatArray, ...] | None:
        """Return float32 logits (n, nodes) of each rank's own head, coarse to fine, or None."""
        if self.settings.structure not in OWN_HEADS:
            return None
        outputs = np.empty((len(vectors), self.layout.n_nodes), dtype=np.float32)
        for rows, found in self._outputs(vectors):
            outputs[rows] = found
        return split_by_rank(self.layout, outputs)

    def _outputs(self, vectors: FloatArray) -> Iterator[tuple[slice, Float64Array]]:
        """Yield rows and the outputs of the structure for them, in float64, block by block."""
        wide = {name: array.astype(np.float64) for name, array in self.parameters.items()}
        size = max(1, _CELLS // self.layout.n_nodes)
        for start in range(0, len(vectors), size):
            rows = slice(start, start + size)
            found = (vectors[rows].astype(np.float64) - wide["mean"]) / wide["scale"]
            if "hidden_weights" in wide:
                found = np.maximum(found @ wide["hidden_weights"].T + wide["hidden_bias"], 0)
            yield rows, found @ wide["weights"].T + wide["bias"]

    def arrays(self) -> Arrays:
        """Return the arrays that make the head, by name."""
        return {**self.parameters, "paths": self.layout.paths}

    def facts(self) -> dict[str, Any]:
        """Return the settings, the record of the training and the ranks."""
        return {
            "settings": asdict(self.settings),
            "training": asdict(self.training),
            "ranks": list(self.layout.ranks),
        }

    @classmethod
    def from_parts(cls, origin: Origin, facts: Mapping[str, Any], arrays: Arrays) -> Self:
        """Return the head that has these facts and arrays."""
        parameters = {name: array for name, array in arrays.items() if name != "paths"}
        layout = TreeLayout(tuple(facts["ranks"]), arrays["paths"])
        record = TrainingRecord(**facts["training"])
        return cls(origin, HierarchicalSettings(**facts["settings"]), record, layout, parameters)


def fit_hierarchical(
    embeddings: EmbeddingSet,
    labels: PositionArray,
    *,
    label_space: LabelSpace,
    taxonomy: Taxonomy | None,
    seed: int,
    settings: HierarchicalSettings | None = None,
    monitor: Callable[[HierarchicalHead], float] | None = None,
) -> HierarchicalHead:
    """Return a hierarchical head fitted on the embeddings.

    The standardisation is fitted on these embeddings alone and is part of the head. Leaves without
    a training image are allowed.

    Args:
        embeddings: the training images; at least one.
        labels: integer array (n_images,), positions in the label space, row by row.
        label_space: the classes: the leaves of the taxonomy, in their order.
        taxonomy: the ranks above the classes.
        seed: of the weights and the order of the images; 0 or more.
        settings: structure, loss, and how to train; None takes the defaults.
        monitor: called after every epoch with the head as it stands; higher is better. The best
            epoch is kept. Let it judge on a split that is not reported.

    Raises:
        ManifestError: labels do not fit the embeddings or the label space.
        TaxonomyError: the classes are not the leaves of the taxonomy.
        StudyError: there is no taxonomy, the rank weights do not fit its ranks, or the loss is no
            longer finite.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.taxonomy import build_taxonomy
        >>> names = {"genus": ["K", "K", "L"], "species": ["a", "b", "c"]}
        >>> tree = build_taxonomy(pl.DataFrame(names), ("genus", "species"))
        >>> vectors = np.array([[0, 1], [1, 0], [2, 2]], dtype=np.float32)
        >>> embeddings = EmbeddingSet(("x", "y", "z"), vectors, {}, {})
        >>> head = fit_hierarchical(
        ...     embeddings, np.array([0, 1, 2]), label_space=tree.leaves, taxonomy=tree, seed=0,
        ...     settings=HierarchicalSettings(structure="ranks", learning_rate=0.1))
        >>> head.predict_scores(embeddings).argmax(axis=1).tolist()
        [0, 1, 2]
        >>> [part.shape for part in head.rank_scores_of(vectors) or ()]
        [(3, 2), (3, 3)]
    """
    if taxonomy is None:
        raise StudyError(
            "The head 'hierarchical' needs the ranks above the labels, and there are none. Name "
            "the columns of the taxonomy in `data.ranks`, or take the head 'linear'."
        )
    targets = check_training_labels(embeddings, labels, label_space)
    layout, chosen = layout_of(taxonomy, label_space), settings or HierarchicalSettings()
    origin = origin_of(embeddings, label_space)
    mean, scale = standardisation_of(embeddings.vectors)
    inputs = ((embeddings.vectors - mean) / scale).astype(np.float32)
    epochs = train_tree(inputs, targets, layout=layout, seed=seed, settings=chosen)

    def head_of(kept: Kept[TrainedPass]) -> HierarchicalHead:
        arrays = {"mean": mean, "scale": scale, **kept.epoch.arrays}
        return HierarchicalHead(origin, chosen, record_of(kept, seed), layout, arrays)

    def judge(epoch: TrainedPass) -> float:
        return float(monitor(head_of(Kept(epoch, epoch, (epoch.loss,), ())))) if monitor else 0.0

    return head_of(keep_best(epochs, judge if monitor else None, patience=chosen.patience))
