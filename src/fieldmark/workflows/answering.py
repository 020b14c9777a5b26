"""Answers of a trained contender for new images."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from fieldmark.backbones.encoders import Encoder, open_encoder
from fieldmark.core.checks import count_of, unknown_choice
from fieldmark.core.errors import ImageError, StudyError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.embeddings.table import EmbeddingSet, FloatArray
from fieldmark.experiments.contenders import TrainedContender
from fieldmark.experiments.plan import RunSpec
from fieldmark.heads.head import Head
from fieldmark.heads.storage import load_head
from fieldmark.images.dataset import read_batches
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import ScoreKind
from fieldmark.workflows.answers import Answer
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.learning import HEAD, backbone_spec

_ENDINGS: Final = (".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
_BATCH: Final = 16


def answer(
    ground: Ground,
    contender: str,
    images: Sequence[Path],
    *,
    seed: int | None = None,
    top: int = 3,
    progress: Progress | None = None,
) -> tuple[Answer, ...]:
    """Return the answers of a trained contender for image files, in their order.

    Where the study excludes unreadable images, one is left out and said to be; otherwise it ends
    the work.

    Args:
        ground: the study.
        contender: name of a trained contender whose cell is done.
        images: files, or folders whose image files are taken in the order of their names.
        seed: which cell answers; None for the first of the plan.
        top: how many classes to name, at least 1.
        progress: who is told how far the work is; nobody when None.

    Raises:
        StudyError: the contender or seed does not exist, or was not trained here; top is below 1.
        StoreError: its cell is not done.
        ImageError: an image cannot be read, or there is none.
        NotComparableError: the backbone is no longer the one that the head was fitted on.
    """
    if top < 1:
        raise StudyError(f"Expected to name at least 1 class for each image; got {top}.")
    config, spec = _cell_of(ground, contender, seed)
    files = tuple(_files(images))
    head = load_head(ground.ledger.result(spec) / HEAD)
    encoder = open_encoder(backbone_spec(ground.file, config.backbone))
    answers: list[Answer] = []
    listener = progress or SilentProgress()
    for file, scores in _scored(ground, files, head=head, encoder=encoder, progress=listener):
        answers.append(
            Answer(
                image=str(file),
                contender=contender,
                path=_path(ground.manifest.taxonomy, head.label_space.classes[scores.argmax()]),
                candidates=_candidates(head, scores, top),
                score_kind=_kind_of_answers(head).value,
            )
        )
    return tuple(answers)


def _cell_of(ground: Ground, name: str, seed: int | None) -> tuple[TrainedContender, RunSpec]:
    contenders = ground.file.study.contenders
    if name not in contenders:
        raise StudyError(unknown_choice("contender", name, contenders))
    config = contenders[name]
    if not isinstance(config, TrainedContender):
        raise StudyError(
            f"The predictions of '{name}' were made elsewhere, so it cannot answer here; name a "
            "contender with a backbone and a head."
        )
    cells = [spec for spec in ground.cells if spec.contender == name]
    for spec in cells:
        if seed is None or spec.seed == seed:
            return config, spec
    seeds = ", ".join(str(spec.seed) for spec in cells if spec.seed is not None)
    there = f"there are: {seeds}" if seeds else "no seed changes it, so leave the seed out"
    raise StudyError(f"'{name}' has no cell of seed {seed}; {there}.")


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
    ground: Ground, files: Sequence[Path], *, head: Head, encoder: Encoder, progress: Progress
) -> Iterator[tuple[Path, FloatArray]]:
    """Yield each readable file with its scores."""
    policy, left_out = ground.file.study.data.unreadable, 0
    with progress.step("predict", len(files)) as step:
        for batch in read_batches(files, encoder.contract, batch_size=_BATCH, policy=policy):
            found = [files[position] for position in batch.positions]
            yield from zip(found, _scores(head, encoder, batch.pixels), strict=True)
            for excluded in batch.excluded:
                progress.say(f"Left out: {excluded.reason}")
            left_out += len(batch.excluded)
            step.advance(len(found) + len(batch.excluded))
    if left_out == len(files):
        raise ImageError(f"None of {count_of(left_out, 'image')} could be read.")


def _scores(head: Head, encoder: Encoder, pixels: FloatArray) -> npt.NDArray[np.float64]:
    names = tuple(str(number) for number in range(len(pixels)))
    embeddings = EmbeddingSet(
        names, encoder.encode(pixels), encoder.contract.to_dict(), encoder.tap
    )
    scores = head.predict_scores(embeddings).astype(np.float64)
    if head.score_kind is not ScoreKind.LOGITS or not len(scores):
        return scores
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
    return shares


def _kind_of_answers(head: Head) -> ScoreKind:
    """Return what the scores of an answer are: logits go through a softmax."""
    kind = head.score_kind
    return ScoreKind.PROBABILITIES if kind is ScoreKind.LOGITS else kind


def _candidates(head: Head, scores: FloatArray, top: int) -> tuple[tuple[str, float], ...]:
    best = np.argsort(-scores, kind="stable")[:top]
    return tuple((head.label_space.classes[index], float(scores[index])) for index in best)


def _path(taxonomy: Taxonomy | None, name: str) -> dict[str, str]:
    if taxonomy is None:
        return {"class": name}
    return dict(zip(taxonomy.ranks, taxonomy.path_of(name), strict=True))
