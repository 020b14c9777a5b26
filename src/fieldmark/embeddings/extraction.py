"""From image files to an `EmbeddingSet`, each distinct image computed once and kept."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, get_args

import numpy as np

from fieldmark.core.checks import count_of, field_differences, unknown_choice
from fieldmark.core.errors import ImageError, StoreError
from fieldmark.core.progress import Progress, SilentProgress, Step
from fieldmark.embeddings.batches import full_batches
from fieldmark.embeddings.fingerprints import Fingerprint, fingerprints
from fieldmark.embeddings.store import EmbeddingStore
from fieldmark.embeddings.table import EmbeddingSet, FloatArray, as_json
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.dataset import Batch, UnreadablePolicy, read_batches

SHARD_ROWS: Final = 256

_POLICIES: Final = get_args(UnreadablePolicy)


class ImageEncoder(Protocol):
    """What extraction needs of a backbone; `fieldmark.backbones.encoders.Encoder` has it.

    Attributes:
        contract: how images are prepared.
        width: the number of values of one vector.
    """

    contract: PreprocessSpec
    width: int

    @property
    def tap(self) -> Mapping[str, Any]:
        """What identifies the features."""
        ...

    def encode(self, batch: FloatArray) -> FloatArray:
        """Return float32 vectors (n, width) of float32 pixels (n, 3, height, width)."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class _Image:
    path: Path
    fingerprint: Fingerprint


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Encoded:
    digests: list[str]
    vectors: FloatArray
    reasons: list[str]


def open_store(root: Path, encoder: ImageEncoder) -> EmbeddingStore:
    """Return the store of the vectors that this encoder makes.

    Args:
        root: the folder of all embeddings; each contract and tap has a folder of its own there.
        encoder: whose contract and tap make the key.

    Raises:
        StoreError: the folder holds something else, or a shard is damaged.
    """
    return EmbeddingStore(root, _key_of(encoder))


def extract(
    images: Mapping[str, Path],
    encoder: ImageEncoder,
    store: EmbeddingStore,
    *,
    policy: UnreadablePolicy = "fail",
    batch_size: int = 32,
    progress: Progress | None = None,
) -> EmbeddingSet:
    """Return the vectors of images; only those that the store lacks are computed.

    Every file is hashed each time: what it holds decides, never its name or date. Images with the
    same bytes share one vector. What is computed is stored about every 256 images, so that a
    killed extraction goes on where it stopped, with the same batches and thus the same values.

    Args:
        images: path of every id, in the order of the rows; may be empty.
        encoder: an open backbone.
        store: as `open_store` gives it for this encoder.
        policy: "fail" refuses an unreadable image, "exclude" leaves it out and lists its id.
        batch_size: images per pass of the backbone, at least 1.
        progress: is told how far the work is.

    Raises:
        ImageError: an image is unreadable under "fail", none is readable, one changes meanwhile,
            or the policy or batch size is not valid.
        StoreError: the store belongs to another contract or tap, or a shard is damaged.
        WeightsError: the backbone gave values that are not finite.
    """
    if policy not in _POLICIES:
        raise ImageError(unknown_choice("policy for unreadable images", policy, _POLICIES))
    _check_key(encoder, store)
    listener = progress or SilentProgress()
    readable, reasons = _fingerprinted(images, policy, listener)
    if _pending(readable, store):
        with store.writing(listener):
            pending = _pending(readable, store)
            paths = [image.path for image in pending]
            read = read_batches(paths, encoder.contract, batch_size=batch_size, policy=policy)
            encoded = _encoded(full_batches(read, batch_size), pending, encoder)
            with listener.step("Embedding images", total=len(pending)) as step:
                reasons += _stored(encoded, store, step)
    embeddings = _collected(images, readable, encoder, store)
    _report(embeddings, reasons, listener)
    return embeddings


def _key_of(encoder: ImageEncoder) -> dict[str, Any]:
    return {"contract": encoder.contract.to_dict(), "tap": dict(encoder.tap)}


