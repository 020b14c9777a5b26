"""What a report shows besides numbers: confusions, example images, learning curves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.core.errors import FieldmarkError
from fieldmark.evaluation.confusion_counts import ConfusionCounts
from fieldmark.report.rank_confusions import RankConfusion

_SURENESS = ((0.9, "at least 90 %"), (0.5, "50 to 90 %"))
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def media_type_of(image: bytes) -> str:
    """Return the media type that the first bytes tell; "" for none that a report shows.

    Example:
        >>> media_type_of(bytes([0xFF, 0xD8, 0xFF])), media_type_of(b"GIF89a")
        ('image/jpeg', '')
    """
    found = [kind for start, kind in _SIGNATURES.items() if image.startswith(start)]
    return found[0] if found else ""


@dataclass(frozen=True, slots=True)
class TakenFor:
    """How often the images of one class were taken for another.

    Args:
        truth: the class the images show.
        predicted: the class they were taken for.
        count: of such images, at least 1.
        of: images that show ``truth``.
        shared: the finest thing both have in common, such as "genus Amanita"; "" for nothing.
    """

    truth: str
    predicted: str
    count: int
    of: int
    shared: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Confusion:
    """What one contender takes for what, on one split.

    Args:
        contender: whose predictions.
        split: the part of the split they were made on.
        rank: the rank of the matrix; "class" without a taxonomy.
        names: of the rows and columns of the matrix; empty when no rank is small enough to read.
        counts: int64 (k, k), read-only; rows are the labels, columns the answers.
        blocks: (name, width) of neighbouring classes with the same parent; the widths sum to k.
            Empty without a parent rank.
        pairs: the most frequent mix-ups at the leaf, most frequent first.
        classes: how many classes the contender chose from at the leaf.
        images: how many images were judged.
        unknown: how many of them have a label that the contender does not know.
        others: how many classes the last row and column take together; 0 when each has its own.
        cells: the whole matrix at the leaf, sparse, to look into; None when it is not kept.
        ranks: the whole matrix at every rank, coarse to fine; none when they are not kept.

    Raises:
        FieldmarkError: the matrix is not as wide as it has names, or the blocks do not fill it.
    """

    contender: str
    split: str
    rank: str
    names: tuple[str, ...]
    counts: NDArray[np.int64]
    blocks: tuple[tuple[str, int], ...]
    pairs: tuple[TakenFor, ...]
    classes: int
    images: int
    unknown: int = 0
    others: int = 0
    cells: ConfusionCounts | None = None
    ranks: tuple[RankConfusion, ...] = ()

    def __post_init__(self) -> None:
        expected = (len(self.names), len(self.names))
        if self.counts.shape != expected:
            raise FieldmarkError(
                f"Expected a confusion matrix of shape {expected}, one row and column a name; "
                f"got {self.counts.shape}. Count the matrix over the named classes."
            )
        width = sum(width for _, width in self.blocks)
        if self.blocks and width != len(self.names):
            raise FieldmarkError(
                f"Expected blocks that together span {len(self.names)} classes; they span {width}. "
                "Give each class to exactly one block."
            )
        counts = np.array(self.counts, dtype=np.int64)
        counts.setflags(write=False)
        object.__setattr__(self, "counts", counts)


@dataclass(frozen=True, slots=True)
class ExampleImage:
    """One image with what a contender made of it.

    Args:
        thumbnail: the bytes of a PNG or JPEG file.
        identifier: the id of the image.
        truth: its label.
        predicted: the contender's answer.
        contender: whose answer.
        probability: of the answer, in [0, 1]; None when the scores are no probabilities.
        critical: the critical class in whose dossier it stands; "" for the gallery of all.
        departs_at: the coarsest rank at which the answer is not the label; "" where it is right,
            or without a taxonomy.
        observation: the thing that it shows, where several photos do; "" for none.
        others: the other photos of the observation with their own answers, as small copies.

    Raises:
        FieldmarkError: the bytes are neither PNG nor JPEG.
    """

    thumbnail: bytes
    identifier: str
    truth: str
    predicted: str
    contender: str
    probability: float | None = None
    critical: str = ""
    departs_at: str = ""
    observation: str = ""
    others: tuple["ExampleImage", ...] = ()

    def __post_init__(self) -> None:
        if not self.media_type:
            raise FieldmarkError(
                f"Expected the thumbnail of '{self.identifier}' as PNG or JPEG; its first bytes "
                f"are {self.thumbnail[:4]!r}. Encode it before handing it in."
            )

    @property
    def media_type(self) -> str:
        """The media type that the first bytes tell; "" for none that a report shows."""
        return media_type_of(self.thumbnail)

    @property
    def is_right(self) -> bool:
        """Whether the answer is the label."""
        return self.predicted == self.truth

    @property
    def sureness(self) -> str:
        """In words how probable the contender took its answer to be; "" without probabilities."""
        if self.probability is None:
            return ""
        above = [words for least, words in _SURENESS if self.probability >= least]
        return above[0] if above else "below 50 %"


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """The monitored metric of one cell after each epoch.

    Args:
        cell: the contender and seed, such as "linear/seed-0".
        metric: what was monitored, and on which split, in words.
        values: one a epoch, from epoch 1.
        chosen_epoch: the epoch that was kept, from 1; None when training chose none.

    Raises:
        FieldmarkError: the chosen epoch is not one of the epochs.
    """

    cell: str
    metric: str
    values: tuple[float, ...]
    chosen_epoch: int | None = None

    def __post_init__(self) -> None:
        if self.chosen_epoch is not None and not 1 <= self.chosen_epoch <= len(self.values):
            raise FieldmarkError(
                f"Expected the chosen epoch of '{self.cell}' in 1 to {len(self.values)}; "
                f"got {self.chosen_epoch}. Count epochs from 1."
            )


def right_and_wrong(
    examples: Sequence[ExampleImage],
) -> tuple[tuple[ExampleImage, ...], tuple[ExampleImage, ...]]:
    """Return the examples that were answered right, and those that were not, in their order."""
    right = tuple(example for example in examples if example.is_right)
    return right, tuple(example for example in examples if not example.is_right)
