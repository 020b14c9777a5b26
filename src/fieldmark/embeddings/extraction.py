"""From image files to an `EmbeddingSet`, each distinct image computed once and kept."""

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np

from fieldmark.core.checks import count_of, field_differences, unknown_choice
from fieldmark.core.errors import ImageError, StoreError
from fieldmark.core.progress import Progress, SilentProgress, Step
from fieldmark.embeddings.batches import full_batches
from fieldmark.embeddings.encoder_faces import ONLY_TAP, ImageEncoder, OneTap, TapEncoder
from fieldmark.embeddings.fingerprint_cache import FingerprintCache
from fieldmark.embeddings.image_contents import KnownImage, known_images
from fieldmark.embeddings.store import EmbeddingStore
from fieldmark.embeddings.table import EmbeddingSet, FloatArray, as_json
from fieldmark.images.dataset import Batch, UnreadablePolicy, read_batches

SHARD_ROWS: Final = 256

StoredType = Literal["float16", "float32"]

_POLICIES: Final = get_args(UnreadablePolicy)
_TYPES: Final = get_args(StoredType)

_Stores = Mapping[str, EmbeddingStore]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Encoded:
    digests: list[str]
    vectors: Mapping[str, FloatArray]
    reasons: list[str]


def open_store(root: Path, encoder: ImageEncoder) -> EmbeddingStore:
    """Return the store of the vectors that this encoder makes.

    Args:
        root: the folder of all embeddings; each contract and tap has a folder of its own there.
        encoder: whose contract and tap make the key.

    Raises:
        StoreError: the folder holds something else, or a shard is damaged.
    """
    return EmbeddingStore(root, _key_of(OneTap(encoder), ONLY_TAP))


def open_tap_store(
    root: Path, encoder: TapEncoder, tap: str, *, dtype: StoredType = "float32"
) -> EmbeddingStore:
    """Return the store of the vectors of one tap.

    Args:
        root: the folder of all embeddings.
        encoder: of several taps.
        tap: one that it has.
        dtype: how values are kept; "float16" has a store of its own, and says so in the tap of
            what is read from it.

    Raises:
        StoreError: the folder holds something else, a shard is damaged, or the dtype is another.
    """
    if dtype not in _TYPES:
        raise StoreError(unknown_choice("type of stored values", dtype, _TYPES))
    key = _key_of(encoder, tap)
    return EmbeddingStore(root, key if dtype == "float32" else key | {"dtype": dtype})


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
    found = extract_taps(
        images,
        OneTap(encoder),
        {ONLY_TAP: store},
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
    policy: UnreadablePolicy = "fail",
    batch_size: int = 32,
    progress: Progress | None = None,
    cache: FingerprintCache | None = None,
) -> dict[str, EmbeddingSet]:
    """Return the vectors of images at several taps, from one pass over what a store lacks.

    Args:
        images: as for `extract`.
        encoder: an open backbone.
        stores: of each tap, as `open_tap_store` gives them; at least one.
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
        _check_key(encoder, tap, store)
    listener = progress or SilentProgress()
    readable, reasons = known_images(images, policy=policy, listener=listener, cache=cache)
    if _pending(readable, stores):
        with _writing(stores, listener):
            pending = _pending(readable, stores)
            paths = [image.path for image in pending]
            read = read_batches(paths, encoder.contract, batch_size=batch_size, policy=policy)
            encoded = _encoded(full_batches(read, batch_size), pending, encoder, tuple(stores))
            with listener.step("Embedding images", total=len(pending)) as step:
                reasons += _stored(encoded, stores, step)
    found = {
        tap: _collected(images, readable, store, width=encoder.width_of(tap))
        for tap, store in stores.items()
    }
    _report(next(iter(found.values())), reasons, listener)
    return found


def _key_of(encoder: TapEncoder, tap: str) -> dict[str, Any]:
    return {"contract": encoder.contract.to_dict(), "tap": dict(encoder.tap_record(tap))}


def _check_key(encoder: TapEncoder, tap: str, store: EmbeddingStore) -> None:
    for name, own in _key_of(encoder, tap).items():
        differences = field_differences(as_json(own, name), store.key.get(name, {}))
        if differences:
            raise StoreError(
                f"The store {store.folder} is not for this encoder: its {name} differs (encoder "
                f"against store): {'; '.join(differences)}. Use `open_store(root, encoder)`."
            )


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
        distinct.setdefault(image.fingerprint.digest, image)
    there = np.all([store.lookup(list(distinct)) for store in stores.values()], axis=0)
    return [image for image, found in zip(distinct.values(), there, strict=True) if not found]


def _encoded(
    batches: Iterable[Batch],
    pending: Sequence[KnownImage],
    encoder: TapEncoder,
    taps: Sequence[str],
) -> Iterator[_Encoded]:
    for batch in batches:
        images = [pending[position] for position in batch.positions]
        vectors = encoder.encode_taps(batch.pixels, taps)
        for image in images:
            image.fingerprint.check_unchanged(image.path)
        digests = [image.fingerprint.digest for image in images]
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
    digests = {name: image.fingerprint.digest for name, image in readable.items()}
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
