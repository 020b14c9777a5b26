"""Ridge regression whose every group is predicted from all others, exactly, in one fit."""

import dataclasses
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import linalg

from fieldmark.core.checks import count_of
from fieldmark.core.errors import ManifestError
from fieldmark.heads.origin import PositionArray

_NOTHING: Final = float(np.finfo(np.float64).eps)

Float64Array = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Centred vectors in the directions in which they vary: every penalty is then one division.

    Attributes:
        values: float64 array (r,), squared lengths along each direction, at least 0.
        places: float64 array (n, r), each row's place along each direction.
    """

    values: Float64Array
    places: Float64Array


def ridge_leave_group_out(
    vectors: npt.NDArray[np.floating[Any]],
    targets: npt.NDArray[np.floating[Any]],
    groups: PositionArray,
    penalty: float,
) -> Float64Array:
    """Return for each row what a ridge regression without the row's group predicts for it.

    The regression has an intercept that is not penalised. Nothing is fitted again: with the hat
    matrix H of all rows, the residuals of a group g without it are (I - H_gg)^-1 times those with
    it. No scale is fitted, since that would look at the group that is left out.

    Args:
        vectors: float array (n, width).
        targets: float array (n, outputs).
        groups: integer array (n,), the group of each row; at least two groups.
        penalty: of the squared weights; above 0.

    Returns:
        float64 array (n, outputs).

    Raises:
        ManifestError: the arrays are not of one length, there is only one group, or the penalty is
            not above 0.

    Source:
        Hastie, Tibshirani and Friedman (2009), The elements of statistical learning, section 7.10,
        for groups in place of single rows.

    Example:
        >>> vectors, targets = np.array([[0.0], [1.0], [2.0]]), np.array([[0.0], [1.0], [2.0]])
        >>> ridge_leave_group_out(vectors, targets, np.arange(3), 0.5).round(3).tolist()
        [[0.75], [1.0], [1.25]]
    """
    _check(vectors, targets, groups, penalty)
    inputs = np.asarray(vectors, np.float64)
    inputs = inputs - inputs.mean(axis=0)
    if inputs.shape[1] > len(inputs):
        found = spectrum_of(inputs)
        half = found.places / np.sqrt(found.values + penalty)
    else:
        gram = inputs.T @ inputs
        gram.flat[:: len(gram) + 1] += penalty
        lower = linalg.cholesky(gram, lower=True, overwrite_a=True)
        half = linalg.solve_triangular(lower, inputs.T, lower=True).T
    return _left_out(half, np.asarray(targets, np.float64), groups)


def leave_group_out_path(
    spectrum: Spectrum,
    targets: Float64Array,
    groups: PositionArray,
    penalties: Float64Array,
) -> Iterator[Float64Array]:
    """Yield for each penalty what `ridge_leave_group_out` returns, from one decomposition.

    Args:
        spectrum: of the centred vectors.
        targets: float64 array (n, outputs).
        groups: integer array (n,); at least two groups.
        penalties: float64 array, each above 0.
    """
    for penalty in penalties:
        yield _left_out(spectrum.places / np.sqrt(spectrum.values + penalty), targets, groups)


def spectrum_of(centred: Float64Array) -> Spectrum:
    """Return the decomposition of centred vectors, by the smaller of their two products.

    Args:
        centred: float64 array (n, width), of mean 0.

    Example:
        >>> spectrum_of(np.array([[-3.0, 0.0], [3.0, 0.0]])).values.tolist()
        [0.0, 18.0]
    """
    if centred.shape[1] <= len(centred):
        values, directions = linalg.eigh(centred.T @ centred)
        return Spectrum(np.maximum(values, 0), centred @ directions)
    values, directions = linalg.eigh(centred @ centred.T)
    # Centred rows do not vary along the constant direction; what rounding leaves there would show.
    values[values < _NOTHING * len(values) * values.max(initial=0)] = 0
    return Spectrum(values, directions * np.sqrt(values))


def _left_out(half: Float64Array, targets: Float64Array, groups: PositionArray) -> Float64Array:
    """Return the predictions, where the hat matrix is ``half`` times its transpose, plus 1/n."""
    n = len(half)
    centre = targets.mean(axis=0)
    residuals = targets - centre - half @ (half.T @ (targets - centre))
    found = np.empty_like(targets)
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order])) + 1
    for rows in np.split(order, starts):
        inner = half[rows]
        kept = np.eye(len(rows)) - inner @ inner.T - 1 / n
        found[rows] = targets[rows] - linalg.solve(kept, residuals[rows], assume_a="pos")
    return found


def _check(
    vectors: npt.NDArray[np.floating[Any]],
    targets: npt.NDArray[np.floating[Any]],
    groups: PositionArray,
    penalty: float,
) -> None:
    lengths = len(vectors), len(targets), len(groups)
    if len(set(lengths)) > 1:
        raise ManifestError(
            "Expected a target and a group for every vector; got "
            f"{lengths[0]:,} vectors, {lengths[1]:,} targets and {lengths[2]:,} groups."
        )
    count = len(np.unique(groups))
    if count < 2:
        raise ManifestError(
            f"Expected at least two groups to leave one out; got {count_of(count, 'group')}."
        )
    if not penalty > 0:
        raise ManifestError(f"Expected a penalty above 0; got {penalty!r}.")
