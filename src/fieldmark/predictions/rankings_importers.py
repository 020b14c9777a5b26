"""Foreign files of similarities or embeddings become stored rankings."""

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl

from fieldmark.core.errors import PredictionsError
from fieldmark.core.progress import Progress, SilentProgress, Step
from fieldmark.core.provenance import provenance
from fieldmark.core.storage import atomic_directory
from fieldmark.predictions.importers import read_lines
from fieldmark.predictions.rankings import Rankings, RankingsHeader, SimilarityKind
from fieldmark.predictions.rankings_similarities import Similarities
from fieldmark.predictions.rankings_sources import photos_of_archive, read_archive, read_pairs
from fieldmark.predictions.rankings_store import (
    describe_rankings,
    load_rankings,
    refuse_unlike_rankings,
)
from fieldmark.predictions.rankings_tables import read_photos

_TABLES = (".csv", ".tsv", ".parquet")


@dataclasses.dataclass(frozen=True, slots=True)
class RankingsOptions:
    """What the file does not say about itself.

    Attributes:
        contender: name of the model; None takes the name of the file without its suffix.
        split: name of the part that the queries are.
        seed: training seed, when there is one to state.
        queries: table with one row for each query; None where an NPZ file holds the ids itself.
        gallery: table with one row for each photo of the gallery; None as for the queries.
        id: column with the ids, where it is not "id".
        identity: column with the identities, where it is not "identity".
        group: column with the groups, where it is not "group".
        training_ids: text file with the ids that the model was trained on, one a line.
        training_identities: text file with the identities that it was trained on, one a line.
        filtered_by: columns by which the data were filtered before they came here.
        filter_radius_metres: largest distance to its query of a photo that the filter left.
    """

    contender: str | None = None
    split: str = "all"
    seed: int | None = None
    queries: Path | None = None
    gallery: Path | None = None
    id: str | None = None
    identity: str | None = None
    group: str | None = None
    training_ids: Path | None = None
    training_identities: Path | None = None
    filtered_by: tuple[str, ...] = ()
    filter_radius_metres: float | None = None

    @property
    def names(self) -> dict[str, str]:
        """The file's names of the columns that were stated, by ours."""
        given = {"id": self.id, "identity": self.identity, "group": self.group}
        return {ours: theirs for ours, theirs in given.items() if theirs is not None}


_DEFAULTS = RankingsOptions()


def import_rankings(
    source: Path,
    *,
    similarity: SimilarityKind,
    out: Path,
    options: RankingsOptions = _DEFAULTS,
    progress: Progress | None = None,
) -> Rankings:
    """Copy foreign similarities or embeddings into a store of rankings, and return them mapped.

    CSV, TSV and Parquet files have the columns query, gallery and similarity, one row for each
    pair; pairs that are left out are unknown, and less alike than those that are there. NPZ files
    hold the array similarities (queries, gallery), or query_embeddings and gallery_embeddings, and
    the photos either as arrays (query_ids, query_identities, gallery_ids, gallery_identities, and
    any other query_<column> or gallery_<column>) or in two tables, in the order of the rows.

    Args:
        source: file with the suffix .csv, .tsv, .parquet or .npz.
        similarity: what the similarities are; it is not guessed.
        out: folder to write; stored rankings there are replaced, anything else is refused.
        options: what the file does not say about itself.
        progress: told the number of bytes copied.

    Raises:
        PredictionsError: the file is not as described, or the rankings are not valid.
        StoreError: ``out`` holds something that is not stored rankings.
    """
    refuse_unlike_rankings(out)
    _check_source(source, options)
    trained = [
        None if path is None else read_lines(path)
        for path in (options.training_ids, options.training_identities)
    ]
    queries, gallery = (_photos(source, side, options) for side in ("query", "gallery"))
    listener = progress or SilentProgress()
    with atomic_directory(out) as partial:
        with listener.step(f"import {source.name}", source.stat().st_size) as step:
            similarities = _similarities(source, partial, (queries, gallery), step)
        rankings = Rankings(
            header=RankingsHeader(
                similarity=similarity,
                contender=options.contender or source.stem,
                split=options.split,
                seed=options.seed,
                filtered_by=options.filtered_by,
                filter_radius_metres=options.filter_radius_metres,
                provenance={**provenance(), "source": source.name},
            ),
            queries=queries,
            gallery=gallery,
            similarities=similarities,
            training_ids=trained[0],
            training_identities=trained[1],
        )
        describe_rankings(rankings, partial)
    return load_rankings(out)


def _check_source(source: Path, options: RankingsOptions) -> None:
    suffix = source.suffix.lower()
    if suffix not in (*_TABLES, ".npz"):
        raise PredictionsError(
            f"Expected similarities as {', '.join((*_TABLES, '.npz'))}; got '{source.name}'. "
            f"Export them in one of these formats."
        )
    if not source.is_file():
        raise PredictionsError(f"Expected a file of similarities at {source}; there is none.")
    tables = {"queries": options.queries, "gallery": options.gallery}
    absent = [name for name, path in tables.items() if path is None]
    if suffix != ".npz" and absent:
        raise PredictionsError(
            f"Expected tables with the identities of queries and gallery beside {source.name}; "
            f"state them with {' and '.join(f'--{name} FILE' for name in absent)}."
        )
    radius = options.filter_radius_metres
    if radius is not None and not radius > 0:
        raise PredictionsError(f"Expected a filter radius above 0 metres; got {radius:g}.")
    if len(absent) == 1:
        raise PredictionsError(
            f"Expected tables of both sides or of neither; --{absent[0]} is missing."
        )


def _photos(source: Path, side: str, options: RankingsOptions) -> pl.DataFrame:
    path = options.queries if side == "query" else options.gallery
    return photos_of_archive(source, side) if path is None else read_photos(path, options.names)


def _similarities(
    source: Path, folder: Path, sides: tuple[pl.DataFrame, pl.DataFrame], step: Step
) -> Similarities:
    if source.suffix.lower() == ".npz":
        return read_archive(source, folder, step)
    found = read_pairs(source, sides[0], sides[1])
    for name, values in found.arrays.items():
        np.save(folder / f"{name}.npy", values, allow_pickle=False)
    step.advance(source.stat().st_size)
    return found
