"""What a report shows of a study besides numbers: mix-ups, example images, learning curves."""

import io
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import FieldmarkError
from fieldmark.evaluation.metrics import definition_of
from fieldmark.experiments.records import CellState
from fieldmark.images.decoding import decode
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.summary import ScoreSummary, summarise
from fieldmark.predictions.table import Predictions
from fieldmark.report.confusions import confusion_of
from fieldmark.report.exhibits import Confusion, ExampleImage, LearningCurve
from fieldmark.workflows.evidence import Evidence
from fieldmark.workflows.ground import Ground

_THUMBNAIL_SIDE: Final = 160
_EXAMPLES: Final = 8


def confusions_of(evidence: Evidence) -> tuple[Confusion, ...]:
    """Return the mix-ups of each contender, from its first finished cell, the leader's first."""
    leader = _leader(evidence)
    firsts = [tables[0] for tables in evidence.predictions.values()]
    ordered = sorted(firsts, key=lambda table: table is not leader)
    return tuple(confusion_of(table, summarise(table)) for table in ordered)


def examples_of(ground: Ground, evidence: Evidence) -> tuple[ExampleImage, ...]:
    """Return images that the leading contender answered wrongly and rightly, surest first.

    An image that cannot be read any more is left out.
    """
    leader = _leader(evidence)
    if leader is None:
        return ()
    summary = summarise(leader)
    surest = np.argsort(-summary.top_score, kind="stable")
    is_right = summary.truth_rank == 1
    wrong, right = surest[~is_right[surest]], surest[is_right[surest]]
    return tuple(
        example
        for rows in (wrong, right)
        for example in _readable(ground, leader, summary, rows[:_EXAMPLES])
    )


def curves_of(ground: Ground) -> tuple[LearningCurve, ...]:
    """Return the monitored metric of every finished cell that was trained in epochs."""
    selection = ground.file.study.protocol.selection
    if selection is None:
        return ()
    chosen_by = definition_of(selection.metric)
    metric = f"{chosen_by.title} on the part '{selection.on}'"
    sign = -1.0 if chosen_by.direction == "lower" else 1.0
    found = []
    for spec in ground.cells:
        record = ground.ledger.settled_record(spec)
        training = record.facts.get("training")
        if record.state is not CellState.DONE or not isinstance(training, dict):
            continue
        values, chosen = training.get("monitor_curve"), training.get("best_epoch")
        if isinstance(values, list) and values and isinstance(chosen, int):
            numbers = tuple(sign * value for value in values if isinstance(value, int | float))
            found.append(LearningCurve(spec.id, metric, numbers, chosen))
    return tuple(found)


def _leader(evidence: Evidence) -> Predictions | None:
    """Return the predictions of the contender with the highest value on the headline metric."""
    values = {
        name: estimate.value
        for name, evaluation in evidence.evaluations.items()
        if (estimate := evaluation.estimate(evidence.headline)) and estimate.value is not None
    }
    return evidence.predictions[max(values, key=values.__getitem__)][0] if values else None


def _readable(
    ground: Ground, leader: Predictions, summary: ScoreSummary, rows: npt.NDArray[np.int64]
) -> Iterator[ExampleImage]:
    for row in rows:
        item = leader.items.row(int(row), named=True)
        try:
            thumbnail = _thumbnail(ground, item["id"])
        except FieldmarkError:
            continue
        similarities = leader.header.score_kind is ScoreKind.SIMILARITIES
        yield ExampleImage(
            thumbnail=thumbnail,
            identifier=item["id"],
            truth=item["label"],
            predicted=leader.label_space.classes[int(summary.predicted[row])],
            contender=leader.header.contender,
            probability=None if similarities else float(summary.top_score[row]),
        )


def _thumbnail(ground: Ground, image_id: str) -> bytes:
    image = decode(ground.manifest.image_path(image_id))
    image.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
    stream = io.BytesIO()
    image.save(stream, format="JPEG", quality=80)
    return stream.getvalue()
