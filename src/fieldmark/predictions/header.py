"""What must be known about a table of scores before a number is computed from it."""

import json
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from fieldmark.core.digests import digest_of


class ScoreKind(StrEnum):
    """What a score is; it is stated, never guessed from the numbers.

    Example:
        >>> ScoreKind("logits") is ScoreKind.LOGITS
        True
    """

    LOGITS = "logits"
    PROBABILITIES = "probabilities"
    SIMILARITIES = "similarities"


def _as_json(value: Any) -> Any:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except TypeError as error:
        raise ValueError(f"expected what JSON can hold ({error})") from None


JsonMapping = Annotated[dict[str, Any], BeforeValidator(_as_json)]


class PredictionsHeader(BaseModel):
    """Where scores come from, and every digest that decides what they may be compared with.

    Mappings are kept as JSON holds them: tuples become lists.

    Attributes:
        score_kind: what the scores are.
        contender: name of the model or source; not empty.
        split: name of the part that the items are, such as "test".
        split_digest: digest of the split, None when the split is not known.
        seed: training seed, None when there was none or it is not known.
        fold: name of the fold, None outside cross-validation.
        contract: the whole preprocessing contract with its fields, None when not known.
        tap: backbone name, weights digest, tap and whatever else identifies the features.
        label_version: digest or name of the version of the labels.
        training_ids_digest: digest of the sorted training ids; filled in by `Predictions`.
        training_label_counts: number of training items per label, for prior baselines.
        excluded: number of items that were left out because they could not be read; 0 or more.
        provenance: what made the table; not part of the digest.

    Example:
        >>> header = PredictionsHeader(score_kind="logits", contender="probe", seed=0)
        >>> header.split, header.score_kind.value
        ('all', 'logits')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    score_kind: ScoreKind
    contender: str = Field(min_length=1)
    split: str = Field(default="all", min_length=1)
    split_digest: str | None = None
    seed: int | None = None
    fold: str | None = None
    contract: JsonMapping | None = None
    tap: JsonMapping | None = None
    label_version: str | None = None
    training_ids_digest: str | None = None
    training_label_counts: dict[str, int] | None = None
    excluded: int = Field(default=0, ge=0)
    provenance: JsonMapping = Field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Digest of everything but the provenance."""
        return digest_of(self.model_dump(mode="json", exclude={"provenance"}))
