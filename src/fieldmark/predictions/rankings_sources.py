"""Similarities from foreign files: long tables of pairs, and arrays in an NPZ archive."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import PredictionsError
from fieldmark.core.progress import Step
from fieldmark.predictions.npz_arrays import NpzArrays, open_npz
from fieldmark.predictions.npz_source import copy_scores
from fieldmark.predictions.rankings_lists import SimilarityLists
from fieldmark.predictions.rankings_similarities import (
    EmbeddingPair,
    IntArray,
    Similarities,
    SimilarityMatrix,
)
from fieldmark.predictions.rankings_tables import read_table, with_degrees

PAIR_COLUMNS = ("query", "gallery", "similarity")
_EMBEDDINGS = ("query_embeddings", "gallery_embeddings")
_MATRIX = "similarities"


def read_pairs(source: Path, queries: pl.DataFrame, gallery: pl.DataFrame) -> Similarities:
    """Return the similarities of a long table: a matrix when every pair is there, else lists.

    Args:
        source: CSV, TSV or Parquet file with the columns query, gallery (ids) and similarity.
        queries: the queries, whose order decides the rows.
        gallery: the gallery, whose order decides the columns.

    Raises:
        PredictionsError: a column is missing, an id is unknown, a similarity is no number, or a
            pair stands twice.
    """
    frame = read_table(source)
    absent = [name for name in PAIR_COLUMNS if name not in frame.columns]
    if absent:
        raise PredictionsError(
            f"{source.name}: expected the columns {', '.join(PAIR_COLUMNS)}; there is no "
            f"{first_few(absent)} among {first_few(frame.columns, 12)}."
        )
    rows = _positions(frame["query"], queries["id"], "queries", source)
    columns = _positions(frame["gallery"], gallery["id"], "gallery", source)
    values = _numbers(frame["similarity"], source)
    return _from_pairs(rows, columns, values, (queries.height, gallery.height), source)


def photos_of_archive(source: Path, side: str) -> pl.DataFrame:
    """Return the photos of one side from an NPZ archive: its arrays ``<side>_<column>``.

    Numbers become text, except latitude and longitude.

    Args:
        source: NPZ file with the arrays query_ids, query_identities and so on.
        side: "query" or "gallery".

    Raises:
        PredictionsError: ids or identities are missing, or an array does not fit them.
    """
    columns = {"ids": "id", "identities": "identity", "groups": "group", "sessions": "session"}
    with open_npz(source) as arrays:
        ids = arrays.small(f"{side}_ids", option="--queries and --gallery, as tables")
        prefix = f"{side}_"
        others = [
            name
            for name in arrays.names
            if name.startswith(prefix) and name not in (*_EMBEDDINGS, f"{side}_ids")
        ]
        found = {"id": pl.Series(arrays.as_texts(f"{side}_ids", ids))}
        for name in others:
            values = arrays.small(name, option="--queries and --gallery", length=len(ids))
            column = name.removeprefix(prefix)
            found[columns.get(column, column)] = _series(arrays, name, values)
    return with_degrees(pl.DataFrame(found), source=source)


def read_archive(source: Path, folder: Path, step: Step) -> Similarities:
    """Copy the similarities or embeddings of an NPZ archive to ``folder``; return them mapped.

    Args:
        source: NPZ file with the array similarities (queries, gallery), or query_embeddings and
            gallery_embeddings (photos, width).
        folder: where the ``.npy`` files shall lie.
        step: told the number of bytes that were copied.

    Raises:
        PredictionsError: it holds neither, both, or arrays of another type or shape.
    """
    with open_npz(source) as arrays:
        has_matrix = _MATRIX in arrays.names
        has_embeddings = all(name in arrays.names for name in _EMBEDDINGS)
        if has_matrix == has_embeddings:
            raise PredictionsError(
                f"{source.name}: expected either '{_MATRIX}' (queries, gallery) or "
                f"'{_EMBEDDINGS[0]}' and '{_EMBEDDINGS[1]}' (photos, width); there "
                f"{'are both' if has_matrix else 'is neither'} among "
                f"{first_few(arrays.names, 12) or 'no arrays'}."
            )
        names = (_MATRIX,) if has_matrix else _EMBEDDINGS
        for name in names:
            arrays.scores_shape(name)
            copy_scores(arrays, name, folder / f"{name}.npy", step)
    stored = [np.load(folder / f"{name}.npy", mmap_mode="r") for name in names]
    return SimilarityMatrix(stored[0]) if has_matrix else EmbeddingPair(stored[0], stored[1])


def _series(arrays: NpzArrays, name: str, values: np.ndarray[Any, Any]) -> pl.Series:
    if values.dtype.kind == "f":
        return pl.Series(values.astype(np.float64)).fill_nan(None)
    return pl.Series(arrays.as_texts(name, values))


def _positions(names: pl.Series, ids: pl.Series, side: str, source: Path) -> IntArray:
    known = ids.to_list()
    places = names.cast(pl.String).replace_strict(
        known, list(range(len(known))), default=-1, return_dtype=pl.Int64
    )
    unknown = names.filter(places < 0).unique(maintain_order=True).to_list()
    if unknown:
        raise PredictionsError(
            f"{source.name}: expected ids of the {side}; {count_of(len(unknown), 'is', 'are')} not "
            f"among its {len(known):,} photos (first: {first_few(unknown)}). Use the table that "
            f"the similarities were computed for."
        )
    return places.to_numpy()


def _numbers(values: pl.Series, source: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    numbers = values.cast(pl.Float64, strict=False)
    if numbers.has_nulls():
        row = int(numbers.is_null().arg_true()[0])
        raise PredictionsError(
            f"{source.name}, row {row + 1}: expected a similarity; got '{values[row]}'. Write "
            f"decimals with a point."
        )
    return numbers.to_numpy()


def _from_pairs(
    rows: IntArray,
    columns: IntArray,
    values: np.ndarray[Any, np.dtype[np.float64]],
    shape: tuple[int, int],
    source: Path,
) -> Similarities:
    cells = rows * shape[1] + columns
    distinct = len(np.unique(cells))
    if distinct < len(cells):
        raise PredictionsError(
            f"{source.name}: expected every pair once; "
            f"{count_of(len(cells) - distinct, 'row repeats', 'rows repeat')} a pair. Keep one."
        )
    if distinct == shape[0] * shape[1]:
        matrix = np.empty(shape)
        matrix[rows, columns] = values
        return SimilarityMatrix(matrix)
    order = np.lexsort((-values, rows))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=shape[0]))])
    return SimilarityLists(offsets, columns[order], values[order], shape[1])
