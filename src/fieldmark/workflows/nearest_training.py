"""The training images that look most like some photos, under the backbone of a trained head."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fieldmark.core.progress import Progress
from fieldmark.embeddings.fingerprint_cache import FingerprintCache
from fieldmark.embeddings.image_contents import KnownImage, known_images
from fieldmark.embeddings.similarity import cosine_similarity
from fieldmark.embeddings.store import EmbeddingStore
from fieldmark.heads.origin import Origin
from fieldmark.images.contract import PreprocessSpec
from fieldmark.report.inspection import Kin, Kinship
from fieldmark.workflows.gallery import Thumbnails
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.regions import regions_of

_BLOCK = 8192
_Vectors = npt.NDArray[np.float32]
INSPECTIONS = "inspections"


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class TrainingVectors:
    """Where the vectors of the training images of a head lie.

    Attributes:
        store: the vectors.
        images: the training images that have one, by id.
        backbone: its name and tap, in words.
    """

    store: EmbeddingStore
    images: Mapping[str, KnownImage]
    backbone: str


def training_vectors(
    ground: Ground, origin: Origin, *, without: frozenset[str], progress: Progress
) -> TrainingVectors:
    """Return the vectors of a head's training images that lie in the study's store.

    Files that were hashed before and are as they were are not read again.

    Args:
        ground: the study.
        origin: what the head was fitted on.
        without: groups that are left out.
        progress: who is told how far the work is.

    Raises:
        StoreError: the store is damaged.
    """
    store = EmbeddingStore(
        ground.results / "embeddings", {"contract": origin.contract, "tap": origin.tap}
    )
    frame = ground.manifest.frame
    mine = frame["id"].is_in(list(origin.training_ids))
    if "group" in frame.columns:
        mine &= ~frame["group"].is_in(list(without))
    known: Mapping[str, KnownImage] = {}
    if len(store) and mine.any():
        known = known_of(ground, tuple(frame["id"].filter(mine)), origin.contract, progress)
    there = store.lookup([image.key for image in known.values()])
    images = {id_: image for (id_, image), has in zip(known.items(), there, strict=True) if has}
    return TrainingVectors(store, images, f"{origin.tap['backbone']}, tap {origin.tap['tap']}")


def known_of(
    ground: Ground, ids: tuple[str, ...], contract: Mapping[str, object], progress: Progress
) -> dict[str, KnownImage]:
    """Return the readable images among some ids, by the content that their vectors depend on.

    Args:
        ground: the study.
        ids: of images of the manifest.
        contract: of the preprocessing, as a head remembers it.
        progress: who is told how far the work is.
    """
    images = ground.manifest.select(ids)
    return known_images(
        dict(zip(images.ids, images.image_paths(), strict=True)),
        policy="exclude",
        listener=progress,
        cache=FingerprintCache(ground.results / INSPECTIONS / "fingerprints.json"),
        regions=regions_of(images, PreprocessSpec.from_dict(dict(contract))),
    )[0]


def kinships(
    ground: Ground,
    photos: Mapping[str, _Vectors],
    found: TrainingVectors,
    *,
    most: int,
    without: frozenset[str] = frozenset(),
) -> Iterator[Kinship]:
    """Yield the most similar training images of each photo, equal ones in the order of their ids.

    Args:
        ground: the study.
        photos: name -> float32 vector (width,).
        found: the vectors of training images.
        most: how many to name, at least 1.
        without: ids that are left out: the photo itself under another name.
    """
    ids = sorted(id_ for id_ in found.images if id_ not in without)
    if not photos or not ids:
        return
    labels = dict(zip(ground.manifest.ids, ground.manifest.labels, strict=True))
    thumbnails = Thumbnails(ground.manifest.image_path)
    cosines = _cosines(np.stack(list(photos.values())), ids, found)
    for photo, row in zip(photos, cosines, strict=True):
        best = np.argsort(-row, kind="stable")[:most].tolist()
        near = (
            Kin(ids[at], labels[ids[at]], float(row[at]), thumbnails.of(ids[at])) for at in best
        )
        yield Kinship(Path(photo).name, found.backbone, tuple(near))


def _cosines(queries: _Vectors, ids: list[str], found: TrainingVectors) -> _Vectors:
    """Return the cosine of each query with each training image, read in blocks."""
    blocks = [ids[start : start + _BLOCK] for start in range(0, len(ids), _BLOCK)]
    keys = ([found.images[id_].key for id_ in block] for block in blocks)
    return np.concatenate(
        [cosine_similarity(queries, found.store.read(block)) for block in keys], axis=1
    )
