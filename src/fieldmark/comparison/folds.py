"""Cross-validation: differences over folds and runs, which are not independent of each other."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from fieldmark.comparison.paired_tests import PairedDifference
from fieldmark.core.checks import count_of
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.estimates import require_level
from fieldmark.evaluation.resampling import FloatArray


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class FoldDifferences:
    """The difference between two contenders in each fold of each run.

    Attributes:
        differences: float64 (j,), one for each run and fold.
        tested: int64 (j,), items of each test fold; the weights.
        trained: int64 (j,), items that each was trained on.

    Raises:
        NotComparableError: there are fewer than two, lengths differ, or a fold is empty.
    """

    differences: FloatArray
    tested: npt.NDArray[np.int64]
    trained: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        lengths = {len(self.differences), len(self.tested), len(self.trained)}
        if len(lengths) != 1 or min(lengths) < 2:
            raise NotComparableError(
                "Expected the differences, test sizes and training sizes of at least two folds; got"
                f" arrays of length {sorted(lengths)}."
            )
        if self.tested.min() < 1 or self.trained.min() < 1:
            raise NotComparableError(
                "Expected at least one item in every test and training fold; got"
                f" {self.tested.min()} and {self.trained.min()}."
            )

    @property
    def weights(self) -> FloatArray:
        """Share of the tested items in each fold, float64 (j,)."""
        return np.asarray(self.tested / self.tested.sum(), np.float64)

    @property
    def mean(self) -> float:
        """Mean difference, each fold weighted by its items."""
        return float(self.weights @ self.differences)

    @property
    def training_ratio(self) -> float:
        """Tested items for each training item, weighted as the mean: rho / (1 - rho)."""
        return float(self.weights @ (self.tested / self.trained))

    @property
    def degrees_of_freedom(self) -> int:
        """Number of differences less one."""
        return len(self.differences) - 1

    def standard_error(self, *, corrected: bool = True) -> float:
        """Return the standard error of the mean; without the correction it is far too small."""
        shares = float(np.square(self.weights).sum())
        squares = float(self.weights @ np.square(self.differences - self.mean))
        overlap = self.training_ratio if corrected else 0.0
        return math.sqrt(squares / (1 - shares) * (shares + overlap))


def corrected_resampled_t(folds: FoldDifferences, *, level: float = 0.95) -> PairedDifference:
    """Return the mean difference over folds with the corrected resampled t-test.

    The folds share most of their training items, so that their differences are correlated and the
    naive t-test finds differences that are not there. t = mean / sqrt(s^2 (1/J + n_test/n_train))
    with J - 1 degrees of freedom, J = runs x folds. Folds of unequal size are weighted by their
    items, and 1/J becomes the sum of the squared weights.

    Args:
        folds: the differences.
        level: coverage aimed at, in (0, 1).

    Raises:
        PredictionsError: the level is no coverage.

    Source:
        Methods E15; Nadeau and Bengio (2003), Machine Learning 52, 239 to 281; Bouckaert and Frank
        (2004), for several runs.

    Example:
        >>> found = corrected_resampled_t(FoldDifferences(
        ...     differences=np.array([0.02, 0.01, 0.03, 0.00, 0.02]),
        ...     tested=np.full(5, 20), trained=np.full(5, 80)))
        >>> round(found.difference, 3), round(found.p_value, 3)
        (0.016, 0.105)
    """
    require_level(level)
    error, df = folds.standard_error(), folds.degrees_of_freedom
    reach = float(stdtrit(df, (1 + level) / 2)) * error
    if error > 0:
        p_value = 2 * float(stdtr(df, -abs(folds.mean) / error))
    else:
        p_value = 1.0 if folds.mean == 0 else 0.0
    return PairedDifference(
        difference=folds.mean,
        low=folds.mean - reach,
        high=folds.mean + reach,
        p_value=p_value,
        standard_error=error,
        test=f"corrected resampled t over {count_of(len(folds.differences), 'fold')}"
        f" (n_test / n_train = {folds.training_ratio:.3g})",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RopeProbabilities:
    """How probable it is that a difference lies below, within or above what does not matter.

    Attributes:
        rope: half width of the region of practical equivalence, stated in advance, above 0.
        left: P(difference < -rope).
        inside: P(-rope <= difference <= rope).
        right: P(difference > rope).
    """

    rope: float
    left: float
    inside: float
    right: float

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self)

    def sentence(self, a: str, b: str) -> str:
        """Return in words how probable it is that ``a`` lies above, near or below ``b``."""
        return (
            f"P({a} above {b} by more than {self.rope:g}) = {self.right:.3f}, P(within) ="
            f" {self.inside:.3f}, P(below) = {self.left:.3f}"
        )


def bayesian_resampled_t(folds: FoldDifferences, *, rope: float) -> RopeProbabilities:
    """Return where the mean difference over folds probably lies.

    The posterior is Student's t with J - 1 degrees of freedom, centred on the mean difference, with
    the scale of the corrected resampled t-test.

    Args:
        folds: the differences.
        rope: half width of the region of practical equivalence, in the scale of the metric.

    Raises:
        NotComparableError: the rope is not above 0.

    Source:
        Methods E15; Corani and Benavoli (2015), Machine Learning 100, 285 to 304.

    Example:
        >>> found = bayesian_resampled_t(FoldDifferences(
        ...     differences=np.array([0.02, 0.01, 0.03, 0.00, 0.02]),
        ...     tested=np.full(5, 20), trained=np.full(5, 80)), rope=0.01)
        >>> round(found.left, 3), round(found.inside, 3), round(found.right, 3)
        (0.014, 0.225, 0.762)
    """
    if not rope > 0:
        raise NotComparableError(f"Expected a rope above 0, such as 0.01; got {rope}.")
    error, df = folds.standard_error(), folds.degrees_of_freedom
    if error == 0:
        left, right = float(folds.mean < -rope), float(folds.mean > rope)
    else:
        left = float(stdtr(df, (-rope - folds.mean) / error))
        right = float(stdtr(df, -(rope - folds.mean) / error))
    return RopeProbabilities(rope=rope, left=left, inside=1 - left - right, right=right)
