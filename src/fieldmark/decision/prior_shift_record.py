"""The record of a prior shift: by how much scores are freed of the prior, and what chose that."""

from dataclasses import asdict, dataclass
from typing import Any

from fieldmark.core.checks import count_of
from fieldmark.core.digests import digest_of
from fieldmark.decision.metadata_tuning import FLOOR_COUNT
from fieldmark.evaluation.metrics import definition_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorShift:
    """By how much scores are freed of the prior of training, and what chose that.

    Attributes:
        contender: whose scores.
        seed: training seed of the contender; None where there is none.
        fold: fold of the contender; None outside cross-validation.
        classes: the classes, in the order of the score columns.
        log_prior: logarithm of each class's share of training; one without items counts as half.
        tau: 0 leaves the scores as they are, 1 takes the whole prior out.
        lacking: number of classes without a training item.
        metric: what tau was chosen by; None where it was given.
        candidates: among how many it was chosen; 1 where it was given.
        fitted_on: name of the part that it was chosen on; None where it was given.
        fitted_items_digest: digest of its items; None where it was given.
        values: the metric at tau = 0 and at the chosen one; None where it was given.
    """

    contender: str
    seed: int | None
    fold: str | None
    classes: tuple[str, ...]
    log_prior: tuple[float, ...]
    tau: float
    lacking: int
    metric: str | None = None
    candidates: int = 1
    fitted_on: str | None = None
    fitted_items_digest: str | None = None
    values: tuple[float, float] | None = None

    @property
    def digest(self) -> str:
        """Digest of everything."""
        return digest_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self) | {"classes": list(self.classes), "log_prior": list(self.log_prior)}

    def sentence(self) -> str:
        """Return what it is, in one sentence."""
        lacking = (
            f"; {count_of(self.lacking, 'class', 'classes')} without a training item count as"
            f" {FLOOR_COUNT:g} of one each"
            if self.lacking
            else ""
        )
        if self.values is None:
            return f"tau = {self.tau:g}, as it was given{lacking}."
        words = definition_of(str(self.metric)).in_words
        if self.tau == 0:
            return (
                f"tau = 0: on '{self.fitted_on}' none of {self.candidates} gives a better {words}"
                f" than {100 * self.values[0]:.2f} %{lacking}."
            )
        return (
            f"tau = {self.tau:g}, chosen among {self.candidates} by {words} on"
            f" '{self.fitted_on}', where it is {100 * self.values[1]:.2f} % instead of"
            f" {100 * self.values[0]:.2f} %{lacking}."
        )
