"""Inspecting new photos of one observation: the trained cells of a study answer, or a bundle."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import FieldmarkError, ImageError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.experiments.contenders import ImportedContender
from fieldmark.experiments.plan import RunSpec
from fieldmark.images.decoding import decode
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import ScoreKind
from fieldmark.report.inspection import InspectedPhoto, Inspection, Voice
from fieldmark.workflows.answering import answer, answer_with_bundle
from fieldmark.workflows.answers import Answer
from fieldmark.workflows.gallery import Thumbnails
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.inspecting import ALL, PHOTO_SIDE, InspectionOptions, made_now
from fieldmark.workflows.photo_neighbours import learnt_photos, neighbours_of_photos
from fieldmark.workflows.voices import MOST_PHOTOS, PhotoScores, asked_rows, cell_in_words, voice_of

_EVERY_CLASS = 2**31


def inspect_photos(
    ground: Ground,
    photos: Sequence[Path],
    *,
    bundle: Path | None = None,
    options: InspectionOptions = ALL,
    progress: Progress | None = None,
) -> Inspection:
    """Return what the trained contenders of a study say of new photos of one observation.

    A contender that cannot answer stays on the page with its reason. Photos that are training
    images by their content are stamped.

    Args:
        ground: the study.
        photos: files that show one thing.
        bundle: folder of a bundle that answers too; None for none.
        options: who is asked, and what is shown.
        progress: who is told how far the work is; nobody when None.

    Raises:
        ImageError: there is no photo, a file is not there, or none can be read.
        StudyError: there is no such contender or seed.
        StoreError: there is no bundle in the folder, or it is damaged.
    """
    heard = progress or SilentProgress()
    files = tuple(dict.fromkeys(photos))
    problems = _problems(files)
    readable = tuple(file for file in files if file not in problems)
    rows = asked_rows(ground, options.contender, options.seed)
    voices = [_voice(ground, row, specs, readable, options, heard) for row, specs in rows.items()]
    if bundle is not None:
        voices.append(_bundle_voice(bundle, readable, options, heard))
    shown = readable[:MOST_PHOTOS]
    learnt = learnt_photos(ground, readable, progress=heard)
    itself = frozenset(id_ for same in learnt.values() for id_ in same)
    near = neighbours_of_photos(ground, shown, options, without=itself, progress=heard)
    return Inspection(
        study=ground.file.study.study,
        observation=f"{count_of(len(files), 'new photo')}",
        truth=(),
        photos=_photos(files[:MOST_PHOTOS], problems, learnt),
        voices=tuple(voices),
        kinships=tuple(near),
        remarks=tuple(problems.values()),
        sure=options.sure,
        made=made_now(),
    )


def _problems(files: Sequence[Path]) -> dict[Path, str]:
    """Return why files cannot be read."""
    if not files:
        raise ImageError("Expected at least one photo after --photos; got none.")
    problems = {}
    for file in files:
        if not file.is_file():
            raise ImageError(f"Expected a photo at {file}; there is no such file.")
        try:
            decode(file)
        except FieldmarkError as error:
            problems[file] = str(error)
    if len(problems) == len(files):
        raise ImageError(
            f"None of {count_of(len(files), 'photo')} can be read: {next(iter(problems.values()))}"
        )
    return problems


def _photos(
    files: Sequence[Path], problems: Mapping[Path, str], learnt: Mapping[Path, Sequence[str]]
) -> tuple[InspectedPhoto, ...]:
    thumbnails = Thumbnails(Path, PHOTO_SIDE)
    return tuple(
        InspectedPhoto(
            identifier=file.name,
            thumbnail=None if file in problems else thumbnails.of(str(file)),
            stamps=_stamps(learnt.get(file, ())),
            problem=problems.get(file, ""),
        )
        for file in files
    )


def _stamps(ids: Sequence[str]) -> tuple[str, ...]:
    if not ids:
        return ()
    return (
        f"It is the training image {first_few(ids)} by its content: an answer to it says nothing"
        " about new photos.",
    )


def _voice(
    ground: Ground,
    row: str,
    specs: Sequence[RunSpec],
    files: Sequence[Path],
    options: InspectionOptions,
    progress: Progress,
) -> Voice:
    """Return what the first cell of a contender says, or why it says nothing."""
    spec = specs[0]
    if isinstance(ground.file.study.contenders[spec.contender], ImportedContender):
        words = "Its predictions were made elsewhere: it has no weights here to answer with."
        return Voice(contender=row, note="", problem=words)
    try:
        found = answer(
            ground,
            spec.contender,
            files,
            seed=spec.seed,
            fold=spec.split_name,
            top=_EVERY_CLASS,
            progress=progress,
        )
    except FieldmarkError as error:
        return Voice(contender=row, note="", problem=str(error))
    scores = _scores(found, ground.manifest.taxonomy)
    note = f"{cell_in_words(spec)}, asked now"
    return voice_of(row, scores, note=note, truth=None, sure=options.sure)


def _bundle_voice(
    folder: Path, files: Sequence[Path], options: InspectionOptions, progress: Progress
) -> Voice:
    from fieldmark.export.loading import load_bundle

    model = load_bundle(folder)
    note = f"the bundle {folder.name}, asked now"
    try:
        found = answer_with_bundle(model, files, top=_EVERY_CLASS, progress=progress)
    except FieldmarkError as error:
        return Voice(contender=model.bundle.contender, note=note, problem=str(error))
    decided = [
        f"{Path(one.image).name}: {one.decision.answer or 'no answer'}"
        for one in found
        if one.decision is not None
    ]
    scores = _scores(found, model.taxonomy)
    return voice_of(
        model.bundle.contender,
        scores,
        note=note,
        truth=None,
        sure=options.sure,
        problem=f"Its rule decides {'; '.join(decided)}." if decided else "",
    )


def _scores(found: Sequence[Answer], taxonomy: Taxonomy | None) -> PhotoScores:
    """Return answers that name every class as one table of scores."""
    classes = sorted(name for name, _ in found[0].candidates)
    rows = [[dict(one.candidates)[name] for name in classes] for one in found]
    return PhotoScores(
        photos=tuple(Path(one.image).name for one in found),
        scores=np.array(rows, dtype=np.float64),
        classes=tuple(classes),
        taxonomy=taxonomy,
        is_probability=found[0].score_kind == ScoreKind.PROBABILITIES,
    )
