"""Among which photos of the gallery a query is looked for: all, its group's, those nearby."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.nearest_location import places_of
from fieldmark.evaluation.retrieval_distance import haversine_metres, near_places
from fieldmark.predictions.rankings import Rankings

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

ScopeName = Literal["gallery", "group", "radius"]

_ENTRIES = 1 << 22


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a query is looked for.

    Args:
        name: "gallery" for all photos, "group" for those of the query's group, "radius" for those
            nearby.
        radius_metres: how near; for "radius" only.

    Raises:
        PredictionsError: the radius is missing, not above 0, or not used.

    Example:
        >>> Scope("radius", 50.0).in_words
        'photos within 50 m'
    """

    name: ScopeName
    radius_metres: float | None = None

    def __post_init__(self) -> None:
        if (self.name == "radius") != (self.radius_metres is not None):
            raise PredictionsError(
                f"Expected a radius in metres for the scope 'radius' and for no other; got "
                f"{self.radius_metres} for '{self.name}'."
            )
        if self.radius_metres is not None and not self.radius_metres > 0:
            raise PredictionsError(f"Expected a radius above 0 metres; got {self.radius_metres:g}.")

    @property
    def suffix(self) -> str:
        """The end of the identifiers of metrics in this scope."""
        return "" if self.name == "gallery" else f"_in_{self.name}"

    @property
    def in_words(self) -> str:
        """Which photos are candidates."""
        if self.name == "gallery":
            return "photos of the whole gallery"
        return (
            "photos of its group"
            if self.name == "group"
            else (f"photos within {self.radius_metres:g} m")
        )

    @property
    def decided_by(self) -> tuple[str, ...]:
        """The columns that decide which photos are candidates."""
        of_name = {"gallery": (), "group": ("group",), "radius": ("latitude", "longitude")}
        return of_name[self.name]


@dataclass(frozen=True, eq=False, slots=True)
class Coded:
    """Identities as numbers: those of the gallery first, in the order of their names.

    Attributes:
        names: every identity.
        enrolled_count: number of identities of the gallery; greater codes are new individuals.
        truth: int64 (n,), identity of each query.
        enrolled: int64 (n_gallery,), identity of each photo of the gallery.
    """

    names: tuple[str, ...]
    enrolled_count: int
    truth: IntArray
    enrolled: IntArray


@dataclass(frozen=True, eq=False, slots=True)
class CandidateBlock:
    """Queries that are looked for among the same photos.

    Attributes:
        rows: int64 (q,), the queries.
        columns: int64 (c,), the photos, those of one identity side by side.
        allowed: bool (q, c), which photos are candidates of which query; None for all.
    """

    rows: IntArray
    columns: IntArray
    allowed: BoolArray | None


def coded_identities(rankings: Rankings) -> Coded:
    """Return the identities of queries and gallery as numbers."""
    enrolled = list(rankings.identities)
    known = frozenset(enrolled)
    strangers = [name for name in rankings.queries["identity"].unique().sort() if name not in known]
    names = (*enrolled, *strangers)
    code = {name: number for number, name in enumerate(names)}
    truth, of_gallery = (
        np.array([code[name] for name in table["identity"].to_list()], dtype=np.int64)
        for table in (rankings.queries, rankings.gallery)
    )
    return Coded(names, len(enrolled), truth, of_gallery)


def candidate_blocks(
    rankings: Rankings, scope: Scope, coded: Coded, *, other_sessions_only: bool = False
) -> Iterator[CandidateBlock]:
    """Yield blocks that together hold every query with a photo in its scope, once.

    A photo is never a candidate for itself. The truth never decides what is a candidate.

    Args:
        rankings: queries and gallery.
        scope: which photos are looked among.
        coded: the identities.
        other_sessions_only: whether photos of the query's own session are left out, whatever they
            show.

    Raises:
        PredictionsError: a column that the scope needs is missing on one side.
    """
    own = rankings.self_matches
    meets_itself = bool((own < rankings.gallery.height).any())
    sessions = _codes(rankings, "session") if other_sessions_only else None
    for rows, columns, inside in _regions(rankings, scope):
        ordered = np.argsort(coded.enrolled[columns], kind="stable")
        within, allowed = columns[ordered], None if inside is None else inside[:, ordered]
        if sessions is not None:
            others = sessions[0][rows, None] != sessions[1][within]
            allowed = others if allowed is None else allowed & others
        if meets_itself:
            others = own[rows, None] != within
            allowed = others if allowed is None else allowed & others
        yield CandidateBlock(rows, within, allowed)


def _regions(
    rankings: Rankings, scope: Scope
) -> Iterator[tuple[IntArray, IntArray, BoolArray | None]]:
    if scope.name == "gallery":
        columns = np.arange(rankings.gallery.height)
        for rows in _pieces(np.arange(rankings.n), len(columns)):
            yield rows, columns, None
    elif scope.name == "group":
        of_queries, of_gallery = _codes(rankings, "group")
        yield from _groups(of_queries, of_gallery)
    else:
        here, there = _places(rankings)
        radius = scope.radius_metres or 0.0
        for together, columns in near_places(here, there, radius_metres=radius):
            for rows in _pieces(together, len(columns)):
                yield rows, columns, haversine_metres(here[rows], there[columns]) <= radius


def _groups(
    of_queries: IntArray, of_gallery: IntArray
) -> Iterator[tuple[IntArray, IntArray, BoolArray | None]]:
    queries, photos = (np.argsort(codes, kind="stable") for codes in (of_queries, of_gallery))
    present = np.unique(of_queries)
    bounds = [
        np.searchsorted(codes[order], present, side=side)
        for codes, order in ((of_queries, queries), (of_gallery, photos))
        for side in ("left", "right")
    ]
    for first, last, start, stop in zip(*bounds, strict=True):
        if stop > start:
            for rows in _pieces(queries[first:last], stop - start):
                yield rows, photos[start:stop], None


def _pieces(rows: IntArray, width: int) -> Iterator[IntArray]:
    step = max(1, _ENTRIES // max(1, width))
    for start in range(0, len(rows), step):
        yield rows[start : start + step]


def _codes(rankings: Rankings, column: str) -> tuple[IntArray, IntArray]:
    """Return the values of a column of both sides as numbers; missing values equal nothing."""
    for table, side in ((rankings.queries, "queries"), (rankings.gallery, "gallery")):
        if column not in table.columns:
            raise PredictionsError(
                f"Expected a column '{column}' in queries and gallery; the {side} have none among "
                f"{', '.join(table.columns)}."
            )
    values = [table[column].cast(pl.String) for table in (rankings.queries, rankings.gallery)]
    names = pl.concat([one.alias("") for one in values]).drop_nulls().unique().sort().to_list()
    numbers = list(range(len(names)))
    codes = [
        one.replace_strict(names, numbers, default=gap, return_dtype=pl.Int64).to_numpy().copy()
        for one, gap in zip(values, (-1, -2), strict=True)
    ]
    return codes[0], codes[1]


def has_places(rankings: Rankings) -> bool:
    """Return whether both sides have columns for latitude and longitude."""
    return all("latitude" in table.columns for table in (rankings.queries, rankings.gallery))


def _places(rankings: Rankings) -> tuple[FloatArray, FloatArray]:
    if not has_places(rankings):
        raise PredictionsError(
            "Expected latitude and longitude in queries and gallery, to search within a radius; a "
            "side has none. Add the columns, or leave the radius out."
        )
    return places_of(rankings.queries), places_of(rankings.gallery)
