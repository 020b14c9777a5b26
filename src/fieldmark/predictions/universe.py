"""The classes that a question is asked over, and how to ask it over fewer of them."""

import dataclasses
import weakref
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.blocks import FloatArray, collect, score_blocks
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.table import Predictions


def common_classes(first: Predictions, second: Predictions) -> tuple[str, ...]:
    """Return the classes that both tables have, in the order of the first.

    Raises:
        NotComparableError: there is no such class.

    Example:
        >>> import polars as pl
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> def table(*classes: str) -> Predictions:
        ...     return Predictions(
        ...         header=PredictionsHeader(score_kind="logits", contender="a"),
        ...         items=pl.DataFrame({"id": ["1"], "label": ["oak"]}),
        ...         label_space=LabelSpace(classes),
        ...         scores=np.zeros((1, len(classes))),
        ...     )
        >>> common_classes(table("oak", "elm", "ash"), table("ash", "oak"))
        ('oak', 'ash')
    """
    known = frozenset(second.label_space.classes)
    common = tuple(name for name in first.label_space.classes if name in known)
    if not common:
        raise NotComparableError(
            f"'{first.header.contender}' and '{second.header.contender}' have no class in common: "
            f"{first_few(first.label_space.classes)} against "
            f"{first_few(second.label_space.classes)}. Check that the names are written alike."
        )
    return common


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class _Kept:
    """What a table was restricted to last, and the result."""

    classes: tuple[str, ...]
    taxonomy: Taxonomy | None
    result: Predictions


# By identity, as in `summary`: a large table is copied once, however many metrics are compared.
_KEPT: dict[int, _Kept] = {}


def restrict(
    predictions: Predictions, classes: Sequence[str], *, taxonomy: Taxonomy | None = None
) -> Predictions:
    """Return the predictions over fewer classes, without the items whose label is not among them.

    The order of the remaining classes and items stays as it was. Probabilities are divided by
    their sum over the remaining classes, as if the question had been asked over these alone; an
    item that gives them no probability at all gets the same for each, and the number of such
    items is noted in the provenance as ``items_without_probability``. Logits and similarities
    stay as they are. The last result is kept with the table.

    Args:
        predictions: what to restrict; not changed.
        classes: names to keep, in any order; all must be classes of the predictions.
        taxonomy: the ranks above the classes that are kept; None leaves those of the predictions.

    Returns:
        Predictions with the columns and items that remain.

    Raises:
        PredictionsError: no class is named, one is unknown, or no item remains.

    Example:
        >>> import polars as pl
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> whole = Predictions(
        ...     header=PredictionsHeader(score_kind="probabilities", contender="a"),
        ...     items=pl.DataFrame({"id": ["1", "2"], "label": ["oak", "elm"]}),
        ...     label_space=LabelSpace(("oak", "elm", "ash")),
        ...     scores=np.array([[0.6, 0.2, 0.2], [0.1, 0.8, 0.1]]),
        ... )
        >>> restrict(whole, ["ash", "oak"]).scores.round(6).tolist()
        [[0.75, 0.25]]
    """
    tree = predictions.taxonomy if taxonomy is None else taxonomy
    last = _KEPT.get(id(predictions))
    if last is not None and last.classes == tuple(classes) and last.taxonomy == tree:
        return last.result
    result = _restricted(predictions, classes, tree)
    if result is not predictions:
        if last is None:
            weakref.finalize(predictions, _KEPT.pop, id(predictions)).atexit = False
        _KEPT[id(predictions)] = _Kept(tuple(classes), tree, result)
    return result


def _restricted(
    predictions: Predictions, classes: Sequence[str], tree: Taxonomy | None
) -> Predictions:
    columns = _kept_columns(predictions.label_space, classes)
    if len(columns) == len(predictions.label_space) and not predictions.unknown_label_count:
        return predictions if tree == predictions.taxonomy else _with_tree(predictions, tree)
    kept = LabelSpace(tuple(predictions.label_space.classes[column] for column in columns))
    keep = predictions.labels.is_in(list(kept.classes))
    if not keep.any():
        raise PredictionsError(
            f"No item is left: none of the {count_of(predictions.n, 'item')} has a label among "
            f"the {count_of(len(kept), 'class', 'classes')} kept ({first_few(kept.classes)})."
        )
    renormaliser = _Renormaliser(predictions.header.score_kind)
    scores = collect(
        renormaliser.blocks(predictions.scores, columns, keep.to_numpy()),
        shape=(int(keep.sum()), len(columns)),
        dtype=predictions.scores.dtype,
    )
    return Predictions(
        header=_restricted_header(predictions, kept, renormaliser.items_without_probability),
        items=predictions.items.filter(keep),
        label_space=kept,
        scores=scores,
        taxonomy=tree,
        training_ids=predictions.training_ids,
    )


def _with_tree(predictions: Predictions, tree: Taxonomy | None) -> Predictions:
    digest = predictions.scores_content_digest
    return dataclasses.replace(predictions, taxonomy=tree, scores_digest=digest)


class _Renormaliser:
    """Selects rows and columns block by block, and counts the rows without probability."""

    def __init__(self, kind: ScoreKind) -> None:
        self.items_without_probability = 0
        self._kind = kind

    def blocks(
        self,
        scores: FloatArray,
        columns: npt.NDArray[np.int64],
        keep: npt.NDArray[np.bool_],
    ) -> Iterator[FloatArray]:
        for start, block in score_blocks(scores):
            selected = block[keep[start : start + len(block)]][:, columns]
            yield self._normalise(selected) if self._kind is ScoreKind.PROBABILITIES else selected

    def _normalise(self, block: FloatArray) -> FloatArray:
        sums = block.sum(axis=1, dtype=np.float64, keepdims=True)
        without = sums[:, 0] <= 0
        self.items_without_probability += int(without.sum())
        sums[without] = 1.0
        shares: FloatArray = block / sums
        shares[without] = 1.0 / block.shape[1]
        return shares


def _kept_columns(label_space: LabelSpace, classes: Sequence[str]) -> npt.NDArray[np.int64]:
    if not classes:
        raise PredictionsError("Expected at least one class to restrict to; got none.")
    known = frozenset(label_space.classes)
    unknown = [name for name in classes if name not in known]
    if unknown:
        raise PredictionsError(
            f"Expected classes of the predictions to restrict to; {len(unknown):,} of "
            f"{count_of(len(classes), 'name')} are not: {first_few(unknown)}."
        )
    return np.unique(label_space.positions(classes))


def _restricted_header(
    predictions: Predictions, kept: LabelSpace, items_without_probability: int
) -> PredictionsHeader:
    header = predictions.header
    counts = header.training_label_counts
    names = frozenset(kept.classes)
    note = {
        "restricted_from_classes": len(predictions.label_space),
        "restricted_from_items": predictions.n,
        "items_without_probability": items_without_probability,
    }
    return header.model_copy(
        update={
            "training_label_counts": counts
            and {name: count for name, count in counts.items() if name in names},
            "provenance": {**header.provenance, **note},
        }
    )
