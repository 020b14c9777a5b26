"""The most similar photos of each query only: short lists, outside of which nothing is known."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.blocks import FloatArray
from fieldmark.predictions.rankings_similarities import FLOATS, IntArray, read_only


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class SimilarityLists:
    """For each query the most similar photos only; all other similarities are unknown.

    What is not in a list is less similar than what is. Row i holds the entries from ``offsets[i]``
    to ``offsets[i + 1]``.

    Args:
        offsets: int64 (n_queries + 1,), from 0 to the number of entries, not falling.
        positions: int64 (n_entries,), row in the gallery of each entry, once in a list.
        similarities: float16, float32 or float64 (n_entries,).
        n_gallery: number of photos of the gallery.

    Raises:
        PredictionsError: the arrays do not fit each other, a position is outside the gallery or
            stands twice in a list.

    Example:
        >>> lists = SimilarityLists(np.array([0, 2]), np.array([2, 0]), np.array([0.9, 0.5]), 3)
        >>> lists.block(np.array([0]), np.array([0, 1, 2])).tolist()
        [[0.5, nan, 0.9]]
    """

    kind: ClassVar[str] = "lists"
    is_partial: ClassVar[bool] = True

    offsets: IntArray
    positions: IntArray
    similarities: FloatArray
    n_gallery: int

    def __post_init__(self) -> None:
        self._check_offsets()
        outside = np.flatnonzero((self.positions < 0) | (self.positions >= self.n_gallery))
        if outside.size:
            raise PredictionsError(
                f"Expected positions from 0 to {self.n_gallery - 1:,} in the lists; "
                f"{outside.size:,} lie outside (first: {self.positions[outside[0]]})."
            )
        cells = self._row_of_entry() * self.n_gallery + self.positions
        repeated = len(cells) - len(np.unique(cells))
        if repeated:
            raise PredictionsError(
                f"Expected a photo once in the list of a query; "
                f"{count_of(repeated, 'entry repeats', 'entries repeat')} one. Keep the best."
            )
        for name in ("offsets", "positions", "similarities"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of queries and of gallery photos."""
        return len(self.offsets) - 1, self.n_gallery

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The lists, by the names under which they are stored."""
        return {
            "list_offsets": self.offsets,
            "list_positions": self.positions,
            "list_similarities": self.similarities,
        }

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        """Return float64 (len(rows), len(columns)); NaN for what is not in a list."""
        place = np.full(self.n_gallery, -1)
        place[columns] = np.arange(len(columns))
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        inside = np.repeat(np.arange(len(rows)), lengths)
        skipped = np.repeat(np.cumsum(lengths) - lengths, lengths)
        entries = np.arange(len(inside)) - skipped + np.repeat(self.offsets[rows], lengths)
        targets = place[self.positions[entries]]
        kept = targets >= 0
        found = np.full((len(rows), len(columns)), np.nan)
        found[inside[kept], targets[kept]] = self.similarities[entries[kept]]
        return found

    def _row_of_entry(self) -> IntArray:
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def _check_offsets(self) -> None:
        rising = len(self.offsets) > 0 and (np.diff(self.offsets) >= 0).all()
        ends = (0, len(self.positions))
        if not rising or (self.offsets[0], self.offsets[-1]) != ends:
            raise PredictionsError(
                f"Expected offsets of the lists that rise from 0 to {len(self.positions):,}."
            )
        if self.similarities.shape != self.positions.shape or self.similarities.dtype not in FLOATS:
            raise PredictionsError(
                f"Expected a floating similarity for each of {len(self.positions):,} entries; got "
                f"{self.similarities.dtype} of shape {self.similarities.shape}."
            )
