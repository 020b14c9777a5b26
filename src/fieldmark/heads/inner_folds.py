"""Folds inside the training images, by which a setting is chosen; groups are never torn."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import ManifestError, StudyError
from fieldmark.heads.origin import PositionArray


def inner_folds(positions: PositionArray, groups: PositionArray, count: int) -> PositionArray:
    """Return the fold of each image, int64 (n_images,) from 0; fewer folds where groups are few.

    Groups are dealt in turn, those of one class one after the other, so that each fold has about
    its share of each class. Nothing is drawn: the same images give the same folds.

    Args:
        positions: int64 array (n_images,), classes.
        groups: int64 array (n_images,), codes of groups.
        count: how many folds, at least 2.

    Example:
        >>> inner_folds(np.array([0, 0, 1, 1]), np.arange(4), 2).tolist()
        [0, 1, 0, 1]
    """
    _, first, code = np.unique(groups, return_index=True, return_inverse=True)
    turn = np.argsort(positions[first], kind="stable")
    fold_of_group = np.empty(len(first), np.int64)
    fold_of_group[turn] = np.arange(len(first)) % min(count, len(first))
    folds: PositionArray = fold_of_group[code]
    return folds


def group_codes(groups: Sequence[object] | None, n: int) -> PositionArray:
    """Return the groups as codes, int64 (n,); each image is its own group where none are given.

    Raises:
        ManifestError: there is not one group for each image.

    Example:
        >>> group_codes(["p1", "p2", "p1"], 3).tolist(), group_codes(None, 2).tolist()
        ([0, 1, 0], [0, 1])
    """
    if groups is None:
        return np.arange(n)
    if len(groups) != n:
        raise ManifestError(
            f"Expected a group for each of the {n:,} training images; got {len(groups):,}."
        )
    codes: dict[object, int] = {}
    return np.array([codes.setdefault(group, len(codes)) for group in groups], dtype=np.int64)


@dataclasses.dataclass(frozen=True, slots=True)
class Plateau:
    """How a setting was chosen among several, and which others are as good.

    Backbones of different width want different penalties; they are compared fairly where each
    stands on its own plateau, and not at the edge of the grid.

    Attributes:
        setting: what was chosen, in the words of the study file.
        values: what was tried, from small to large.
        losses: mean loss over the folds of each value; lower is better.
        errors: standard error of each over the folds; 0 with one fold.
        chosen: the value of the lowest loss; of equal losses the first.
        folds: how many folds.
    """

    setting: str
    values: tuple[float, ...]
    losses: tuple[float, ...]
    errors: tuple[float, ...]
    chosen: float
    folds: int

    def __post_init__(self) -> None:
        for name in ("values", "losses", "errors"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    @property
    def within(self) -> tuple[float, ...]:
        """All values whose loss is within one standard error of the lowest."""
        best = self.values.index(self.chosen)
        bound = self.losses[best] + self.errors[best]
        return tuple(
            value for value, loss in zip(self.values, self.losses, strict=True) if loss <= bound
        )

    @property
    def is_at_edge(self) -> bool:
        """Whether the grid ends at the chosen value, so that a better one may lie beyond."""
        return len(self.values) > 1 and self.chosen in (self.values[0], self.values[-1])

    @property
    def in_words(self) -> str:
        """One sentence for a log.

        Example:
            >>> Plateau("C", (0.1, 1.0), (0.5, 0.4), (0.02, 0.02), 1.0, 5).in_words
            'C = 1 of 2 values (5 inner folds); as good within one standard error: 1; the grid ends
            at 1, try beyond.'
        """
        same = ", ".join(f"{value:g}" for value in self.within)
        edge = f"; the grid ends at {self.chosen:g}, try beyond" if self.is_at_edge else ""
        return (
            f"{self.setting} = {self.chosen:g} of {len(self.values)} values ({self.folds} inner "
            f"folds); as good within one standard error: {same}{edge}."
        )


def plateau_of(setting: str, values: Sequence[float], losses: npt.NDArray[np.float64]) -> Plateau:
    """Return the report of a search.

    Args:
        setting: what was tried, in the words of the study file.
        values: from small to large; at least one.
        losses: float64 array (values, folds), lower is better.

    Raises:
        StudyError: a loss is not finite.
    """
    if not np.isfinite(losses).all():
        raise StudyError(
            f"Expected finite losses over the inner folds of '{setting}'; some are not. Look for "
            "vectors that are not finite."
        )
    folds = losses.shape[1]
    means = losses.mean(axis=1)
    spread = losses.std(axis=1, ddof=1) if folds > 1 else np.zeros(len(losses))
    errors = spread / np.sqrt(folds)
    chosen = float(values[int(means.argmin())])
    return Plateau(
        setting, tuple(values), tuple(means.tolist()), tuple(errors.tolist()), chosen, folds
    )
