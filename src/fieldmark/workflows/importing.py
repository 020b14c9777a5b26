"""A contender whose predictions were made elsewhere."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import PredictionsError
from fieldmark.core.progress import Progress
from fieldmark.experiments.contenders import ImportedContender
from fieldmark.experiments.plan import RunSpec
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.accepted_names import with_accepted_names
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.importers import ImportOptions, import_predictions
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.image_tables import accepted_labels
from fieldmark.workflows.parts import header_of, items_of, write_part

_ROWS = 4096


def take_in(
    ground: Ground,
    spec: RunSpec,
    contender: ImportedContender,
    *,
    folder: Path,
    progress: Progress,
) -> Mapping[str, JsonValue]:
    """Store foreign predictions for the part that is reported, under the study's labels and groups.

    Where the study names synonyms, their classes and labels get accepted names first. Where they
    hold every image of the part that selects, that is stored as well: decisions are fitted there.

    Args:
        ground: what all contenders share.
        spec: the cell.
        contender: names the file (CSV, TSV, Parquet, NPZ) or the folder of stored predictions.
        folder: the cell's folder.
        progress: who is told how far the reading is.

    Returns:
        Facts for the record: the source and the number of items.

    Raises:
        PredictionsError: the file is not valid, lacks items of the part, labels them otherwise, or
            has none of their labels among its classes.
    """
    source = ground.file.locate(contender.predictions)
    part = ground.file.study.protocol.report_on
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        if source.is_dir():
            foreign = load_predictions(source)
        else:
            foreign = import_predictions(
                source,
                kind=ScoreKind(contender.kind),
                out=Path(scratch) / "imported",
                options=ImportOptions(contender=spec.contender),
                progress=progress,
            )
        foreign = with_accepted_names(
            foreign, accepted_labels(ground.file), folder=Path(scratch) / "accepted"
        )
        for judged in (part, *_further_parts(foreign, ground)):
            _store(foreign, ground, spec, part=judged, folder=folder)
    return {
        "source": source.name,
        "items": len(ground.split.ids(part)),
        "classes": len(foreign.label_space),
    }


def _further_parts(foreign: Predictions, ground: Ground) -> Iterator[str]:
    """Yield the part that selects, where every image of it was predicted."""
    protocol = ground.file.study.protocol
    if protocol.selection is None or protocol.selection.on == protocol.report_on:
        return
    predicted = frozenset(foreign.ids)
    if all(id_ in predicted for id_ in ground.split.ids(protocol.selection.on)):
        yield protocol.selection.on


def _store(foreign: Predictions, ground: Ground, spec: RunSpec, *, part: str, folder: Path) -> None:
    rows = _rows_of(foreign, ground, part)
    _check_classes(foreign, ground, part)
    known = {name: getattr(foreign.header, name) for name in ("contract", "tap")} | {
        "excluded": foreign.header.excluded
    }
    write_part(
        folder,
        header_of(ground, spec, part=part, kind=foreign.header.score_kind, facts=known),
        items=items_of(ground, ground.split.ids(part)),
        label_space=foreign.label_space,
        blocks=_blocks(foreign, rows),
        taxonomy=_fitting(ground.manifest.taxonomy, foreign),
        training_ids=foreign.training_ids,
    )


def _rows_of(foreign: Predictions, ground: Ground, part: str) -> npt.NDArray[np.int64]:
    """Return the row of each item of the part, once ids and labels agree with the manifest."""
    wanted = ground.manifest.select(ground.split.ids(part)).frame.select("id", "label")
    found = foreign.items.select("id", theirs="label").with_row_index("row")
    joined = wanted.join(found, on="id", how="left", maintain_order="left")
    missing = joined.filter(joined["row"].is_null())["id"].to_list()
    name = foreign.header.contender
    if missing:
        raise PredictionsError(
            f"The predictions of '{name}' lack {len(missing):,} of the "
            f"{count_of(len(joined), 'image')} of the part '{part}' (first: {first_few(missing)}); "
            "predict them too, or report on the images that all contenders have."
        )
    other = joined.filter(joined["label"] != joined["theirs"])
    if len(other):
        first = other.row(0, named=True)
        raise PredictionsError(
            f"The predictions of '{name}' label {count_of(len(other), 'image')} otherwise than the "
            f"manifest (first: '{first['id']}' is '{first['theirs']}' there and "
            f"'{first['label']}' here); score both on one version of the labels."
        )
    return joined["row"].to_numpy().astype(np.int64)


def _check_classes(foreign: Predictions, ground: Ground, part: str) -> None:
    labels = ground.manifest.select(ground.split.ids(part)).labels.unique().sort().to_list()
    if not set(labels) & set(foreign.label_space.classes):
        raise PredictionsError(
            f"None of the {count_of(len(labels), 'label')} of the part '{part}' (first: "
            f"'{labels[0]}') is a class of the predictions of '{foreign.header.contender}' (first: "
            f"'{foreign.label_space.classes[0]}'); write the names alike."
        )


def _blocks(
    foreign: Predictions, rows: npt.NDArray[np.int64]
) -> Iterator[npt.NDArray[np.floating[Any]]]:
    for start in range(0, len(rows), _ROWS):
        yield foreign.scores[rows[start : start + _ROWS]]


def _fitting(taxonomy: Taxonomy | None, foreign: Predictions) -> Taxonomy | None:
    """Return the taxonomy when it holds all foreign classes; without it ranks stay unreported."""
    if taxonomy is None:
        return None
    known = set(taxonomy.leaves.classes)
    return taxonomy if set(foreign.label_space.classes) <= known else None
