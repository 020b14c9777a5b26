"""What must be known about similarities of queries to a gallery before they are judged."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from fieldmark.core.digests import digest_of
from fieldmark.predictions.header import JsonMapping


class SimilarityKind(StrEnum):
    """What a similarity is; it is stated, never guessed. Greater always means more alike.

    Example:
        >>> SimilarityKind("cosine") is SimilarityKind.COSINE
        True
    """

    COSINE = "cosine"
    PROBABILITIES = "probabilities"
    OTHER = "other"


class RankingsHeader(BaseModel):
    """Where similarities come from, and every digest that decides what they may stand beside.

    Attributes:
        similarity: what the similarities are: cosines from -1 to 1, probabilities that two photos
            show the same individual, or any other number that is greater for what is more alike.
        contender: name of the model or source; not empty.
        split: name of the part that the queries are, such as "test".
        split_digest: digest of the split, None when the split is not known.
        seed: training seed, None when there was none or it is not known.
        fold: name of the fold, None outside cross-validation.
        contract: the whole preprocessing contract with its fields, None when not known.
        tap: backbone name, weights digest, tap and whatever else identifies the features.
        label_version: digest or name of the version of the identities.
        training_ids_digest: digest of the sorted training ids; filled in by `Rankings`.
        training_identities_digest: digest of the sorted identities that the contender was trained
            on; filled in by `Rankings`.
        filtered_by: columns by which the data were filtered before they came here.
        filter_radius_metres: largest distance of a gallery photo from its query that the filter
            left, None when there was no such filter.
        excluded: number of images that were left out because they could not be read; 0 or more.
        provenance: what made the table; not part of the digest.

    Example:
        >>> header = RankingsHeader(similarity="cosine", contender="trees", split="test")
        >>> header.similarity.value, header.filtered_by
        ('cosine', ())
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    similarity: SimilarityKind
    contender: str = Field(min_length=1)
    split: str = Field(default="all", min_length=1)
    split_digest: str | None = None
    seed: int | None = None
    fold: str | None = None
    contract: JsonMapping | None = None
    tap: JsonMapping | None = None
    label_version: str | None = None
    training_ids_digest: str | None = None
    training_identities_digest: str | None = None
    filtered_by: tuple[str, ...] = ()
    filter_radius_metres: float | None = Field(default=None, gt=0)
    excluded: int = Field(default=0, ge=0)
    provenance: JsonMapping = Field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Digest of everything but the provenance."""
        return digest_of(self.model_dump(mode="json", exclude={"provenance"}))
