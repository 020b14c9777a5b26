"""Predictions on disk: a folder that is whole or absent, with the scores memory-mapped."""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import polars as pl
from pydantic import ValidationError

from fieldmark.core.digests import digest_of_file
from fieldmark.core.errors import FieldmarkError, StoreError
from fieldmark.core.storage import atomic_directory, read_array, read_json, says_format, write_json
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, taxonomy_from_json, taxonomy_to_json
from fieldmark.predictions.blocks import FloatArray, digest_of_scores, score_blocks
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.score_file import ScoreFile
from fieldmark.predictions.table import Predictions
from fieldmark.predictions.validity import check_items, check_training

SCORES = "scores.npy"
_HEADER = "header.json"
_ITEMS = "items.parquet"
_CLASSES = "classes.json"
_TAXONOMY = "taxonomy.json"
_TRAINING = "training_ids.json"
_FORMAT = "fieldmark predictions 1"


def is_prediction_store(folder: Path) -> bool:
    """Return whether ``folder`` holds stored predictions of this format."""
    return says_format(folder / _HEADER, _FORMAT)


def refuse_foreign_folder(folder: Path) -> None:
    """Refuse to replace anything but stored predictions or an empty folder.

    Raises:
        StoreError: ``folder`` is a file, or holds something else.
    """
    if folder.is_dir():
        if is_prediction_store(folder) or not any(folder.iterdir()):
            return
        what = "a folder with other content"
    elif folder.exists():
        what = "a file"
    else:
        return
    raise StoreError(
        f"Expected a new folder or stored predictions at {folder}; there is {what}, which is "
        f"not overwritten. Name another folder."
    )


def save_predictions(predictions: Predictions, folder: Path) -> None:
    """Write predictions to ``folder``, whole or not at all; stored predictions are replaced.

    Raises:
        StoreError: ``folder`` holds something that is not stored predictions.
    """
    refuse_foreign_folder(folder)
    with atomic_directory(folder) as partial:
        with (partial / SCORES).open("wb") as stream:
            file = ScoreFile(stream, len(predictions.label_space), predictions.scores.dtype)
            for _, block in score_blocks(predictions.scores):
                file.write(block)
            file.finish()
        describe_predictions(predictions, partial)


def load_predictions(folder: Path, *, verify: bool = False) -> Predictions:
    """Return stored predictions; the scores stay on disk, memory-mapped.

    The scores were checked when they were written, so they are not read again; everything else
    is compared with its digest.

    Args:
        folder: where `save_predictions`, `PredictionsWriter` or `import_predictions` wrote.
        verify: also read all scores and compare them with their digest.

    Raises:
        StoreError: ``folder`` is no store of predictions, or a part is missing or was changed.
    """
    if not is_prediction_store(folder):
        other = (folder / _HEADER).is_file()
        found = "is something else (rankings, or a damaged header)" if other else "are none"
        raise StoreError(
            f"Expected stored predictions in {folder}; there {found}. Make them with "
            f"`fieldmark import`, or name the folder that holds {_HEADER}."
        )
    content = read_json(folder / _HEADER)
    _check_parts(folder, content)
    scores = read_array(folder / SCORES)
    if verify and digest_of_scores(scores) != content["scores_digest"]:
        raise StoreError(f"{folder / SCORES} was changed after it was written. Import it again.")
    try:
        return Predictions(
            header=PredictionsHeader.model_validate(content["header"]),
            items=pl.read_parquet(folder / _ITEMS, memory_map=False),
            label_space=LabelSpace(tuple(read_json(folder / _CLASSES))),
            scores=scores,
            taxonomy=_read_taxonomy(folder) if _TAXONOMY in content["parts"] else None,
            training_ids=_read_training(folder) if _TRAINING in content["parts"] else None,
            scores_digest=content["scores_digest"],
        )
    except (FieldmarkError, ValidationError, KeyError) as error:
        raise StoreError(f"The predictions in {folder} are damaged ({error}).") from error


