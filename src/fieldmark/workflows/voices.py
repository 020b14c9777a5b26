"""What the contenders of a study say of one observation, from their stored predictions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of, unknown_choice
from fieldmark.core.errors import StudyError
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.shares import softmax
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.report.inspection import Voice
from fieldmark.report.replies import Reply, reply_of
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.observations import Observation
from fieldmark.workflows.parts import PREDICTIONS, is_done
from fieldmark.workflows.readings import Reader, reader_of

MOST_PHOTOS = 24
_Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PhotoScores:
    """The scores of one contender for some photos.

    Attributes:
        photos: their names, at least one.
        scores: float64 (n_photos, n_classes), probabilities or similarities.
        classes: names of the columns.
        taxonomy: ranks above them; None without.
        is_probability: whether scores are probabilities.
    """

    photos: tuple[str, ...]
    scores: _Scores
    classes: tuple[str, ...]
    taxonomy: Taxonomy | None
    is_probability: bool


def voice_of(
    contender: str,
    found: PhotoScores,
    *,
    note: str,
    truth: str | None,
    sure: float,
    problem: str = "",
    reader: Reader | None = None,
) -> Voice:
    """Return what a contender says of photos of one thing, each and all together.

    Photos are pooled by the mean of their scores, as `predictions.pooling.pool` does.

    Args:
        contender: its name.
        found: what it scored.
        note: which cell or bundle answers.
        truth: the label; None where it is not known, or where photos differ in it.
        sure: which probability counts as sure.
        problem: why some photos have no answer.
        reader: what reads the scores by decoders and decisions; None to leave these out.
    """
    plain = partial(
        reply_of,
        classes=found.classes,
        taxonomy=found.taxonomy,
        is_probability=found.is_probability,
        truth=truth,
        sure=sure,
    )

    def reply(scores: _Scores, *, of: str, is_pooled: bool = False) -> Reply:
        answer = plain(scores, of=of)
        if reader is None:
            return answer
        decided = reader.decided(scores, is_pooled=is_pooled)
        return replace(answer, decoded=reader.decoded(scores), decided=decided)

    number = len(found.photos)
    rows = zip(found.scores[:MOST_PHOTOS], found.photos, strict=False)
    mean = found.scores.mean(axis=0)
    return Voice(
        contender=contender,
        note=note,
        pooled=reply(mean, of=f"{count_of(number, 'photo')} together", is_pooled=True)
        if number > 1
        else None,
        replies=tuple(reply(row, of=photo) for row, photo in rows),
        problem=problem,
        is_probability=found.is_probability,
    )


def stored_voices(
    ground: Ground,
    observation: Observation,
    *,
    contender: str | None,
    seed: int | None,
    sure: float,
) -> Iterator[tuple[Voice, RunSpec | None]]:
    """Yield what each contender says, and the cell that says it: None where none has an answer.

    The first finished cell whose stored predictions hold a photo answers: of folds, the one that
    has not seen it.

    Args:
        ground: the study.
        observation: its photos.
        contender: only this one; None for all.
        seed: only cells of this seed, and those that no seed changes; None for the first.
        sure: which probability counts as sure.

    Raises:
        StudyError: there is no such contender, or no cell of that seed.
    """
    rows = asked_rows(ground, contender, seed)
    truth = observation.labels[0] if len(observation.labels) == 1 else None
    for row, specs in rows.items():
        for spec in specs:
            found = _scores_of(ground, spec, observation.ids)
            if found is not None:
                scores, table = found
                missing = len(observation.ids) - len(scores.photos)
                lacks = f"{count_of(missing, 'photo')} without a stored answer." if missing else ""
                note = (
                    f"{cell_in_words(spec)}, stored predictions on the part “{table.header.split}”"
                )
                reader = reader_of(ground, spec, table, truth)
                voice = voice_of(
                    row, scores, note=note, truth=truth, sure=sure, problem=lacks, reader=reader
                )
                yield voice, spec
                break
        else:
            yield Voice(contender=row, note="", problem=_why_silent(ground, specs)), None


def asked_rows(ground: Ground, contender: str | None, seed: int | None) -> dict[str, list[RunSpec]]:
    """Return the cells of each row that is asked: of one contender or all, of one seed or any.

    Args:
        ground: the study.
        contender: None for all.
        seed: None for any; cells that no seed changes are asked all the same.

    Raises:
        StudyError: there is no such contender, or no cell of that seed.
    """
    contenders = ground.file.study.contenders
    if contender is not None and contender not in contenders:
        raise StudyError(unknown_choice("contender", contender, contenders))
    rows: dict[str, list[RunSpec]] = {}
    for spec in ground.cells:
        if contender in (None, spec.contender) and (seed is None or spec.seed in (None, seed)):
            rows.setdefault(spec.row, []).append(spec)
    if not rows:
        seeds = sorted({spec.seed for spec in ground.cells if spec.seed is not None})
        raise StudyError(f"There is no cell of seed {seed}; there are: {seeds}.")
    return rows


def _scores_of(
    ground: Ground, spec: RunSpec, ids: Sequence[str]
) -> tuple[PhotoScores, Predictions] | None:
    """Return the scores that a finished cell stored for some photos, and the table they are in."""
    if not is_done(ground, spec):
        return None
    folder = ground.ledger.result_folder(spec) / PREDICTIONS
    parts = ground.splits.named(spec.split_name).parts
    for part, members in parts.items():
        if not set(ids).isdisjoint(members) and (folder / part).is_dir():
            table = load_predictions(folder / part)
            found = picked(table, ids)
            if found is not None:
                return found, table
    return None


def picked(table: Predictions, ids: Sequence[str]) -> PhotoScores | None:
    """Return the scores of some photos of a table, in the order asked for; None without any.

    Only their rows are read.
    """
    row_of = dict(zip(table.ids, range(table.n), strict=True))
    photos = tuple(id_ for id_ in ids if id_ in row_of)
    if not photos:
        return None
    scores = np.asarray(table.scores[[row_of[id_] for id_ in photos]], dtype=np.float64)
    if table.header.score_kind is ScoreKind.LOGITS:
        scores = softmax(scores)
    return PhotoScores(
        photos=photos,
        scores=scores,
        classes=table.label_space.classes,
        taxonomy=table.taxonomy,
        is_probability=table.header.score_kind is not ScoreKind.SIMILARITIES,
    )


def cell_in_words(spec: RunSpec) -> str:
    """Return which cell of its contender it is, in words."""
    seed = "" if spec.seed is None else f"seed {spec.seed}"
    fold = "" if spec.fold is None else f"fold {spec.fold}"
    return ", ".join(words for words in (seed, fold) if words) or "its only cell"


def _why_silent(ground: Ground, specs: Sequence[RunSpec]) -> str:
    states = [ground.ledger.settled_record(spec).state for spec in specs]
    done = sum(state is CellState.DONE for state in states)
    if not done:
        return f"No cell of it is done ({states[0].value}); run the study."
    return (
        "It stored no answer for these photos: it learnt from them, or they are in no part that it"
        " was asked about."
    )
