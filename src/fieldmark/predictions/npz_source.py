"""Scores from NPZ files of any size, streamed out of the archive."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError
from fieldmark.core.progress import Step
from fieldmark.predictions.columns import SourceNames
from fieldmark.predictions.npz_arrays import NpzArrays, open_npz
from fieldmark.predictions.score_file import ColumnFile, ScoreFile

_GROUPS = ("groups", "group")


def read_npz(
    source: Path,
    scores: Path,
    *,
    names: SourceNames,
    step: Step,
    classes: Sequence[str] | None = None,
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Copy the scores of an NPZ file to a ``.npy`` file; return the items and the classes.

    Scores keep their type (float16, float32 or float64). Ids and groups are text or integers.
    Labels that are text are class names; labels that are integers are positions among the
    classes. Only the named arrays are read; none may hold Python objects.

    Args:
        source: NPZ file with the arrays scores (n, n_classes), ids (n,), labels (n,), classes
            (n_classes,), optionally a group (n,) and further ones (n,), under whatever names.
        scores: path of the new file.
        names: what the file calls its arrays.
        step: told the number of bytes of scores that were copied.
        classes: class names in the order of the columns, when the file does not hold them.

    Raises:
        PredictionsError: the file is not NPZ, an array is missing, holds Python objects, or has
            another type or length than the others ask for.
    """
    with open_npz(source) as arrays:
        n_items, n_classes = arrays.scores_shape(names.scores)
        known = tuple(classes) if classes is not None else _class_names(arrays, names.classes)
        if len(known) != n_classes:
            raise PredictionsError(
                f"{source.name}: expected a class name for each of the "
                f"{count_of(n_classes, 'score column')}; got {len(known):,}."
            )
        items: dict[str, list[str]] = {
            "id": arrays.texts(names.id or "ids", option="--id", length=n_items),
            "label": _labels(arrays, names.label or "labels", known, length=n_items),
        }
        group = names.group or next((name for name in _GROUPS if name in arrays.names), None)
        if group is not None:
            items["group"] = arrays.texts(group, option="--group", length=n_items)
        frame = pl.DataFrame(items, schema=dict.fromkeys(items, pl.String))
        frame = frame.with_columns(_further(arrays, names.columns, frame))
        copy_scores(arrays, names.scores, scores, step)
    return frame, known


def _further(arrays: NpzArrays, names: Sequence[str], items: pl.DataFrame) -> list[pl.Series]:
    """Return the further arrays that are kept with the items: text, or numbers as they are."""
    for name in names:
        if name in items.columns or names.count(name) > 1:
            raise PredictionsError(
                f"{arrays.source.name}: expected further columns of other names than"
                f" {', '.join(items.columns)}, each once; got '{name}'."
            )
    found = []
    for name in names:
        values = arrays.small(name, option="--columns", length=items.height)
        if values.dtype.kind == "f":
            # A number that is missing is missing: NaN would count as a value.
            found.append(pl.Series(name, values.astype(np.float64), nan_to_null=True))
        else:
            is_number = values.dtype.kind in "biu"
            found.append(pl.Series(name, values if is_number else arrays.as_texts(name, values)))
    return found


def _class_names(arrays: NpzArrays, name: str) -> tuple[str, ...]:
    values = arrays.small(
        name, option="--classes, or list the class names in a text file given with --class-names"
    )
    if values.dtype.kind in "iu" and not np.array_equal(values, np.arange(len(values))):
        raise PredictionsError(
            f"{arrays.source.name}: expected class names as text in '{name}'; got integers other "
            f"than 0 to {len(values) - 1:,}, which could be mistaken for positions. "
            f"Write them as text."
        )
    return tuple(arrays.as_texts(name, values))


def _labels(arrays: NpzArrays, name: str, classes: Sequence[str], *, length: int) -> list[str]:
    values = arrays.small(name, option="--label", length=length)
    if values.dtype.kind not in "iu":
        return arrays.as_texts(name, values)
    outside = np.flatnonzero((values < 0) | (values >= len(classes)))
    if outside.size:
        raise PredictionsError(
            f"{arrays.source.name}: expected integer labels from 0 to {len(classes) - 1:,}; "
            f"{outside.size:,} of {length:,} are not (first: {values[outside[0]]}). Write labels "
            f"without a score column as text."
        )
    return [classes[position] for position in values.tolist()]


def copy_scores(arrays: NpzArrays, name: str, target: Path, step: Step) -> None:
    """Copy a two-dimensional array of an archive to a ``.npy`` file, piece by piece."""
    with arrays.open(name) as array:
        n_rows, n_columns = array.shape
        native = array.dtype.newbyteorder("=")
        if array.fortran_order:
            with ColumnFile(target, (n_rows, n_columns), native) as columns:
                for start, block in array.stretches(n_rows, n_columns):
                    columns.write(start, block.T.astype(native, copy=False))
                    step.advance(block.nbytes)
            return
        with target.open("wb") as stream:
            rows = ScoreFile(stream, n_columns, native)
            for _, block in array.stretches(n_columns, n_rows):
                rows.write(block)
                step.advance(block.nbytes)
            rows.finish()
