"""The dossier of one critical class: how it is found, what it is mixed up with, how surely."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of, nearest
from fieldmark.core.errors import FieldmarkError
from fieldmark.evaluation.answers import Answers, BoolArray
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.measuring import Judged
from fieldmark.evaluation.resampling import units_of
from fieldmark.manifest.hazards import Hazards
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.predictions.table import Predictions
from fieldmark.report.dossier_claims import AtLeast, at_least_of
from fieldmark.report.dossier_mix_ups import dangerous_mix_ups, mixed_up
from fieldmark.report.exhibits import TakenFor
from fieldmark.report.share_estimates import ShareEstimates

RECALL, PRECISION = "class_recall", "class_precision"
_ENOUGH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CertaintyAtRank:
    """How far a critical class can be told at one rank.

    Attributes:
        rank: name of the rank.
        name: the ancestor of the class there, or the class itself.
        recall: share of the images of the class that are answered with ``name`` at this rank.
        precision: share of the images answered with the class whose label is below ``name``.
        confidence_right: mean confidence at this rank over the images of the class that are
            answered right there; None when there is none, or no probabilities.
        confidence_wrong: the same where they are answered wrong.
        confidence_answered: mean confidence at this rank over all images answered with the class;
            None when there is none, or no probabilities.
    """

    rank: str
    name: str
    recall: Estimate
    precision: Estimate
    confidence_right: float | None
    confidence_wrong: float | None
    confidence_answered: float | None = None

    @property
    def calibration(self) -> str:
        """Whether the answers with the class are as often right as they are sure, in words.

        "" where fewer than 20 images were answered with it, or there are no probabilities.
        """
        sure, low, high = self.confidence_answered, self.precision.low, self.precision.high
        if sure is None or low is None or high is None or self.precision.n < _ENOUGH:
            return ""
        if low <= sure <= high:
            return "fits"
        return "too sure" if sure > high else "too unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """What one contender makes of one critical class.

    Attributes:
        name: the class.
        contender: whose answers.
        split: the part that they were given on.
        images: number of images of the class.
        answered: number of images that were answered with the class.
        ranks: fine to coarse.
        taken_for: what its images were taken for, most frequent first, at most ten.
        taken_for_it: what was taken for it, most frequent first, at most ten.
        claims: to which rank its images were named, and what that allows to claim, fine to coarse;
            none without an image.
        hazards: which classes are poisonous; None where nothing says so.
        dangerous: how many of its images, if it is poisonous, were answered with a harmless class;
            if it is harmless, how many images of poisonous classes were answered with it.
    """

    name: str
    contender: str
    split: str
    images: int
    answered: int
    ranks: tuple[CertaintyAtRank, ...]
    taken_for: tuple[TakenFor, ...]
    taken_for_it: tuple[TakenFor, ...]
    claims: tuple[AtLeast, ...] = ()
    hazards: Hazards | None = None
    dangerous: int = 0

    @property
    def claim_in_words(self) -> str:
        """What may be claimed of the rank above the class, or of the class itself; "" for none."""
        return "" if not self.claims else self.claims[:2][-1].in_words

    @property
    def danger_in_words(self) -> str:
        """How often it is mixed up dangerously; "" where nothing is known of it."""
        hazard = "unknown" if self.hazards is None else self.hazards.of(self.name)
        if hazard == "poisonous":
            whole = count_of(self.images, "image")
            return (
                f"{self.name} is poisonous: {self.dangerous:,} of its {whole} answered as harmless."
            )
        if hazard == "harmless":
            mixed = count_of(self.dangerous, "image")
            return f"{self.name} is harmless: {mixed} of poisonous classes answered as it."
        return ""

    @property
    def in_words(self) -> str:
        """How surely the class is found, and to which rank, in one or two sentences."""
        if not self.images:
            return f"{self.contender}: no image of the split “{self.split}” shows {self.name}."
        first, *above = self.ranks
        found = f"{self.contender} names {_said(first.recall)} of its images {self.name}"
        if above:
            found += (
                f", and at least the {above[0].rank} {above[0].name} in {_said(above[0].recall)}"
            )
        if not self.answered:
            return f"{found}. It never answers {self.name}."
        return f"{found}. When it says {self.name}, it is right in {_said(first.precision)}."


def _said(share: Estimate) -> str:
    return f"{share.value_text()} ({share.interval_text()}, n = {share.n:,})"


def dossier_of(
    predictions: Predictions,
    judged: Judged,
    name: str,
    *,
    hazards: Hazards | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Dossier:
    """Return the dossier of a class.

    Shares of independent images have Wilson's interval; where images have groups, whole groups are
    resampled, 2,000 times. A class without an image has a recall without a value.

    Args:
        predictions: of one contender on one split.
        judged: the answers of the same table.
        name: a class of the contender, or a label.
        hazards: which classes are poisonous; None where nothing says so.
        level: coverage of the intervals, in (0, 1).
        seed: of the draws.

    Raises:
        FieldmarkError: the name is neither a class nor a label.
    """
    leaf = judged.leaf
    if name not in leaf.classes:
        raise FieldmarkError(unknown_critical(name, leaf.classes))
    code = leaf.classes.index(name)
    labelled, answered = leaf.truth == code, leaf.predicted == code
    units = units_of(predictions.groups, n=predictions.n)
    shares = ShareEstimates(predictions, units, level, seed)
    levels = (leaf, *judged.levels[:0:-1])
    path = _path(predictions.taxonomy, name)
    return Dossier(
        name=name,
        contender=predictions.header.contender,
        split=predictions.header.split,
        images=int(labelled.sum()),
        answered=int(answered.sum()),
        ranks=tuple(
            _at_rank(answers, (labelled, answered), shares, (rank, node))
            for answers, (rank, node) in zip(levels, path, strict=True)
        ),
        taken_for=mixed_up(leaf, leaf.predicted[labelled], predictions, truth=name),
        taken_for_it=mixed_up(leaf, leaf.truth[answered], predictions, predicted=name),
        claims=tuple(
            at_least_of(answers.right, labelled, units, rank=rank, name=node)
            for answers, (rank, node) in zip(levels, path, strict=True)
            if labelled.any()
        ),
        hazards=hazards,
        dangerous=dangerous_mix_ups(leaf, name, hazards),
    )


def unknown_critical(name: str, classes: Sequence[str]) -> str:
    """Return the sentence that a critical class is no class, with the nearest that is one.

    Example:
        >>> unknown_critical("Amanita", ("Amanita phalloides", "Amanita rubescens"))
        "Unknown critical class 'Amanita'; did you mean 'Amanita rubescens'? There are 2 classes."
    """
    guess = nearest(name, classes)
    hint = f"did you mean '{guess}'? There" if guess else "there"
    known = count_of(len(classes), "class", "classes")
    return f"Unknown critical class '{name}'; {hint} are {known}."


def _at_rank(
    answers: Answers,
    of: tuple[BoolArray, BoolArray],
    shares: ShareEstimates,
    place: tuple[str, str],
) -> CertaintyAtRank:
    labelled, answered = of
    rank, name = place
    confidence = answers.confidence
    return CertaintyAtRank(
        rank=rank,
        name=name,
        recall=shares.estimate(
            RECALL, answers.right, labelled, words="all {n} images of the class"
        ),
        precision=shares.estimate(
            PRECISION, answers.right, answered, words="all {n} images answered with the class"
        ),
        confidence_right=_mean(confidence, labelled & answers.right),
        confidence_wrong=_mean(confidence, labelled & ~answers.right),
        confidence_answered=_mean(confidence, answered),
    )


def _mean(confidence: npt.NDArray[np.float64] | None, of: BoolArray) -> float | None:
    if confidence is None or not of.any():
        return None
    return float(confidence[of].mean())


def _path(taxonomy: Taxonomy | None, name: str) -> tuple[tuple[str, str], ...]:
    """Return (rank, name) of a leaf and of its ancestors, fine to coarse."""
    if taxonomy is None:
        return (("class", name),)
    return tuple(zip(taxonomy.ranks, taxonomy.path_of(name), strict=True))[::-1]
