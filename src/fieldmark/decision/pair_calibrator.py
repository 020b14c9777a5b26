"""From the similarity of two images to the probability that they show the same thing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from fieldmark.core.checks import unknown_choice
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import PredictionsError
from fieldmark.decision.outcome_curves import Knots, fit_isotonic, fit_logistic
from fieldmark.evaluation.resampling import FloatArray

PairKind = Literal["isotonic", "logistic"]
PAIR_KINDS: tuple[PairKind, ...] = get_args(PairKind)

_SOURCES: dict[PairKind, str] = {
    "isotonic": "Zadrozny and Elkan (2002), KDD; per score as in WildFusion (Cermak et al. 2024)",
    "logistic": "Platt (1999)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCalibrator:
    """How a similarity becomes P(same).

    A similarity of 0.7 means nothing by itself: among collapsed embeddings every pair has it. A
    threshold therefore acts on P(same), which is near the share of same pairs whenever the
    similarity tells nothing.

    Attributes:
        kind: "isotonic" or "logistic".
        fitted_on: name of the part that the pairs come from.
        same: number of pairs of the same thing in the fit.
        different: number of the other pairs.
        parameters: lists of numbers by name.
        source: the paper.
    """

    kind: PairKind
    fitted_on: str
    same: int
    different: int
    parameters: Mapping[str, Sequence[float]]
    source: str

    @property
    def digest(self) -> str:
        """Digest of everything."""
        return digest_of(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self)

    def probability_same(self, similarity: npt.ArrayLike) -> FloatArray:
        """Return P(same) for each similarity: float64 array of the same shape, within [0, 1]."""
        scores = np.asarray(similarity, dtype=np.float64)
        if self.kind == "logistic":
            probability: FloatArray = expit(
                self.parameters["slope"][0] * scores + self.parameters["intercept"][0]
            )
            return probability
        knots = (np.asarray(self.parameters[name]) for name in ("scores", "probabilities"))
        return Knots(*knots).at(scores)


def fit_pair_calibrator(
    similarity: npt.ArrayLike,
    same: npt.ArrayLike,
    *,
    kind: PairKind = "isotonic",
    fitted_on: str = "calibration",
) -> PairCalibrator:
    """Return a calibrator from similarities of pairs, of which it is known whether they match.

    P(same) refers to the share of matching pairs in the fit: pairs must be drawn as they will be
    asked, for instance every query against its own candidates.

    Args:
        similarity: float array (n,), finite.
        same: bool array (n,), whether both images show the same thing.
        kind: "isotonic" (a curve that never falls) or "logistic" (two numbers, for few pairs).
        fitted_on: name of the part that the pairs come from.

    Raises:
        PredictionsError: an unknown kind, arrays of different length, similarities that are not
            finite, or no pair of one sort.

    Example:
        >>> pairs = fit_pair_calibrator([0.1, 0.2, 0.8, 0.9], [False, False, True, True])
        >>> pairs.probability_same([0.15, 0.85]).tolist()
        [0.0, 1.0]
    """
    if kind not in PAIR_KINDS:
        raise PredictionsError(unknown_choice("pair calibrator", kind, PAIR_KINDS))
    scores, matches = np.asarray(similarity, dtype=np.float64), np.asarray(same, dtype=np.bool_)
    _require_pairs(scores, matches)
    parameters: Mapping[str, Sequence[float]]
    if kind == "logistic":
        slope, intercept = fit_logistic(scores, matches)
        parameters = {"slope": [slope], "intercept": [intercept]}
    else:
        knots = fit_isotonic(scores, matches)
        parameters = {
            "scores": knots.scores.tolist(),
            "probabilities": knots.probabilities.tolist(),
        }
    return PairCalibrator(
        kind=kind,
        fitted_on=fitted_on,
        same=int(matches.sum()),
        different=int((~matches).sum()),
        parameters=parameters,
        source=_SOURCES[kind],
    )


def pair_calibrator_from_dict(content: Mapping[str, Any]) -> PairCalibrator:
    """Return the calibrator that ``to_dict`` wrote.

    Raises:
        PredictionsError: a field is missing or unknown.
    """
    try:
        return PairCalibrator(**content)
    except TypeError as error:
        raise PredictionsError(f"This is not a stored pair calibrator: {error}.") from None


def _require_pairs(scores: FloatArray, matches: npt.NDArray[np.bool_]) -> None:
    if scores.ndim != 1 or scores.shape != matches.shape:
        raise PredictionsError(
            "Expected one similarity and one truth for each pair; got arrays of shape"
            f" {scores.shape} and {matches.shape}."
        )
    if not np.isfinite(scores).all():
        broken = int((~np.isfinite(scores)).sum())
        raise PredictionsError(
            f"Expected finite similarities; {broken:,} of {len(scores):,} are NaN or infinite."
        )
    if matches.all() or not matches.any():
        raise PredictionsError(
            f"Expected pairs that match and pairs that do not; {int(matches.sum()):,} of"
            f" {len(matches):,} match. Add pairs of the other sort."
        )