def describe_predictions(predictions: Predictions, folder: Path) -> None:
    """Write everything but the scores of ``predictions`` to ``folder``, the header last."""
    predictions.items.write_parquet(folder / _ITEMS)
    write_json(folder / _CLASSES, list(predictions.label_space.classes))
    if predictions.taxonomy is not None:
        write_json(folder / _TAXONOMY, taxonomy_to_json(predictions.taxonomy))
    if predictions.training_ids is not None:
        write_json(folder / _TRAINING, list(predictions.training_ids))
    small = [name for name in (_ITEMS, _CLASSES, _TAXONOMY, _TRAINING) if (folder / name).exists()]
    content = {
        "format": _FORMAT,
        "header": predictions.header.model_dump(mode="json"),
        "scores_digest": predictions.scores_content_digest,
        "items_digest": predictions.items_digest,
        "label_space_digest": predictions.label_space.digest,
        "parts": {name: digest_of_file(folder / name) for name in small},
    }
    write_json(folder / _HEADER, content)


class PredictionsWriter:
    """Writes predictions whose scores come in pieces; use it in a ``with`` block.

    The folder appears when the block ends, checked and whole; when the block raises, nothing is
    left behind.

    Args:
        folder: where the finished predictions shall lie.
        header: where the scores come from.
        items: columns id and label, optionally group, and any others; in the order of the rows.
        label_space: the classes, in the order of the score columns.
        dtype: floating type to store.
        taxonomy: ranks above the classes.
        training_ids: ids that the contender was trained on.

    Raises:
        PredictionsError: as `Predictions`; items and training ids before anything is written.
        StoreError: ``folder`` holds something that is not stored predictions.
    """

    def __init__(
        self,
        folder: Path,
        header: PredictionsHeader,
        *,
        items: pl.DataFrame,
        label_space: LabelSpace,
        dtype: np.dtype[Any] | type[np.floating[Any]] = np.float32,
        taxonomy: Taxonomy | None = None,
        training_ids: Iterable[str] | None = None,
    ) -> None:
        check_items(items)
        self._header = header
        self._items = items
        self._label_space = label_space
        self._dtype = np.dtype(dtype)
        self._taxonomy = taxonomy
        self._training_ids = None if training_ids is None else tuple(training_ids)
        check_training(items["id"], self._training_ids or ())
        refuse_foreign_folder(folder)
        self._stack = contextlib.ExitStack()
        self._partial = self._stack.enter_context(atomic_directory(folder))
        stream = self._stack.enter_context((self._partial / SCORES).open("wb"))
        self._open = True
        self._file = ScoreFile(stream, len(label_space), self._dtype)

    def write(self, rows: FloatArray) -> None:
        """Append the scores of the next items: float array (any number, n_classes).

        Raises:
            PredictionsError: the rows have another number of columns.
        """
        self._file.write(rows)

    def close(self) -> None:
        """Check the whole and move it to its place; a second call does nothing.

        Raises:
            PredictionsError: scores and items do not agree, or the scores are not as stated.
        """
        with self._stack:
            if self._open:
                self._open = False
                self._file.finish()
                describe_predictions(self._predictions(), self._partial)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self._open = False
            self._stack.__exit__(kind, error, traceback)

    def _predictions(self) -> Predictions:
        return Predictions(
            header=self._header,
            items=self._items,
            label_space=self._label_space,
            scores=read_array(self._partial / SCORES),
            taxonomy=self._taxonomy,
            training_ids=self._training_ids,
        )


def _check_parts(folder: Path, content: dict[str, Any]) -> None:
    parts = content.get("parts")
    if not isinstance(parts, dict) or not {_ITEMS, _CLASSES} <= parts.keys():
        raise StoreError(f"{folder / _HEADER} is damaged: it does not list its parts.")
    for name, digest in parts.items():
        path = folder / name
        if not path.is_file():
            raise StoreError(f"{path} is missing; it was written with the predictions.")
        if digest_of_file(path) != digest:
            raise StoreError(f"{path} was changed after it was written. Import it again.")


def _read_taxonomy(folder: Path) -> Taxonomy:
    return taxonomy_from_json(read_json(folder / _TAXONOMY))


def _read_training(folder: Path) -> tuple[str, ...]:
    return tuple(read_json(folder / _TRAINING))
