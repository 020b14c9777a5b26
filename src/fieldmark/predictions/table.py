"""The table of predictions: per item the scores over a stated label space."""

import dataclasses

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.digests import digest_of, digest_of_strings
from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.blocks import FloatArray, digest_of_scores
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.validity import check_items, check_scores, check_training

__all__ = ["Predictions", "PredictionsHeader", "ScoreKind", "positions_of"]

_DTYPES = (np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64))


@dataclasses.dataclass(frozen=True, eq=False, repr=False, slots=True, weakref_slot=True)
class Predictions:
    """Scores of one contender on named items, checked once, read-only.

    A label outside the label space is allowed, since a test set may hold classes that the model
    never learnt: such an item can never be right, and is counted in `unknown_label_count`.
    Two tables are equal when their content is; the provenance does not count.

    Args:
        header: where the scores come from.
        items: columns id and label, optionally group (strings), and any others; row i has score
            row i.
        label_space: the classes, in the order of the score columns.
        scores: float16, float32 or float64 array (n_items, n_classes), possibly memory-mapped.
            It is handed over: it must not be written to afterwards.
        taxonomy: ranks above the classes; must hold every class and every label.
        training_ids: ids that the contender was trained on, in any order.
        scores_digest: digest of scores that were checked when they were stored. When it is given
            the scores are not read again; only the store gives it.

    Raises:
        PredictionsError: ids, labels, shapes, training ids, taxonomy or scores are not as stated.

    Example:
        >>> predictions = Predictions(
        ...     header=PredictionsHeader(score_kind="probabilities", contender="probe"),
        ...     items=pl.DataFrame({"id": ["a", "b"], "label": ["oak", "elm"]}),
        ...     label_space=LabelSpace(("oak", "ash")),
        ...     scores=np.array([[0.9, 0.1], [0.4, 0.6]]),
        ... )
        >>> predictions
        Predictions('probe', probabilities, 2 items, 2 classes, split 'all')
        >>> predictions.unknown_label_count
        1
    """

    header: PredictionsHeader
    items: pl.DataFrame
    label_space: LabelSpace
    scores: FloatArray
    taxonomy: Taxonomy | None = None
    training_ids: tuple[str, ...] | None = None
    scores_digest: str | None = None
    _items_digest: str | None = dataclasses.field(default=None, init=False)

    def __post_init__(self) -> None:
        check_items(self.items)
        self._check_shape()
        if self.taxonomy is not None:
            self._check_taxonomy(self.taxonomy)
        if self.training_ids is not None:
            self._take_training_ids(self.training_ids)
        if self.scores_digest is None:
            check_scores(self.scores, kind=self.header.score_kind, ids=self.ids)
        view = self.scores.view()
        view.flags.writeable = False
        object.__setattr__(self, "scores", view)

    def __repr__(self) -> str:
        return (
            f"Predictions('{self.header.contender}', {self.header.score_kind}, "
            f"{count_of(self.n, 'item')}, {count_of(len(self.label_space), 'class', 'classes')}, "
            f"split '{self.header.split}')"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Predictions) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def n(self) -> int:
        """Number of items; at least 1."""
        return self.items.height

    @property
    def ids(self) -> pl.Series:
        """Ids of the items, in the order of the rows."""
        return self.items["id"]

    @property
    def labels(self) -> pl.Series:
        """True labels of the items, in the order of the rows."""
        return self.items["label"]

    @property
    def groups(self) -> pl.Series | None:
        """Group of each item, or None when the items have no groups."""
        return self.items["group"] if "group" in self.items.columns else None

    @property
    def label_positions(self) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        """Column of each item's label, int32 (n,); n_classes where the label has no column."""
        return positions_of(self.labels, self.label_space)

    @property
    def unknown_label_count(self) -> int:
        """Number of items whose label is outside the label space."""
        return int((self.label_positions == len(self.label_space)).sum())

    @property
    def items_digest(self) -> str:
        """Digest of the ids with their labels, whatever the order of the rows, remembered."""
        if self._items_digest is None:
            ordered = self.items.select("id", "label").sort("id")
            pairs = zip(ordered["id"].to_list(), ordered["label"].to_list(), strict=True)
            found = digest_of_strings(text for pair in pairs for text in pair)
            object.__setattr__(self, "_items_digest", found)
        return self._items_digest or ""

    @property
    def digest(self) -> str:
        """Digest of everything but the provenance; reads all scores the first time."""
        return digest_of(
            {
                "header": self.header.digest,
                "items": digest_of_strings([self.items.write_ndjson()]),
                "label_space": self.label_space.digest,
                "scores": self.scores_content_digest,
                "taxonomy": self.taxonomy.digest if self.taxonomy else None,
            }
        )

    @property
    def scores_content_digest(self) -> str:
        """Digest of the scores, remembered."""
        if self.scores_digest is None:
            object.__setattr__(self, "scores_digest", digest_of_scores(self.scores))
        return self.scores_digest or ""

    def _check_shape(self) -> None:
        expected = (self.items.height, len(self.label_space))
        if self.scores.shape != expected:
            raise PredictionsError(
                f"Expected scores of shape {expected} (items, classes); got {self.scores.shape}."
            )
        if self.scores.dtype not in _DTYPES:
            raise PredictionsError(
                f"Expected scores of type float16, float32 or float64; got {self.scores.dtype}."
            )

    def _check_taxonomy(self, taxonomy: Taxonomy) -> None:
        leaves = frozenset(taxonomy.leaves.classes)
        trained = self.header.training_label_counts or ()
        labels = self.labels.unique(maintain_order=True).to_list()
        named = dict.fromkeys((*self.label_space.classes, *labels, *trained))
        missing = [name for name in named if name not in leaves]
        if missing:
            raise PredictionsError(
                f"Expected the taxonomy to hold every class and label; it lacks "
                f"{count_of(len(missing), 'name')} (first: {first_few(missing)}). "
                f"Add them to the taxonomy, or leave the taxonomy out."
            )

    def _take_training_ids(self, training_ids: tuple[str, ...]) -> None:
        check_training(self.ids, training_ids)
        ordered = tuple(sorted(set(training_ids)))
        digest = digest_of_strings(ordered)
        if self.header.training_ids_digest not in (None, digest):
            raise PredictionsError(
                "Expected the training ids that the header was written for; their digest is "
                f"{digest[:12]}, the header says {str(self.header.training_ids_digest)[:12]}."
            )
        header = self.header.model_copy(update={"training_ids_digest": digest})
        object.__setattr__(self, "training_ids", ordered)
        object.__setattr__(self, "header", header)


def positions_of(
    labels: pl.Series, label_space: LabelSpace
) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the column of each label, int32 (n,); n_classes where the label has no column.

    Example:
        >>> positions_of(pl.Series(["ash", "elm"]), LabelSpace(("oak", "ash"))).tolist()
        [1, 2]
    """
    classes = list(label_space.classes)
    positions = labels.replace_strict(
        classes, list(range(len(classes))), default=len(classes), return_dtype=pl.Int32
    )
    return positions.to_numpy().copy()
