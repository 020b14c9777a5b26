"""What is shown of two levels, photos and observations, and of priors beside the bare scores."""

from dataclasses import dataclass
from typing import Literal

from fieldmark.comparison.outcome import Comparison
from fieldmark.core.checks import count_of
from fieldmark.decision.metadata_record import MetadataPrior
from fieldmark.decision.prior_shift_record import PriorShift
from fieldmark.evaluation.estimates import Estimate

Level = Literal["image", "observation"]
BARE = "bare scores"


@dataclass(frozen=True, slots=True)
class LevelRow:
    """What was measured of one contender at one level, with one treatment of its scores.

    Attributes:
        contender: as the study calls it.
        treatment: "bare scores", "metadata prior" or "prior shift".
        level: what is counted: images or observations.
        n: how many of them.
        estimates: at the leaves and at each rank.
    """

    contender: str
    treatment: str
    level: Level
    n: int
    estimates: tuple[Estimate, ...]

    def estimate(self, metric: str, rank: str | None) -> Estimate | None:
        """Return what was measured of a metric at a rank (None: the leaf), if anything."""
        for estimate in self.estimates:
            if (estimate.metric, estimate.rank) == (metric, rank):
                return estimate
        return None


@dataclass(frozen=True, slots=True)
class LevelVerdict:
    """A verdict on one step, on the same items with and without it.

    Attributes:
        step: what was done: "metadata prior", "prior shift" or "photos pooled".
        counted: what the items are, such as "of 144 images".
        contender: as the study calls it.
        comparison: with the step against without; None where the fit on another part had decided
            against the step, so that the answers are the same.
    """

    step: str
    counted: str
    contender: str
    comparison: Comparison | None


@dataclass(frozen=True, slots=True)
class Observations:
    """What several photos show one of.

    Attributes:
        by: the column that names the observation of each photo.
        rule: how scores of photos become one.
        images: number of photos.
        count: number of observations.
        several: number of observations with at least two photos.
        images_of_several: number of their photos.
    """

    by: str
    rule: str
    images: int
    count: int
    several: int
    images_of_several: int

    @property
    def in_words(self) -> str:
        """How many photos show how many observations."""
        return (
            f"{count_of(self.images, 'image')} show {count_of(self.count, 'observation')} by the"
            f" column “{self.by}”; {self.several:,} of them have at least two images"
            f" ({self.images_of_several:,} images). The scores of an observation are pooled by the"
            f" {self.rule} rule."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Everything that is shown of levels and priors.

    Attributes:
        observations: None where each photo is judged by itself.
        rows: contender after contender, each with its treatments, at each level.
        verdicts: question after question.
        refusals: (what, why) of what could not be fitted or compared.
        priors: metadata priors, one a contender and seed.
        shifts: prior shifts, one a contender and seed.
        remarks: what a reader should know, one sentence each.
    """

    observations: Observations | None
    rows: tuple[LevelRow, ...]
    verdicts: tuple[LevelVerdict, ...]
    refusals: tuple[tuple[str, str], ...] = ()
    priors: tuple[MetadataPrior, ...] = ()
    shifts: tuple[PriorShift, ...] = ()
    remarks: tuple[str, ...] = ()
