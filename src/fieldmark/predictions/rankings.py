"""The second table that crosses from learning to judging: how alike queries and a gallery are."""

import dataclasses

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.checks import count_of
from fieldmark.core.digests import digest_of, digest_of_strings
from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.rankings_header import RankingsHeader, SimilarityKind
from fieldmark.predictions.rankings_lists import SimilarityLists
from fieldmark.predictions.rankings_similarities import (
    EmbeddingPair,
    Similarities,
    SimilarityMatrix,
    digest_of_similarities,
)
from fieldmark.predictions.rankings_validity import (
    check_same_photos,
    check_side,
    check_similarities,
    check_training_queries,
)

__all__ = [
    "EmbeddingPair",
    "Rankings",
    "RankingsHeader",
    "SimilarityKind",
    "SimilarityLists",
    "SimilarityMatrix",
]


@dataclasses.dataclass(frozen=True, eq=False, repr=False, slots=True)
class Rankings:
    """Similarities of one contender between queries and a gallery, checked once, read-only.

    A query whose identity is not in the gallery is allowed: it is of a new individual. The same
    photo may be query and gallery: it is never its own match.

    Args:
        header: where the similarities come from.
        queries: columns id and identity, optionally group, session (strings), latitude and
            longitude (degrees, null is "not known"), and any others.
        gallery: the same of the enrolled photos.
        similarities: a matrix, embeddings of both sides, or lists; handed over: what they hold
            must not be written to afterwards.
        training_ids: ids that the contender was trained on, in any order; none may be a query.
        training_identities: identities that the contender was trained on, in any order.
        similarities_digest: digest of similarities that were checked when they were stored. When
            it is given they are not read again; only the store gives it.

    Raises:
        PredictionsError: ids, identities, locations, shapes or similarities are not as stated, or
            a query was trained on.

    Example:
        >>> rankings = Rankings(
        ...     RankingsHeader(similarity="cosine", contender="trees"),
        ...     pl.DataFrame({"id": ["q"], "identity": ["oak 1"]}),
        ...     pl.DataFrame({"id": ["a", "b"], "identity": ["oak 1", "oak 2"]}),
        ...     SimilarityMatrix(np.array([[0.9, 0.3]])),
        ... )
        >>> rankings
        Rankings('trees', cosine, 1 query, 2 photos of 2 identities, split 'all')
    """

    header: RankingsHeader
    queries: pl.DataFrame
    gallery: pl.DataFrame
    similarities: Similarities
    training_ids: tuple[str, ...] | None = None
    training_identities: tuple[str, ...] | None = None
    similarities_digest: str | None = None

    def __post_init__(self) -> None:
        check_side(self.queries, "queries")
        check_side(self.gallery, "gallery")
        check_same_photos(self.queries, self.gallery)
        expected = (self.queries.height, self.gallery.height)
        if self.similarities.shape != expected:
            raise PredictionsError(
                f"Expected similarities of {expected[0]:,} queries to {expected[1]:,} photos; got "
                f"{self.similarities.shape[0]:,} by {self.similarities.shape[1]:,}."
            )
        check_training_queries(self.queries["id"], self.training_ids or ())
        self._take_training()
        if self.similarities_digest is None:
            check_similarities(self.similarities, kind=self.header.similarity, queries=self.queries)

    def __repr__(self) -> str:
        identities = count_of(len(self.identities), "identity", "identities")
        return (
            f"Rankings('{self.header.contender}', {self.header.similarity}, "
            f"{count_of(self.n, 'query', 'queries')}, {count_of(self.gallery.height, 'photo')} of "
            f"{identities}, split '{self.header.split}')"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rankings) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def n(self) -> int:
        """Number of queries; at least 1."""
        return self.queries.height

    @property
    def identities(self) -> tuple[str, ...]:
        """The identities of the gallery, in the order of their names."""
        return tuple(self.gallery["identity"].unique().sort().to_list())

    @property
    def self_matches(self) -> npt.NDArray[np.int64]:
        """Row in the gallery of the same photo, int64 (n,); n_gallery where there is none."""
        ids = self.gallery["id"].to_list()
        places = self.queries["id"].replace_strict(
            ids, list(range(len(ids))), default=len(ids), return_dtype=pl.Int64
        )
        return places.to_numpy().copy()

    @property
    def queries_digest(self) -> str:
        """Digest of the ids of the queries with their identities, whatever their order."""
        return _digest_of_photos(self.queries)

    @property
    def gallery_digest(self) -> str:
        """Digest of the ids of the gallery with their identities, whatever their order."""
        return _digest_of_photos(self.gallery)

    @property
    def similarities_content_digest(self) -> str:
        """Digest of the similarities, remembered."""
        if self.similarities_digest is None:
            digest = digest_of_similarities(self.similarities)
            object.__setattr__(self, "similarities_digest", digest)
        return self.similarities_digest or ""

    @property
    def digest(self) -> str:
        """Digest of everything but the provenance; reads all similarities the first time."""
        return digest_of(
            {
                "header": self.header.digest,
                "queries": digest_of_strings([self.queries.write_ndjson()]),
                "gallery": digest_of_strings([self.gallery.write_ndjson()]),
                "similarities": self.similarities_content_digest,
            }
        )

    def _take_training(self) -> None:
        found = {}
        for name, values, stated in (
            ("training_ids", self.training_ids, self.header.training_ids_digest),
            (
                "training_identities",
                self.training_identities,
                self.header.training_identities_digest,
            ),
        ):
            if values is None:
                continue
            ordered = tuple(sorted(set(values)))
            digest = digest_of_strings(ordered)
            if stated not in (None, digest):
                raise PredictionsError(
                    f"Expected the {name.replace('_', ' ')} that the header was written for; their "
                    f"digest is {digest[:12]}, the header says {str(stated)[:12]}."
                )
            found[f"{name}_digest"] = digest
            object.__setattr__(self, name, ordered)
        object.__setattr__(self, "header", self.header.model_copy(update=found))


def _digest_of_photos(photos: pl.DataFrame) -> str:
    ordered = photos.select("id", "identity").sort("id")
    return digest_of_strings(text for row in ordered.iter_rows() for text in row)
