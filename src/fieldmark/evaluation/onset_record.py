"""The record of everything that is reported of one contender over time."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fieldmark.evaluation.estimates import Estimate, find_estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEvaluation:
    """What was measured on one day, from that day and those before it.

    Attributes:
        day: the time.
        imaged: number of specimens imaged on it.
        positive: number of those whose label is the positive state.
        estimates: metrics that begin with "day_", and what is known by the day.
    """

    day: float
    imaged: int
    positive: int
    estimates: tuple[Estimate, ...]

    def estimate(self, metric: str) -> Estimate | None:
        """Return one Estimate, or None when it was not measured."""
        return find_estimate(self.estimates, metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnsetEvaluation:
    """What was measured of one contender, with the trivial baselines beside it.

    Attributes:
        contender: who made the predictions.
        split: part of the split that the specimens come from.
        rule: how onsets were read, in words.
        settings: the rule, field by field.
        prevalence: mean share of positive labels that change points and sums assume.
        prevalence_source: where it comes from.
        fitted_on: the part that thresholds and baselines were fitted on; None where each group was
            judged with what all others say.
        specimens: number of specimens.
        with_onset: number of them whose onset lies within the observed time.
        later: number of them whose onset lies beyond it.
        unaffected: number of them that can only be alarmed falsely.
        controls_stated: whether it was stated which specimens are controls.
        groups: number of groups that were resampled; None when specimens are independent.
        times: number of times.
        imaged: number of imaged specimen-days.
        end: the last time that was seen.
        items_digest: digest of ids and labels.
        header_digest: digest of the header of the predictions.
        resamples: number of bootstrap draws.
        resampling_seed: of the draws.
        estimates: every metric of the contender, then the skills.
        baselines: the same metrics for what says onsets without looking.
        days: the metrics of each day.
        notes: what to read with care.
    """

    contender: str
    split: str
    rule: str
    settings: Mapping[str, Any]
    prevalence: float
    prevalence_source: str
    fitted_on: str | None
    specimens: int
    with_onset: int
    later: int
    unaffected: int
    controls_stated: bool
    groups: int | None
    times: int
    imaged: int
    end: float
    items_digest: str
    header_digest: str
    resamples: int
    resampling_seed: int
    estimates: tuple[Estimate, ...]
    baselines: tuple[Estimate, ...]
    days: tuple[DayEvaluation, ...]
    notes: tuple[str, ...]

    def estimate(self, metric: str) -> Estimate | None:
        """Return one Estimate of the contender, or None when it was not measured."""
        return find_estimate(self.estimates, metric)

    def baseline(self, name: str, metric: str) -> Estimate | None:
        """Return one Estimate of a baseline, or None when it was not measured.

        Args:
            name: how the name of the baseline begins, such as "constant day".
            metric: identifier in the catalogue.
        """
        own = [one for one in self.baselines if (one.contender or "").startswith(name)]
        return find_estimate(own, metric)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self) | {
            "estimates": [estimate.to_dict() for estimate in self.estimates],
            "baselines": [estimate.to_dict() for estimate in self.baselines],
            "days": [
                asdict(day) | {"estimates": [estimate.to_dict() for estimate in day.estimates]}
                for day in self.days
            ],
            "notes": list(self.notes),
        }
