"""The store of what an encoder makes: contract and tap are its key."""

from pathlib import Path
from typing import Any, Final, Literal, get_args

from fieldmark.core.checks import field_differences, unknown_choice
from fieldmark.core.errors import StoreError
from fieldmark.embeddings.encoder_faces import ONLY_TAP, ImageEncoder, OneTap, TapEncoder
from fieldmark.embeddings.store import EmbeddingStore
from fieldmark.embeddings.table import as_json

StoredType = Literal["float16", "float32"]

_TYPES: Final = get_args(StoredType)


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


def _key_of(encoder: TapEncoder, tap: str) -> dict[str, Any]:
    return {"contract": encoder.contract.to_dict(), "tap": dict(encoder.tap_record(tap))}


def check_key(encoder: TapEncoder, tap: str, store: EmbeddingStore) -> None:
    """Refuse a store that was not opened for this encoder and tap.

    Raises:
        StoreError: contract or tap differ; names every field and both values.
    """
    for name, own in _key_of(encoder, tap).items():
        differences = field_differences(as_json(own, name), store.key.get(name, {}))
        if differences:
            raise StoreError(
                f"The store {store.folder} is not for this encoder: its {name} differs (encoder "
                f"against store): {'; '.join(differences)}. Use `open_store(root, encoder)`."
            )
