"""From image files to an `EmbeddingSet`, each distinct image computed once and kept."""

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from fieldmark.core.checks import count_of, unknown_choice
from fieldmark.core.errors import ImageError
from fieldmark.core.progress import Progress, SilentProgress, Step
from fieldmark.embeddings.batches import full_batches
from fieldmark.embeddings.encoder_faces import ONLY_TAP, ImageEncoder, OneTap, TapEncoder
from fieldmark.embeddings.encoder_stores import check_key
from fieldmark.embeddings.fingerprint_cache import FingerprintCache
from fieldmark.embeddings.image_contents import KnownImage, known_images
from fieldmark.embeddings.store import EmbeddingStore
from fieldmark.embeddings.table import EmbeddingSet, FloatArray

if TYPE_CHECKING:
    from fieldmark.images.dataset import Batch, UnreadablePolicy
    from fieldmark.images.regions import Region

SHARD_ROWS: Final = 256

_POLICIES: Final = ("fail", "exclude")

_Stores = Mapping[str, EmbeddingStore]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Encoded:
    digests: list[str]
    vectors: Mapping[str, FloatArray]
    reasons: list[str]


def extract(
    images: Mapping[str, Path],
    encoder: ImageEncoder,
    store: EmbeddingStore,
    *,
    regions: "Mapping[str, Region] | None" = None,
    policy: "UnreadablePolicy" = "fail",
    batch_size: int = 32,
    progress: Progress | None = None,
) -> EmbeddingSet:
    """Return the vectors of images; only those that the store lacks are computed.

    Every file is hashed each time: what it holds decides, never its name or date. Images with the
    same bytes, mask and box share one vector. What is computed is stored about every 256 images, so
    that a killed extraction goes on where it stopped, with the same batches and thus the same
    values.

    Args:
        images: path of every id, in the order of the rows; may be empty.
        encoder: an open backbone.
        store: as `open_store` gives it for this encoder.
        regions: mask and box of every id, where the encoder's contract asks for them.
        policy: "fail" refuses an unreadable image, "exclude" leaves it out and lists its id.
        batch_size: images per pass of the backbone, at least 1.
        progress: is told how far the work is.

    Raises:
        ImageError: an image or its mask is unreadable under "fail", none is readable, one changes
            meanwhile, or the policy or batch size is not valid.
        StoreError: the store belongs to another contract or tap, or a shard is damaged.
        WeightsError: the backbone gave values that are not finite.
    """
    found = extract_taps(
        images,
        OneTap(encoder),
        {ONLY_TAP: store},
        regions=regions,
        policy=policy,
        batch_size=batch_size,
        progress=progress,
    )
    return found[ONLY_TAP]


def extract_taps(
    images: Mapping[str, Path],
    encoder: TapEncoder,
    stores: Mapping[str, EmbeddingStore],
    *,
    regions: "Mapping[str, Region] | None" = None,
    policy: "UnreadablePolicy" = "fail",
    batch_size: int = 32,
    progress: Progress | None = None,
    cache: FingerprintCache | None = None,
) -> dict[str, EmbeddingSet]:
    """Return the vectors of images at several taps, from one pass over what a store lacks.

    Args:
        images: as for `extract`.
        encoder: an open backbone.
        stores: of each tap, as `open_tap_store` gives them; at least one.
        regions: as for `extract`.
        policy: as for `extract`.
        batch_size: as for `extract`.
        progress: as for `extract`.
        cache: of fingerprints, so that files that were hashed before are not read again; None
            hashes every file.

    Raises:
        ImageError, StoreError, WeightsError: as `extract`.
    """
    if policy not in _POLICIES:
        raise ImageError(unknown_choice("policy for unreadable images", policy, _POLICIES))
    for tap, store in stores.items():
        check_key(encoder, tap, store)
    listener = progress or SilentProgress()
    readable, reasons = known_images(
        images, regions=regions, policy=policy, listener=listener, cache=cache
    )
    if _pending(readable, stores):
        from fieldmark.images.dataset import read_batches

        with _writing(stores, listener):
            pending = _pending(readable, stores)
            read = read_batches(
                [image.path for image in pending],
                encoder.contract,
                batch_size=batch_size,
                policy=policy,
                regions=[image.region for image in pending],
            )
            encoded = _encoded(full_batches(read, batch_size), pending, encoder, tuple(stores))
            with listener.step("Embedding images", total=len(pending)) as step:
                reasons += _stored(encoded, stores, step)
    found = {
        tap: _collected(images, readable, store, width=encoder.width_of(tap))
        for tap, store in stores.items()
    }
    _report(next(iter(found.values())), reasons, listener)
    return found


@contextlib.contextmanager
def _writing(stores: _Stores, listener: Progress) -> Iterator[None]:
    """Hold all stores; always in one order, so that two processes never wait for each other."""
    with contextlib.ExitStack() as held:
        for store in sorted(stores.values(), key=lambda store: store.folder):
            held.enter_context(store.writing(listener))
        yield


def _pending(readable: Mapping[str, KnownImage], stores: _Stores) -> list[KnownImage]:
    """Return one image for every content that lacks a vector in a store, in order."""
    distinct: dict[str, KnownImage] = {}
    for image in readable.values():
        distinct.setdefault(image.key, image)
    there = np.all([store.lookup(list(distinct)) for store in stores.values()], axis=0)
    return [image for image, found in zip(distinct.values(), there, strict=True) if not found]


def _encoded(
    batches: "Iterable[Batch]",
    pending: Sequence[KnownImage],
    encoder: TapEncoder,
    taps: Sequence[str],
) -> Iterator[_Encoded]:
    for batch in batches:
        images = [pending[position] for position in batch.positions]
        vectors = encoder.encode_taps(batch.pixels, taps)
        for image in images:
            image.check_unchanged()
        digests = [image.key for image in images]
        yield _Encoded(digests, vectors, [excluded.reason for excluded in batch.excluded])


def _stored(encoded: Iterable[_Encoded], stores: _Stores, step: Step) -> list[str]:
    """Store vectors about ``SHARD_ROWS`` at a time; return why images could not be read."""
    held: list[_Encoded] = []
    reasons: list[str] = []
    for part in encoded:
        held.append(part)
        reasons += part.reasons
        if sum(len(each.digests) for each in held) >= SHARD_ROWS:
            _append(held, stores)
            held = []
        step.advance(len(part.digests) + len(part.reasons))
    _append(held, stores)
    return reasons


def _append(held: Sequence[_Encoded], stores: _Stores) -> None:
    digests = [digest for part in held for digest in part.digests]
    if digests:
        for tap, store in stores.items():
            store.append(digests, np.concatenate([part.vectors[tap] for part in held]))


def _collected(
    images: Mapping[str, Path],
    readable: Mapping[str, KnownImage],
    store: EmbeddingStore,
    *,
    width: int,
) -> EmbeddingSet:
    digests = {name: image.key for name, image in readable.items()}
    there = store.lookup(list(digests.values()))
    kept = {
        name: digest for (name, digest), found in zip(digests.items(), there, strict=True) if found
    }
    vectors = np.empty((0, width), dtype=np.float32)
    if kept:
        vectors = store.read(list(kept.values()))
    excluded = tuple(name for name in images if name not in kept)
    rounded = {"dtype": store.key["dtype"]} if "dtype" in store.key else {}
    tap = store.key["tap"] | rounded
    return EmbeddingSet(tuple(kept), vectors, store.key["contract"], tap, excluded)


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
