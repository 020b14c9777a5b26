"""Which image comes when: orders that depend on seed and epoch alone, and can be resumed."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from torch.utils.data import Sampler

from fieldmark.core.errors import StudyError
from fieldmark.core.randomness import generator_for


class EpochSampler(Sampler[int]):
    """Every image once an epoch, shuffled anew by (seed, epoch).

    Attributes:
        epoch: which epoch comes next, from 0.
        start: how many images of that epoch were seen before it was interrupted.

    Example:
        >>> sampler = EpochSampler(4, seed=0)
        >>> whole = list(sampler)
        >>> sampler.start = 3
        >>> list(sampler) == whole[3:]
        True
    """

    def __init__(self, images: int, *, seed: int) -> None:
        if images < 1:
            raise StudyError("Expected at least one image to train on; got none.")
        self._images, self._seed = images, seed
        self.epoch, self.start = 0, 0

    def __len__(self) -> int:
        """Return how many images are left in this epoch."""
        return self._images - self.start

    def __iter__(self) -> Iterator[int]:
        """Yield the positions of the images that are left in this epoch."""
        return iter(self.order()[self.start :].tolist())

    def order(self) -> npt.NDArray[np.int64]:
        """Return the positions of the whole epoch, int64 (n,)."""
        return generator_for("epoch order", self._seed, self.epoch).permutation(self._images)


class BalancedSampler(EpochSampler):
    """As many draws as images, with classes drawn evenly, or part of the way.

    Within a class, images take turns in a shuffled order, so that none is drawn twice before
    another was drawn once.

    Args:
        labels: position of the class of each image.
        seed: of the draws.
        strength: 1 draws every class equally often, 0 as often as it has images.

    Example:
        >>> sampler = BalancedSampler([0, 0, 0, 0, 0, 0, 0, 1], seed=0)
        >>> sum(position == 7 for position in sampler)
        4
    """

    def __init__(self, labels: Sequence[int], *, seed: int, strength: float = 1.0) -> None:
        super().__init__(len(labels), seed=seed)
        if not 0 <= strength <= 1:
            raise StudyError(f"Expected a strength of balance in [0, 1]; got {strength}.")
        self._labels = np.asarray(labels, dtype=np.int64)
        self._strength = strength

    def order(self) -> npt.NDArray[np.int64]:
        """Return the positions of the whole epoch, int64 (n,); an image may come repeatedly."""
        rng = generator_for("balanced order", self._seed, self.epoch)
        parts = []
        for label, draws in self._draws_of_classes(rng):
            images = np.flatnonzero(self._labels == label)
            turns = -(-draws // len(images))
            rounds = [rng.permutation(images) for _ in range(turns)]
            parts.append(np.concatenate(rounds)[:draws])
        return rng.permutation(np.concatenate(parts))

    def _draws_of_classes(self, rng: np.random.Generator) -> list[tuple[int, int]]:
        """Share the draws among the classes; what whole numbers leave over goes by lot."""
        classes, counts = np.unique(self._labels, return_counts=True)
        shares = counts ** (1 - self._strength)
        exact = len(self._labels) * shares / shares.sum()
        draws = np.floor(exact).astype(np.int64)
        left = len(self._labels) - int(draws.sum())
        if left:
            remainder = exact - draws
            lucky = rng.choice(len(classes), left, replace=False, p=remainder / remainder.sum())
            draws[lucky] += 1
        return [(int(c), int(d)) for c, d in zip(classes, draws, strict=True) if d]
