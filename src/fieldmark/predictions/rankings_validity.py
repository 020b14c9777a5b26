"""What queries, gallery and similarities must be before any number is computed from them."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.rankings_header import SimilarityKind
from fieldmark.predictions.rankings_similarities import EmbeddingPair, Similarities

_TEXTS = ("id", "identity", "group")
_LIMITS = {"latitude": 90.0, "longitude": 180.0}
_RANGES = {SimilarityKind.COSINE: (-1.0, 1.0), SimilarityKind.PROBABILITIES: (0.0, 1.0)}
_TOLERANCE = 1e-3
_ROWS_AT_ONCE = 1 << 22


def check_side(photos: pl.DataFrame, side: str) -> None:
    """Refuse queries or a gallery without usable ids, identities, groups or locations.

    Args:
        photos: columns id and identity, optionally group, all strings; optionally latitude and
            longitude in degrees, where null is "not known"; ids are unique.
        side: "queries" or "gallery", for messages.

    Raises:
        PredictionsError: there is no photo, a column is missing or of another type, an entry is
            empty, an id stands twice, or a location is not on the globe.

    Example:
        >>> check_side(pl.DataFrame({"id": ["a"], "identity": ["tree 1"]}), "queries")
    """
    for column in ("id", "identity"):
        if column not in photos.columns:
            raise PredictionsError(
                f"Expected the {side} to have a column '{column}'; there are: "
                f"{', '.join(photos.columns)}."
            )
    if photos.is_empty():
        raise PredictionsError(f"Expected at least one photo in the {side}; there is none.")
    for column in _TEXTS:
        if column in photos.columns:
            _check_texts(photos, column, side)
    ids = photos["id"]
    repeated = ids.filter(ids.is_duplicated()).unique(maintain_order=True).to_list()
    if repeated:
        raise PredictionsError(
            f"Expected every id once in the {side}; "
            f"{count_of(len(repeated), 'id stands', 'ids stand')} more than once (first: "
            f"{first_few(repeated, 1)}). Keep one row for each photo."
        )
    _check_location(photos, side)


def check_same_photos(queries: pl.DataFrame, gallery: pl.DataFrame) -> None:
    """Refuse photos that are query and gallery under two identities.

    Raises:
        PredictionsError: a photo has two identities.
    """
    both = queries.select("id", "identity").join(
        gallery.select("id", "identity"), on="id", suffix="_in_gallery"
    )
    torn = both.filter(pl.col("identity") != pl.col("identity_in_gallery"))
    if torn.height:
        name, query, found = torn.row(0)
        have = count_of(torn.height, "photo has", "photos have")
        raise PredictionsError(
            f"Expected one identity for each photo; {have}"
            f" another as query than in the gallery (first: '{name}' is '{query}' and '{found}'). "
            f"Correct the table that is wrong."
        )


def check_training_queries(ids: pl.Series, training_ids: Iterable[str]) -> None:
    """Refuse queries that the model was trained on; the gallery may hold training photos.

    Raises:
        PredictionsError: a query is a training photo.

    Example:
        >>> check_training_queries(pl.Series(["a"]), ["b"])
    """
    trained_on = frozenset(training_ids)
    seen = [item for item in ids.to_list() if item in trained_on]
    if seen:
        raise PredictionsError(
            f"{len(seen):,} of the {count_of(len(ids), 'query', 'queries')} "
            f"{'is a training photo' if len(seen) == 1 else 'are training photos'} of this model "
            f"(first: {first_few(seen, 1)}), so the result would say nothing about new photos. "
            f"Query with photos that were held out."
        )


def check_similarities(
    similarities: Similarities, *, kind: SimilarityKind, queries: pl.DataFrame
) -> None:
    """Refuse similarities that are not finite, or not in the range of what they are stated to be.

    Embeddings were checked when their lengths were taken. Reads everything once, in blocks.

    Args:
        similarities: of the queries to the gallery.
        kind: what they are stated to be.
        queries: the queries, for messages.

    Raises:
        PredictionsError: a similarity is NaN or infinite, or a cosine lies outside -1 to 1, or a
            probability outside 0 to 1, by more than 0.001.
    """
    if isinstance(similarities, EmbeddingPair):
        if kind is not SimilarityKind.COSINE:
            raise PredictionsError(
                f"Expected the similarity 'cosine' for embeddings, which are compared by their "
                f"cosine; got '{kind}'."
            )
        return
    for name, values in similarities.arrays.items():
        if values.dtype.kind == "f":
            _check_values(np.atleast_2d(values.T).T, name, kind, queries)


def _check_values(
    values: np.ndarray[tuple[int, ...], np.dtype[np.floating]],
    name: str,
    kind: SimilarityKind,
    queries: pl.DataFrame,
) -> None:
    step = max(1, _ROWS_AT_ONCE // max(1, values.shape[1]))
    low, high = _RANGES.get(kind, (-np.inf, np.inf))
    for start in range(0, len(values), step):
        block = np.asarray(values[start : start + step], np.float64)
        broken = np.flatnonzero(~np.isfinite(block).all(axis=1))
        outside = (block < low - _TOLERANCE) | (block > high + _TOLERANCE)
        for rows, what in ((broken, "finite"), (np.flatnonzero(outside.any(axis=1)), "range")):
            if rows.size:
                row = start + int(rows[0])
                where = f"query '{queries['id'][row]}'" if len(values) == queries.height else name
                raise PredictionsError(
                    f"Expected finite similarities; {where} has NaN or infinite ones."
                    if what == "finite"
                    else f"Expected {'cosines' if low < 0 else 'probabilities'} from {low:g} to "
                    f"{high:g}; {where} has others. If these are distances, store them with a minus"
                    f" sign, and state the similarity as 'other'."
                )


def _check_texts(photos: pl.DataFrame, column: str, side: str) -> None:
    values = photos[column]
    if values.dtype != pl.String:
        raise PredictionsError(
            f"Expected the column '{column}' of the {side} to hold strings; it holds "
            f"{values.dtype}. Write it as text, so that no digit is lost."
        )
    empty = (values.is_null() | (values == "")).fill_null(value=True)
    if empty.any():
        row = int(empty.arg_true()[0])
        where = f"row {row + 1}" if column == "id" else f"'{photos['id'][row]}'"
        raise PredictionsError(
            f"Expected a {column} for every photo of the {side}; "
            f"{count_of(int(empty.sum()), 'has', 'have')} none (first: {where}). Fill it in, or "
            f"leave the photo out and say so."
        )


def _check_location(photos: pl.DataFrame, side: str) -> None:
    given = [name for name in _LIMITS if name in photos.columns]
    if len(given) == 1:
        raise PredictionsError(
            f"Expected latitude and longitude for the {side}, or neither; there is only {given[0]}."
        )
    for name in given:
        values = photos[name]
        if not values.dtype.is_float():
            raise PredictionsError(
                f"Expected the {name} of the {side} as floating numbers in degrees; got "
                f"{values.dtype}."
            )
        known = values.drop_nulls()
        wrong = known.filter(~(known.abs() <= _LIMITS[name]))
        if len(wrong):
            raise PredictionsError(
                f"Expected a {name} from -{_LIMITS[name]:g} to {_LIMITS[name]:g} degrees in the "
                f"{side}; {len(wrong):,} are not (first: {wrong[0]}). Write null for what is not "
                f"known."
            )