def _check_key(encoder: ImageEncoder, store: EmbeddingStore) -> None:
    for name, own in _key_of(encoder).items():
        differences = field_differences(as_json(own, name), store.key.get(name, {}))
        if differences:
            raise StoreError(
                f"The store {store.folder} is not for this encoder: its {name} differs (encoder "
                f"against store): {'; '.join(differences)}. Use `open_store(root, encoder)`."
            )


def _fingerprinted(
    images: Mapping[str, Path], policy: UnreadablePolicy, listener: Progress
) -> tuple[dict[str, _Image], list[str]]:
    """Return the readable images by id, and why others are not."""
    paths = list(images.values())
    readable: dict[str, _Image] = {}
    reasons: list[str] = []
    with listener.step("Hashing images", total=len(paths)) as step:
        for name, path, found in zip(images, paths, fingerprints(paths), strict=True):
            if isinstance(found, Fingerprint):
                readable[name] = _Image(path, found)
            elif policy == "fail":
                raise found
            else:
                reasons.append(str(found))
            step.advance()
    return readable, reasons


def _pending(readable: Mapping[str, _Image], store: EmbeddingStore) -> list[_Image]:
    """Return one image for every content that has no vector yet, in order."""
    distinct: dict[str, _Image] = {}
    for image in readable.values():
        distinct.setdefault(image.fingerprint.digest, image)
    there = store.lookup(list(distinct))
    return [image for image, found in zip(distinct.values(), there, strict=True) if not found]


def _encoded(
    batches: Iterable[Batch], pending: Sequence[_Image], encoder: ImageEncoder
) -> Iterator[_Encoded]:
    for batch in batches:
        images = [pending[position] for position in batch.positions]
        vectors = encoder.encode(batch.pixels)
        for image in images:
            image.fingerprint.check_unchanged(image.path)
        digests = [image.fingerprint.digest for image in images]
        yield _Encoded(digests, vectors, [excluded.reason for excluded in batch.excluded])


def _stored(encoded: Iterable[_Encoded], store: EmbeddingStore, step: Step) -> list[str]:
    """Store vectors about ``SHARD_ROWS`` at a time; return why images could not be read."""
    digests: list[str] = []
    vectors: list[FloatArray] = []
    reasons: list[str] = []
    for part in encoded:
        digests += part.digests
        vectors.append(part.vectors)
        reasons += part.reasons
        if len(digests) >= SHARD_ROWS:
            store.append(digests, np.concatenate(vectors))
            digests, vectors = [], []
        step.advance(len(part.digests) + len(part.reasons))
    if digests:
        store.append(digests, np.concatenate(vectors))
    return reasons


def _collected(
    images: Mapping[str, Path],
    readable: Mapping[str, _Image],
    encoder: ImageEncoder,
    store: EmbeddingStore,
) -> EmbeddingSet:
    digests = {name: image.fingerprint.digest for name, image in readable.items()}
    there = store.lookup(list(digests.values()))
    kept = {
        name: digest for (name, digest), found in zip(digests.items(), there, strict=True) if found
    }
    vectors = np.empty((0, encoder.width), dtype=np.float32)
    if kept:
        vectors = store.read(list(kept.values()))
    excluded = tuple(name for name in images if name not in kept)
    return EmbeddingSet(tuple(kept), vectors, store.key["contract"], store.key["tap"], excluded)


def _report(embeddings: EmbeddingSet, reasons: Sequence[str], listener: Progress) -> None:
    if embeddings.excluded and not embeddings.ids:
        raise ImageError(
            f"None of {count_of(len(embeddings.excluded), 'image')} could be read. The first: "
            f"{reasons[0]}"
        )
    if embeddings.excluded:
        total = len(embeddings) + len(embeddings.excluded)
        listener.say(
            f"{len(embeddings.excluded):,} of {count_of(total, 'image')} left out as unreadable. "
            f"The first: {reasons[0]}"
        )
