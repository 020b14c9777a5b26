"""Answers of a trained contender, or of a bundle, for new images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.core.errors import ImageError, StudyError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.export.deciding import Decided, FloatArray
from fieldmark.export.loading import OpenBundle
from fieldmark.export.scorer import Scorer, score_each
from fieldmark.images.dataset import UnreadablePolicy, read_batches
from fieldmark.images.pixel_statistics import drift_of, measured, pooled
from fieldmark.images.regions import Region
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.shares import softmax
from fieldmark.workflows.answers import Answer
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.regions import regions_for
from fieldmark.workflows.scoring import cell_of, open_scorer

_ENDINGS: Final = (".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
_BATCH: Final = 16


@dataclass(frozen=True, slots=True)
class _Voice:
    """Who answers, over which tree, and what its scores are."""

    contender: str
    taxonomy: Taxonomy | None
    score_kind: ScoreKind
    classes: tuple[str, ...]


def answer(
    ground: Ground,
    contender: str,
    images: Sequence[Path],
    *,
    seed: int | None = None,
    fold: str | None = None,
    top: int = 3,
    unreadable: UnreadablePolicy | None = None,
    regions: Sequence[Region] | None = None,
    progress: Progress | None = None,
) -> tuple[Answer, ...]:
    """Return the answers of a trained contender for image files, in their order.

    Args:
        ground: the study.
        contender: name of a trained contender whose cell is done.
        images: files, or folders whose image files are taken in the order of their names.
        seed: which cell answers; None for the first of the plan.
        fold: the fold, or the number of shots, that it was trained on; None where there is none.
        top: how many classes to name, at least 1.
        unreadable: "fail" ends at the first unreadable image, "exclude" leaves it out and says so;
            None does as the study does.
        regions: mask and box of each image, where the contract asks for them; images are files
            then.
        progress: who is told how far the work is; nobody when None.

    Raises:
        StudyError: the contender or seed does not exist, or was not trained here; top is below 1.
        SplitError: there is no such fold, or there are several and none is named.
        StoreError: its cell is not done.
        ImageError: an image cannot be read, or comes without the mask or box that the contract
            asks for, or there is none.
        NotComparableError: the backbone is no longer the one that the head was fitted on.
    """
    _check_top(top)
    config, spec = cell_of(ground, contender, seed, fold)
    files = tuple(_files(images))
    scorer = open_scorer(ground, config, spec)
    is_logits = scorer.score_kind is ScoreKind.LOGITS
    kind = ScoreKind.PROBABILITIES if is_logits else scorer.score_kind
    voice = _Voice(contender, ground.manifest.taxonomy, kind, scorer.label_space.classes)
    policy = unreadable or ground.file.study.data.unreadable
    found: list[Answer] = []
    parts = regions_for(files, scorer.contract, regions)
    for file, scores in _scored(scorer, files, parts, policy, progress or SilentProgress()):
        shares = softmax(scores) if is_logits else scores
        found.append(_answer(voice, file, shares[0], top, None))
    return tuple(found)


def answer_with_bundle(
    model: OpenBundle,
    images: Sequence[Path],
    *,
    top: int = 3,
    unreadable: UnreadablePolicy = "fail",
    regions: Sequence[Region] | None = None,
    progress: Progress | None = None,
) -> tuple[Answer, ...]:
    """Return the answers of a bundle for image files, in their order, as its study gives them.

    Calibrated where the bundle has a calibrator, with a decision where it has an operating point.

    Args:
        model: as `load_bundle` gives it.
        images: files, or folders whose image files are taken in the order of their names.
        top: how many classes to name, at least 1.
        unreadable: "fail" ends at the first unreadable image, "exclude" leaves it out and says so.
        regions: mask and box of each image, where the contract asks for them; images are files
            then.
        progress: who is told how far the work is; nobody when None.

    Raises:
        StudyError: top is below 1.
        ImageError: an image cannot be read, or comes without the mask or box that the contract
            asks for, or there is none.
    """
    _check_top(top)
    files, bundle = tuple(_files(images)), model.bundle
    voice = _Voice(bundle.contender, model.taxonomy, model.answer_kind, bundle.classes)
    found: list[Answer] = []
    parts = regions_for(files, model.scorer.contract, regions)
    heard = progress or SilentProgress()
    for file, scores in _scored(model.scorer, files, parts, unreadable, heard):
        told = model.answer_scores(scores)
        acted_on = scores if model.calibrate is None else told
        decided = None if model.decide is None else model.decide(acted_on)[0]
        found.append(_answer(voice, file, told[0], top, decided))
    return tuple(found)


def _check_top(top: int) -> None:
    if top < 1:
        raise StudyError(f"Expected to name at least 1 class for each image; got {top}.")


def _files(images: Sequence[Path]) -> Iterator[Path]:
    for path in images:
        if path.is_dir():
            found = sorted(file for file in path.iterdir() if file.suffix.lower() in _ENDINGS)
            if not found:
                raise ImageError(
                    f"The folder {path} holds no image; expected {', '.join(_ENDINGS)}."
                )
            yield from found
        elif path.exists():
            yield path
        else:
            raise ImageError(f"Expected an image or a folder at {path}; there is none.")


def _scored(
    scorer: Scorer,
    files: Sequence[Path],
    regions: Sequence[Region] | None,
    policy: UnreadablePolicy,
    progress: Progress,
) -> Iterator[tuple[Path, FloatArray]]:
    """Yield each readable file with its raw scores, float32 (1, n_classes).

    At the end it is said if the photos are far from those of the training.
    """
    left_out, seen = 0, []
    with progress.step("predict", len(files)) as step:
        batches = read_batches(
            files, scorer.contract, batch_size=_BATCH, policy=policy, regions=regions
        )
        for batch in batches:
            scores = score_each(scorer, batch.pixels)
            seen += [measured(batch.pixels)] if len(batch.pixels) else []
            for row, position in enumerate(batch.positions):
                yield files[position], scores[row : row + 1]
            for excluded in batch.excluded:
                progress.say(f"Left out: {excluded.reason}")
            left_out += len(batch.excluded)
            step.advance(len(batch.positions) + len(batch.excluded))
    if left_out == len(files):
        raise ImageError(f"None of {count_of(left_out, 'image')} could be read.")
    drift = None if scorer.pixels is None else drift_of(scorer.pixels, pooled(seen))
    if drift is not None:
        progress.say(drift)


def _answer(
    voice: _Voice, file: Path, scores: FloatArray, top: int, decided: Decided | None
) -> Answer:
    best = np.argsort(-scores, kind="stable")[:top]
    return Answer(
        image=str(file),
        contender=voice.contender,
        path=_path(voice.taxonomy, voice.classes[int(scores.argmax())]),
        candidates=tuple((voice.classes[place], float(scores[place])) for place in best),
        score_kind=voice.score_kind.value,
        decision=decided,
    )


def _path(taxonomy: Taxonomy | None, name: str) -> dict[str, str]:
    if taxonomy is None:
        return {"class": name}
    return dict(zip(taxonomy.ranks, taxonomy.path_of(name), strict=True))
