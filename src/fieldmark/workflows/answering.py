"""Answers of a trained contender for new images."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fieldmark.backbones.encoders import Encoder, open_encoder
from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import ImageError, StudyError
from fieldmark.core.progress import Progress
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.experiments.contenders import TrainedContender
from fieldmark.experiments.plan import RunSpec
from fieldmark.heads.head import Head
from fieldmark.heads.storage import load_head
from fieldmark.images.preprocessing import preprocess_file
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.header import ScoreKind
from fieldmark.workflows.ground import Ground, plan_cells
from fieldmark.workflows.learning import HEAD, backbone_spec

_ENDINGS = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
_BATCH = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What a contender says of one image.

    Attributes:
        image: path of the file.
        contender: who answers.
        path: the names of the best class and everything above it, by rank, coarse to fine.
        candidates: (class, score) of the best classes, best first.
        score_kind: "probabilities" (of logits too, through a softmax) or "similarities".
    """

    image: str
    contender: str
    path: dict[str, str]
    candidates: tuple[tuple[str, float], ...]
    score_kind: str

    def sentence(self) -> str:
        """Return the answer for people."""
        named = "; ".join(f"{name} {self._in_words(score)}" for name, score in self.candidates)
        above = " > ".join(list(self.path.values())[:-1])
        return f"{self.image}: {named}{f' ({above})' if above else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as it is written to JSON."""
        candidates = [{"class": name, "score": score} for name, score in self.candidates]
        return asdict(self) | {"candidates": candidates}

    def _in_words(self, score: float) -> str:
        return f"{score:.1%}" if self.score_kind == "probabilities" else f"{score:.3f}"


def answer(
    ground: Ground,
    contender: str,
    images: Sequence[Path],
    *,
    seed: int | None = None,
    top: int = 3,
    progress: Progress,
) -> tuple[Answer, ...]:
    """Return the answers of a trained contender for image files, in their order.

    Args:
        ground: the study.
        contender: name of a trained contender whose cell is done.
        images: files, or folders whose image files are taken in the order of their names.
        seed: which cell answers; None for the first of the plan.
        top: how many classes to name, at least 1.
        progress: who is told how far the work is.

    Raises:
        StudyError: the contender or seed does not exist, or was not trained here.
        StoreError: its cell is not done.
        ImageError: an image cannot be read, or there is none.
        NotComparableError: the backbone is no longer the one that the head was fitted on.
    """
    config, spec = _cell_of(ground, contender, seed)
    files = tuple(_files(images))
    head = load_head(ground.ledger.result(spec) / HEAD)
    encoder = open_encoder(backbone_spec(ground.file, config.backbone))
    answers: list[Answer] = []
    with progress.step("predict", len(files)) as step:
        for start in range(0, len(files), _BATCH):
            batch = files[start : start + _BATCH]
            scores = _scores(head, encoder, batch)
            for file, row in zip(batch, scores, strict=True):
                answers.append(
                    _answer(str(file), contender, row, head=head, ground=ground, top=top)
                )
            step.advance(len(batch))
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
    cells = [spec for spec in plan_cells(ground) if spec.contender == name]
    for spec in cells:
        if seed is None or spec.seed == seed:
            return config, spec
    seeds = ", ".join("none" if spec.seed is None else str(spec.seed) for spec in cells)
    raise StudyError(f"'{name}' has no cell of seed {seed}; there are seeds: {seeds}.")


def _files(images: Sequence[Path]) -> Iterator[Path]:
    for path in images:
        if not path.is_dir():
            yield path
            continue
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in _ENDINGS)
        if not found:
            raise ImageError(f"The folder {path} holds no image; expected {', '.join(_ENDINGS)}.")
        yield from found


def _scores(head: Head, encoder: Encoder, files: Sequence[Path]) -> npt.NDArray[np.floating[Any]]:
    pixels = np.stack([preprocess_file(file, encoder.contract) for file in files])
    names = tuple(str(number) for number in range(len(files)))
    embeddings = EmbeddingSet(
        names, encoder.encode(pixels), encoder.contract.to_dict(), encoder.tap
    )
    scores = head.predict_scores(embeddings).astype(np.float64)
    if head.score_kind is not ScoreKind.LOGITS:
        return scores
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.floating[Any]] = odds / odds.sum(axis=1, keepdims=True)
    return shares


def _answer(
    image: str,
    contender: str,
    scores: npt.NDArray[np.floating[Any]],
    *,
    head: Head,
    ground: Ground,
    top: int,
) -> Answer:
    best = np.argsort(-scores, kind="stable")[: max(1, top)]
    classes = head.label_space.classes
    kind = head.score_kind
    return Answer(
        image=image,
        contender=contender,
        path=_path(ground.manifest.taxonomy, classes[best[0]]),
        candidates=tuple((classes[index], float(scores[index])) for index in best),
        score_kind="similarities" if kind is ScoreKind.SIMILARITIES else "probabilities",
    )


def _path(taxonomy: Taxonomy | None, name: str) -> dict[str, str]:
    if taxonomy is None:
        return {"class": name}
    return dict(zip(taxonomy.ranks, taxonomy.path_of(name), strict=True))
