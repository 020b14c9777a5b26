"""How sure a contender is, and whether it may be: what the plots of confidence are drawn from."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.calibration_error import (
    ReliabilityBin,
    expected_calibration_error,
    reliability,
)
from fieldmark.evaluation.measuring import Judged
from fieldmark.evaluation.selective import (
    RiskCoverage,
    aurc,
    risk_at_coverage,
    risk_coverage,
)

BINS = 20
COVERAGES = (0.5, 0.75, 0.9, 1.0)
_CALIBRATION_BINS = 15
_MOST_POINTS = 120


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ConfidenceAtRank:
    """The confidence of one contender in its answers at one rank.

    Attributes:
        contender: whose answers.
        split: the part that they were given on.
        rank: name of the rank; "class" without a taxonomy.
        classes: number of candidates.
        n: number of answers.
        bins: reliability, in bins of equal width; bins without an answer are left out.
        calibration_error: expected calibration error over these bins.
        curve: risk and coverage, at most 120 of the operating points.
        area: area under the whole risk-coverage curve.
        risks: risk of the whole curve at each of ``COVERAGES``.
        right: number of right answers in each of 20 bins of equal width over 0 to 1.
        wrong: number of wrong answers in each of these bins.
        mean_right: mean confidence of the right answers; None when there is none.
        mean_wrong: mean confidence of the wrong answers; None when there is none.
    """

    contender: str
    split: str
    rank: str
    classes: int
    n: int
    bins: tuple[ReliabilityBin, ...]
    calibration_error: float
    curve: RiskCoverage
    area: float
    risks: tuple[float, ...]
    right: tuple[int, ...]
    wrong: tuple[int, ...]
    mean_right: float | None
    mean_wrong: float | None


def confidences_of(
    judged: Judged, *, contender: str, split: str, leaf_rank: str
) -> tuple[ConfidenceAtRank, ...]:
    """Return the confidence at the leaf, then at each rank above it, fine to coarse.

    Answers without a probability (similarities) have no confidence and are left out.

    Args:
        judged: the answers of one table of predictions.
        contender: whose answers.
        split: the part that they were given on.
        leaf_rank: name of the finest rank.
    """
    return tuple(
        _at_rank(answers, confidence, contender=contender, split=split, leaf_rank=leaf_rank)
        for answers, confidence in _with_confidence(judged)
    )


def _with_confidence(judged: Judged) -> Iterator[tuple[Answers, npt.NDArray[np.float64]]]:
    leaf, *above = judged.levels
    for answers in (leaf, *above[::-1]):
        if answers.confidence is not None:
            yield answers, answers.confidence


def _at_rank(
    answers: Answers,
    confidence: npt.NDArray[np.float64],
    *,
    contender: str,
    split: str,
    leaf_rank: str,
) -> ConfidenceAtRank:
    is_right = answers.right
    curve = risk_coverage(confidence, ~is_right)
    right, wrong = confidence[is_right], confidence[~is_right]
    return ConfidenceAtRank(
        contender=contender,
        split=split,
        rank=answers.rank or leaf_rank,
        classes=answers.candidates,
        n=answers.n,
        bins=reliability(confidence, is_right, bins=_CALIBRATION_BINS),
        calibration_error=expected_calibration_error(confidence, is_right, bins=_CALIBRATION_BINS),
        curve=_thinned(curve),
        area=aurc(curve),
        risks=tuple(risk_at_coverage(curve, coverage) for coverage in COVERAGES),
        right=_histogram(right),
        wrong=_histogram(wrong),
        mean_right=float(right.mean()) if right.size else None,
        mean_wrong=float(wrong.mean()) if wrong.size else None,
    )


def _histogram(confidence: npt.NDArray[np.float64]) -> tuple[int, ...]:
    counts, _ = np.histogram(confidence, bins=BINS, range=(0.0, 1.0))
    return tuple(counts.tolist())


def _thinned(curve: RiskCoverage) -> RiskCoverage:
    """Keep the operating points next to evenly spaced coverages, the first and last included."""
    if len(curve.coverage) <= _MOST_POINTS:
        return curve
    wanted = np.linspace(curve.coverage[0], 1.0, _MOST_POINTS)
    kept = np.unique(np.searchsorted(curve.coverage, wanted).clip(max=len(curve.coverage) - 1))
    return RiskCoverage(
        threshold=curve.threshold[kept],
        coverage=curve.coverage[kept],
        risk=curve.risk[kept],
        n=curve.n,
    )
