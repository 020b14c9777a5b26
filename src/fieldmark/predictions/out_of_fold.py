"""One table from the folds of a cross-validation: every item predicted by a model that lacks it."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of, field_differences, first_few
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.table import Predictions


def pool_folds(
    folds: Sequence[Predictions], *, expected: Collection[str] | None = None
) -> Predictions:
    """Return the predictions of all folds of one seed as one table, sorted by id.

    The header names no fold; its split digest is that of all folds together, its training counts
    are the means over folds, and unreadable items are summed up. Training ids are left out, since
    they differ from fold to fold.

    Args:
        folds: one table for each fold.
        expected: the ids that shall be predicted once each; None takes what there is.

    Raises:
        PredictionsError: there is no table, one names no fold or the fold of another, they are not
            of one contender, seed, label space and contract, or an item is predicted twice, not at
            all, or without being expected.

    Example:
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.header import PredictionsHeader
        >>> def table(fold: str, item: str) -> Predictions:
        ...     return Predictions(
        ...         PredictionsHeader(score_kind="logits", contender="probe", fold=fold),
        ...         pl.DataFrame({"id": [item], "label": ["oak"]}),
        ...         LabelSpace(("oak", "ash")), np.array([[1.0, 0.0]]))
        >>> pool_folds([table("2", "b"), table("1", "a")]).ids.to_list()
        ['a', 'b']
    """
    _require_folds(folds)
    first = folds[0]
    items = pl.concat([table.items for table in folds], how="vertical_relaxed")
    excluded = sum(table.header.excluded for table in folds)
    _require_once(items["id"], expected, excluded=excluded)
    order = items["id"].arg_sort()
    header = first.header.model_copy(
        update={
            "fold": None,
            "split_digest": _digest(folds),
            "training_ids_digest": None,
            "training_label_counts": _mean_counts(folds),
            "excluded": excluded,
        }
    )
    scores = np.concatenate([np.asarray(table.scores) for table in folds])[order.to_numpy()]
    return Predictions(header, items[order], first.label_space, scores, first.taxonomy)


def _require_folds(folds: Sequence[Predictions]) -> None:
    if not folds:
        raise PredictionsError("Expected the predictions of at least one fold; got none.")
    names = [table.header.fold for table in folds]
    if None in names or len(set(names)) < len(names):
        raise PredictionsError(
            f"Expected one table for each fold, named in its header; got {names}. Leave copies "
            "out, and state the fold where the predictions are made."
        )
    for table in folds[1:]:
        differences = field_differences(_identity(folds[0]), _identity(table))
        if differences:
            raise PredictionsError(
                f"Expected the folds of one contender and seed; fold {names[0]} and fold "
                f"{table.header.fold} differ in {'; '.join(differences)}. Pool each by itself."
            )


def _identity(table: Predictions) -> dict[str, object]:
    header = table.header
    described: dict[str, Any] = {"contract": header.contract, "tap": header.tap}
    return {
        "contender": header.contender,
        "seed": header.seed,
        "part": header.split,
        "score kind": header.score_kind.value,
        "classes (digest)": table.label_space.digest[:12],
        "taxonomy (digest)": table.taxonomy.digest[:12] if table.taxonomy else None,
        "columns": ", ".join(table.items.columns),
        **{f"{name} (digest)": digest_of(value)[:12] for name, value in described.items()},
    }


def _require_once(ids: pl.Series, expected: Collection[str] | None, *, excluded: int) -> None:
    twice = ids.filter(ids.is_duplicated()).unique().sort().to_list()
    if twice:
        raise PredictionsError(
            f"Expected every item in one fold; {count_of(len(twice), 'item')} came in several "
            f"({first_few(twice)}). Folds that share items are no cross-validation."
        )
    if expected is None:
        return
    strange = sorted(set(ids) - set(expected))
    missing = sorted(set(expected) - set(ids))
    if strange or len(missing) != excluded:
        what = f"{len(strange):,} others ({first_few(strange)})" if strange else "none besides"
        lacking = f"{first_few(missing)}" if missing else "none"
        raise PredictionsError(
            f"Expected each of {count_of(len(expected), 'item')} predicted once, less the "
            f"{excluded:,} that could not be read; {len(missing):,} were not predicted "
            f"({lacking}), and {what} were. Run the study again."
        )


def _digest(folds: Sequence[Predictions]) -> str | None:
    digests = {str(table.header.fold): table.header.split_digest for table in folds}
    return None if None in digests.values() else digest_of(digests)


def _mean_counts(folds: Sequence[Predictions]) -> dict[str, int] | None:
    counts = [table.header.training_label_counts for table in folds]
    known = [one for one in counts if one is not None]
    if len(known) < len(counts):
        return None
    labels = sorted({label for one in known for label in one})
    means = {label: sum(one.get(label, 0) for one in known) / len(known) for label in labels}
    return {label: max(1, round(mean)) for label, mean in means.items()}
