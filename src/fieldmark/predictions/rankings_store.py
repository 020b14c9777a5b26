"""Rankings on disk: a folder that is whole or absent, with the similarities memory-mapped."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import ValidationError

from fieldmark.core.digests import digest_of_file
from fieldmark.core.errors import FieldmarkError, StoreError
from fieldmark.core.storage import atomic_directory, read_array, read_json, says_format, write_json
from fieldmark.predictions.rankings import Rankings, RankingsHeader
from fieldmark.predictions.rankings_lists import SimilarityLists
from fieldmark.predictions.rankings_similarities import (
    EmbeddingPair,
    Similarities,
    SimilarityMatrix,
    digest_of_similarities,
)
from fieldmark.predictions.store import is_prediction_store

_HEADER = "header.json"
_QUERIES = "queries.parquet"
_GALLERY = "gallery.parquet"
_TRAINING = "training.json"
_FORMAT = "fieldmark rankings 1"

StoredKind = Literal["predictions", "rankings"]


def stored_kind(folder: Path) -> StoredKind | None:
    """Return what a folder holds: "predictions", "rankings", or None for anything else.

    Example:
        >>> stored_kind(Path("no-such-folder")) is None
        True
    """
    if is_ranking_store(folder):
        return "rankings"
    return "predictions" if is_prediction_store(folder) else None


def is_ranking_store(folder: Path) -> bool:
    """Return whether ``folder`` holds stored rankings of this format."""
    return says_format(folder / _HEADER, _FORMAT)


def refuse_unlike_rankings(folder: Path) -> None:
    """Refuse to replace anything but stored rankings or an empty folder.

    Raises:
        StoreError: ``folder`` is a file, or holds something else.
    """
    is_free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if is_free or is_ranking_store(folder):
        return
    what = "a folder with other content" if folder.is_dir() else "a file"
    raise StoreError(
        f"Expected a new folder or stored rankings at {folder}; there is {what}, which is not "
        f"overwritten. Name another folder."
    )


def save_rankings(rankings: Rankings, folder: Path) -> None:
    """Write rankings to ``folder``, whole or not at all; stored rankings are replaced.

    Raises:
        StoreError: ``folder`` holds something that is not stored rankings.
    """
    refuse_unlike_rankings(folder)
    with atomic_directory(folder) as partial:
        for name, values in rankings.similarities.arrays.items():
            np.save(partial / f"{name}.npy", values, allow_pickle=False)
        describe_rankings(rankings, partial)


def describe_rankings(rankings: Rankings, folder: Path) -> None:
    """Write everything but the similarities of ``rankings`` to ``folder``, the header last."""
    rankings.queries.write_parquet(folder / _QUERIES)
    rankings.gallery.write_parquet(folder / _GALLERY)
    training = {"ids": rankings.training_ids, "identities": rankings.training_identities}
    write_json(folder / _TRAINING, training)
    content = {
        "format": _FORMAT,
        "header": rankings.header.model_dump(mode="json"),
        "kind": rankings.similarities.kind,
        "similarities_digest": rankings.similarities_content_digest,
        "queries_digest": rankings.queries_digest,
        "gallery_digest": rankings.gallery_digest,
        "parts": {name: digest_of_file(folder / name) for name in (_QUERIES, _GALLERY, _TRAINING)},
    }
    write_json(folder / _HEADER, content)


def load_rankings(folder: Path, *, verify: bool = False) -> Rankings:
    """Return stored rankings; the similarities stay on disk, memory-mapped.

    They were checked when they were written, so they are not read again; everything else is
    compared with its digest.

    Args:
        folder: where `save_rankings` or `import_rankings` wrote.
        verify: also read all similarities and compare them with their digest.

    Raises:
        StoreError: ``folder`` is no store of rankings, or a part is missing or was changed.
    """
    if not is_ranking_store(folder):
        raise StoreError(
            f"Expected stored rankings in {folder}; there are none. Make them with "
            f"`fieldmark import-rankings`, or name the folder that holds {_HEADER}."
        )
    content = read_json(folder / _HEADER)
    _check_parts(folder, content)
    training = read_json(folder / _TRAINING)
    gallery = pl.read_parquet(folder / _GALLERY, memory_map=False)
    try:
        similarities = read_similarities(folder, content["kind"], n_gallery=gallery.height)
        if verify and digest_of_similarities(similarities) != content["similarities_digest"]:
            raise StoreError(f"The similarities in {folder} were changed. Import them again.")
        return Rankings(
            header=RankingsHeader.model_validate(content["header"]),
            queries=pl.read_parquet(folder / _QUERIES, memory_map=False),
            gallery=gallery,
            similarities=similarities,
            training_ids=_as_tuple(training["ids"]),
            training_identities=_as_tuple(training["identities"]),
            similarities_digest=content["similarities_digest"],
        )
    except StoreError:
        raise
    except (FieldmarkError, ValidationError, KeyError) as error:
        raise StoreError(f"The rankings in {folder} are damaged ({error}).") from error


def read_similarities(folder: Path, kind: str, *, n_gallery: int) -> Similarities:
    """Return the stored similarities of one kind, memory-mapped.

    Raises:
        StoreError: an array is missing or damaged, or the kind is not known.
    """

    def array(name: str) -> np.ndarray[Any, Any]:
        return read_array(folder / f"{name}.npy")

    if kind == SimilarityMatrix.kind:
        return SimilarityMatrix(array("similarities"))
    if kind == EmbeddingPair.kind:
        return EmbeddingPair(array("query_embeddings"), array("gallery_embeddings"))
    if kind == SimilarityLists.kind:
        return SimilarityLists(
            array("list_offsets"), array("list_positions"), array("list_similarities"), n_gallery
        )
    raise StoreError(f"Expected a matrix, embeddings or lists in {folder}; got '{kind}'.")


def _check_parts(folder: Path, content: dict[str, Any]) -> None:
    parts = content.get("parts")
    if not isinstance(parts, dict) or parts.keys() != {_QUERIES, _GALLERY, _TRAINING}:
        raise StoreError(f"{folder / _HEADER} is damaged: it does not list its parts.")
    for name, digest in parts.items():
        path = folder / name
        if not path.is_file():
            raise StoreError(f"{path} is missing; it was written with the rankings.")
        if digest_of_file(path) != digest:
            raise StoreError(f"{path} was changed after it was written. Import it again.")


def _as_tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
