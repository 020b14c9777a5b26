"""Which images are there twice, and what that does to a result."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import ImageError, ManifestError, StudyError
from fieldmark.core.progress import Progress
from fieldmark.evaluation.inflation import Inflation, inflation_by
from fieldmark.experiments.contenders import ImportedContender
from fieldmark.images.duplicates import (
    HASH_BITS,
    Likeness,
    Twins,
    linked,
    near_by_hash,
    same_bytes,
    touching,
)
from fieldmark.images.perceptual import Look, looks_of_files
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest
from fieldmark.predictions.table import Predictions
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.twin_groups import Duplicates

LIKENESSES: Final = ("bytes", "hash", "embedding")
COSINE: Final = 0.98
_TRAIN: Final = "train"


def find_duplicates(
    manifest: Manifest,
    split: Split | None,
    *,
    by: Sequence[str],
    progress: Progress,
    hash_bits: int = HASH_BITS,
) -> Duplicates:
    """Return the images of a manifest that are the same by bytes, or nearly by perceptual hash.

    Args:
        manifest: the images; files that are missing are left out.
        split: which image is in which part, if there is one.
        by: "bytes" and "hash", one or both.
        progress: who is told how far it is.
        hash_bits: bits in which the hashes of twins may differ, 0 to 64.

    Raises:
        ManifestError: a kind of likeness is unknown, or needs a study.
    """
    for kind in by:
        if kind not in LIKENESSES:
            raise ManifestError(unknown_choice("likeness", kind, LIKENESSES))
    if "embedding" in by:
        raise ManifestError(
            "Likeness by embedding needs a backbone; name a study instead of a manifest."
        )
    paths = {
        id_: path
        for id_, path in zip(manifest.ids, manifest.image_paths(), strict=True)
        if path.is_file()
    }
    twins: list[Twins] = []
    thresholds: dict[str, str] = {}
    unreadable: list[str] = []
    if "bytes" in by:
        twins += same_bytes(paths, progress=progress)
        thresholds["bytes"] = "the same file content"
    if "hash" in by:
        looks, unreadable = _looks(paths, progress)
        twins += near_by_hash(looks, distance=hash_bits)
        thresholds["hash"] = f"at most {hash_bits} of 64 bits differ, thumbnails agree"
    return Duplicates(
        manifest=manifest,
        split=split,
        twins=tuple(twins),
        thresholds=thresholds,
        unreadable=tuple(unreadable),
    )


def find_duplicates_of_study(
    ground: Ground,
    *,
    by: Sequence[str],
    progress: Progress,
    hash_bits: int = HASH_BITS,
    cosine: float = COSINE,
    contender: str | None = None,
) -> Duplicates:
    """Return the images of a study that are the same, or nearly, within and across its parts.

    Args:
        ground: what all contenders share.
        by: "bytes", "hash" and "embedding", one or more.
        progress: who is told how far it is.
        hash_bits: bits in which the hashes of twins may differ, 0 to 64.
        cosine: what the embeddings of twins must reach, in (0, 1].
        contender: whose backbone embeds; None takes the first that has one.

    Raises:
        ManifestError: a kind of likeness is unknown.
        StudyError: no contender has a backbone, or the one named has none.
        StoreError: the cosine is out of range.
    """
    plain = [kind for kind in by if kind != "embedding"]
    found = find_duplicates(
        ground.manifest, ground.split, by=plain, progress=progress, hash_bits=hash_bits
    )
    if "embedding" not in by:
        return found
    name = contender if contender is not None else _first_with_backbone(ground)
    near = _near_by_embedding(ground, name, cosine, progress)
    said = f"cosine of at least {cosine:g} under the backbone of '{name}'"
    return Duplicates(
        manifest=ground.manifest,
        split=ground.split,
        twins=(*found.twins, *near),
        thresholds={**found.thresholds, "embedding": said},
        unreadable=found.unreadable,
    )


def twins_in_training(found: Duplicates, predictions: Predictions) -> set[str]:
    """Return the evaluated items that have a twin among the training images.

    Training images are those that the predictions name; where they name none, part "train".

    Raises:
        ManifestError: neither says what was trained on.
    """
    trained: Collection[str] | None = predictions.training_ids
    if trained is None:
        if found.split is None or _TRAIN not in found.split.parts:
            raise ManifestError(
                "Expected predictions that name their training images, or a split with a part "
                "'train'; there is neither. Import them with --training-ids."
            )
        trained = found.split.parts[_TRAIN]
    return touching(found.twins, predictions.ids, others=trained)


def inflation(found: Duplicates, predictions: Predictions, *, resamples: int = 2000) -> Inflation:
    """Return how much twins of training images change the accuracy of some predictions."""
    return inflation_by(predictions, twins_in_training(found, predictions), resamples=resamples)


def _looks(paths: Mapping[str, Path], progress: Progress) -> tuple[dict[str, Look], list[str]]:
    looks: dict[str, Look] = {}
    refusals: list[str] = []
    with progress.step("look at images", len(paths)) as step:
        for id_, found in zip(paths, looks_of_files(list(paths.values())), strict=True):
            if isinstance(found, ImageError):
                refusals.append(str(found))
            else:
                looks[id_] = found
            step.advance()
    return looks, refusals


def _near_by_embedding(
    ground: Ground, name: str, cosine: float, progress: Progress
) -> tuple[Twins, ...]:
    import numpy as np

    from fieldmark.backbones.encoders import open_encoder
    from fieldmark.embeddings.close_pairs import close_pairs
    from fieldmark.workflows.learning import backbone_spec, embed

    contenders = ground.file.study.contenders
    if name not in contenders:
        raise StudyError(unknown_choice("contender", name, contenders))
    contender = contenders[name]
    if isinstance(contender, ImportedContender):
        raise StudyError(f"The contender '{name}' has no backbone to embed with; name another one.")
    encoder = open_encoder(backbone_spec(ground.file, contender.backbone))
    sets = embed(ground, encoder, list(ground.split.parts), progress).values()
    ids = [id_ for embeddings in sets for id_ in embeddings.ids]
    vectors = np.concatenate([embeddings.vectors for embeddings in sets])
    pairs, cosines = close_pairs(vectors, at_least=cosine)
    by: Likeness = "embedding"
    return linked(ids, pairs, cosines, by=by, closer="more")


def _first_with_backbone(ground: Ground) -> str:
    for name, contender in ground.file.study.contenders.items():
        if not isinstance(contender, ImportedContender):
            return name
    raise StudyError(
        "Likeness by embedding needs a contender with a backbone; this study has none. Use "
        "--by bytes,hash."
    )
