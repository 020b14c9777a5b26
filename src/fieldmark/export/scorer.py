"""What a bundle, a study and a server ask of a model: prepared pictures in, scores out."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fieldmark.backbones.encoders import Encoder
from fieldmark.backbones.runtimes import RUNTIMES
from fieldmark.core.checks import count_of, field_differences
from fieldmark.core.errors import NotComparableError, StoreError
from fieldmark.embeddings.table import FloatArray
from fieldmark.heads.head import Head
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.pixel_statistics import PixelStatistics
from fieldmark.images.value_range import check_pixels
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind


class Scorer(Protocol):
    """A model that answers; a fine-tuned network is one as it stands."""

    @property
    def contract(self) -> PreprocessSpec:
        """How pictures must be prepared."""
        ...

    @property
    def label_space(self) -> LabelSpace:
        """The classes, in the order of the score columns."""
        ...

    @property
    def score_kind(self) -> ScoreKind:
        """What the scores are."""
        ...

    @property
    def pixels(self) -> PixelStatistics | None:
        """What the training images looked like once they were prepared; None if not known."""
        ...

    def score(self, pixels: FloatArray) -> FloatArray:
        """Return float32 scores (n, n_classes) of float32 pictures (n, 3, side, side)."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class EncoderHeadScorer:
    """A frozen backbone with a head on its vectors.

    The name under which the weights are kept may differ from the one that the head knows: their
    digest may not.

    Attributes:
        encoder: the open backbone.
        head: fitted on vectors of that backbone.

    Raises:
        NotComparableError: contract or tap are not those that the head was fitted on; names every
            field and both values.
    """

    encoder: Encoder
    head: Head

    def __post_init__(self) -> None:
        origin = self.head.origin
        differences = field_differences(origin.contract, self.encoder.contract.to_dict())
        differences += field_differences(
            {**origin.tap, "weights": ""}, {**self.encoder.tap, "weights": ""}
        )
        if differences:
            differing = count_of(len(differences), "field differs", "fields differ")
            raise NotComparableError(
                f"The head was not fitted on this backbone: {differing}"
                f" (head against backbone): {'; '.join(differences)}. Run the study again"
                " with the backbone as it is now."
            )

    @property
    def contract(self) -> PreprocessSpec:
        """How pictures must be prepared."""
        return self.encoder.contract

    @property
    def label_space(self) -> LabelSpace:
        """The classes, in the order of the score columns."""
        return self.head.label_space

    @property
    def score_kind(self) -> ScoreKind:
        """What the scores are."""
        return self.head.score_kind

    @property
    def pixels(self) -> PixelStatistics | None:
        """What the training images looked like once they were prepared; None if not known."""
        return self.head.origin.pixels

    def score(self, pixels: FloatArray) -> FloatArray:
        """Return the scores of prepared pictures.

        Args:
            pixels: float32 array (n, 3, crop_size, crop_size), as the contract says; n may be 0.

        Returns:
            float32 array (n, n_classes), of the kind `score_kind`.

        Raises:
            ImageError: the pictures have another shape or dtype, or contradict the range that the
                contract states.
            WeightsError: a vector is not finite.
        """
        if pixels.ndim == 4:
            check_pixels(pixels, self.contract)
        return self.head.scores_of(self.encoder.encode(pixels))


def score_each(scorer: Scorer, pixels: FloatArray) -> FloatArray:
    """Return the scores of prepared pictures, each scored by itself.

    Kernels round otherwise for other sizes of a batch; alone, the company of a picture cannot
    matter, and on a processor a batch is hardly faster.

    Args:
        scorer: the model.
        pixels: float32 array (n, 3, crop_size, crop_size); n may be 0.

    Returns:
        float32 array (n, n_classes).
    """
    if len(pixels) < 2:
        return scorer.score(pixels)
    return np.concatenate([scorer.score(pixels[row : row + 1]) for row in range(len(pixels))])


def runtime_of(words: str) -> str:
    """Return the name of the runtime that the identity of vectors calls by these words.

    Raises:
        StoreError: there is no such runtime here.

    Example:
        >>> runtime_of("torch float32")
        'torch-fp32'
    """
    for name, called in RUNTIMES.items():
        if called == words:
            return name
    raise StoreError(
        f"Expected vectors of a runtime that there is ({', '.join(RUNTIMES.values())}); the model"
        f" takes those of '{words}'. Use the version of fieldmark that trained it."
    )
