"""The record of everything that is reported of one contender on one part of a split."""

from dataclasses import asdict, dataclass
from typing import Any

from fieldmark.evaluation.calibration_error import ReliabilityBin
from fieldmark.evaluation.confusion_counts import ConfusedPair
from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.gates import Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What was measured of one contender, with the trivial baselines beside it.

    Attributes:
        contender: who made the predictions.
        split: part of the split that the items come from.
        split_digest: digest of the split; None when it is not known.
        seeds: training seeds that were averaged; None for one that is not known.
        n: number of items.
        excluded: number of images that were left out as unreadable.
        unknown_labels: number of items whose label is no candidate.
        classes: number of candidates at the leaves.
        groups: number of groups that were resampled; None when the items are independent.
        score_kind: what the scores are.
        items_digest: digest of ids and labels.
        label_space_digest: digest of the classes, whatever their order.
        resamples: number of bootstrap draws.
        resampling_seed: of the draws.
        estimates: every metric at the leaves (rank None), then at each rank, coarse to fine.
        baselines: the same metrics for always the most frequent class, for guessing, and for what
            never looks at the image.
        warnings: signs of a dead run, and what to read with care.
        metadata: columns of the items that baselines answer from.
        reliability: of the first seed, bins of equal width; empty without probabilities.
        confusions: the most frequent mix-ups of the first seed.
    """

    contender: str
    split: str
    split_digest: str | None
    seeds: tuple[int | None, ...]
    n: int
    excluded: int
    unknown_labels: int
    classes: int
    groups: int | None
    score_kind: str
    items_digest: str
    label_space_digest: str
    resamples: int
    resampling_seed: int
    estimates: tuple[Estimate, ...]
    baselines: tuple[Estimate, ...]
    warnings: tuple[Flag, ...]
    metadata: tuple[str, ...] = ()
    reliability: tuple[ReliabilityBin, ...] = ()
    confusions: tuple[ConfusedPair, ...] = ()

    @property
    def is_dead(self) -> bool:
        """Whether the contender must be left out of every conclusion."""
        return any(flag.dead for flag in self.warnings)

    def estimate(self, metric: str, rank: str | None = None) -> Estimate | None:
        """Return one Estimate, or None when it was not measured.

        Args:
            metric: identifier in the catalogue.
            rank: a rank above the leaves; None for the leaves.
        """
        return find_estimate(self.estimates, metric, rank)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self) | {
            "seeds": list(self.seeds),
            "estimates": [estimate.to_dict() for estimate in self.estimates],
            "baselines": [estimate.to_dict() for estimate in self.baselines],
            "warnings": [flag.to_dict() for flag in self.warnings],
            "metadata": list(self.metadata),
            "reliability": [one.to_dict() for one in self.reliability],
            "confusions": [asdict(pair) for pair in self.confusions],
        }
