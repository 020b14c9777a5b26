"""A fine-tuned network, and its scores."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from fieldmark.backbones.loading import weights_digest
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import ImageError, WeightsError
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.dataset import read_batches
from fieldmark.images.pixel_statistics import PixelStatistics
from fieldmark.images.regions import Region
from fieldmark.images.value_range import check_pixels
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind
from fieldmark.training.data import FloatArray
from fieldmark.training.tree_outputs import TreeOutputs

_RUNTIME: Final = "torch float32"


@dataclass(frozen=True, eq=False)
class TunedModel:
    """A fine-tuned network, frozen, in evaluation mode.

    Attributes:
        backbone: network, options and the weights that it began with.
        contract: how pictures must be prepared.
        label_space: the classes, in the order of the score columns.
        training_ids: what it learnt from.
        network: the network with its classifier.
        record: what happened while it was trained, as JSON holds it.
        pixels: what the training images looked like once they were prepared; None where that is
            not known.
        outputs: what the network gives where its classes are leaves of a tree; None where it gives
            one logit a class.
    """

    backbone: BackboneSpec
    contract: PreprocessSpec
    label_space: LabelSpace
    training_ids: tuple[str, ...]
    network: torch.nn.Module
    record: Mapping[str, Any] = field(default_factory=dict)
    pixels: PixelStatistics | None = None
    outputs: TreeOutputs | None = None

    def __post_init__(self) -> None:
        self.network.eval().requires_grad_(requires_grad=False)

    @property
    def score_kind(self) -> ScoreKind:
        """Logits: their softmax is the modelled probability."""
        return ScoreKind.LOGITS

    @functools.cached_property
    def digest(self) -> str:
        """The digest of every value that inference reads."""
        return weights_digest(self.network)

    @property
    def tap(self) -> dict[str, Any]:
        """What gave the scores, ready for JSON: tap "tuned", and the digest of the weights."""
        return {
            "backbone": self.backbone.name,
            "weights": "fine-tuned",
            "weights_digest": self.digest,
            "tap": "tuned",
            "options": dict(self.backbone.options),
            "runtime": _RUNTIME,
        }

    def score(self, pixels: FloatArray) -> FloatArray:
        """Return the logits of prepared pictures over the classes, whatever the network gives.

        Args:
            pixels: float32 array (n, 3, crop_size, crop_size), as the contract says; n may be 0.

        Returns:
            float32 array (n, n_classes).

        Raises:
            ImageError: the pictures have another shape or dtype, or contradict the range that the
                contract states.
            WeightsError: an output is not finite.
        """
        return self.class_scores(self.give(pixels))

    def give(self, pixels: FloatArray) -> FloatArray:
        """Return what the network gives for prepared pictures.

        Args:
            pixels: float32 array (n, 3, crop_size, crop_size), as the contract says; n may be 0.

        Returns:
            float32 array (n, n_outputs), which `class_scores` and `rank_scores` read.

        Raises:
            ImageError: the pictures have another shape or dtype, or contradict the range that the
                contract states.
            WeightsError: an output is not finite.
        """
        side = self.contract.crop_size
        if pixels.dtype != np.float32 or pixels.ndim != 4 or pixels.shape[1:] != (3, side, side):
            raise ImageError(
                f"Expected float32 pictures of shape (n, 3, {side}, {side}); found {pixels.dtype}"
                f" of shape {pixels.shape}: prepare them with the model's contract."
            )
        if len(pixels) == 0:
            return np.empty((0, self._width), dtype=np.float32)
        check_pixels(pixels, self.contract)
        logits = forward(self.network, pixels)
        spoilt = int((~np.isfinite(logits)).any(axis=1).sum())
        if spoilt:
            raise WeightsError(
                f"Expected finite logits; {self.backbone.name} gave NaN or infinity for {spoilt} of"
                f" {len(pixels)} pictures: its training diverged."
            )
        return logits

    def predict_scores(
        self,
        images: Sequence[Path],
        *,
        regions: Sequence[Region] | None = None,
        batch_size: int = 32,
    ) -> FloatArray:
        """Return the logits of image files, each once, in their order.

        Args:
            images: readable files; may be empty.
            regions: mask and box of each, where the contract asks for them.
            batch_size: images at once.

        Returns:
            float32 array (n_images, n_classes).

        Raises:
            ImageError: an image cannot be read.
            WeightsError: an output is not finite.
        """
        return self.class_scores(
            self.predict_outputs(images, regions=regions, batch_size=batch_size)
        )

    def predict_outputs(
        self,
        images: Sequence[Path],
        *,
        regions: Sequence[Region] | None = None,
        batch_size: int = 32,
    ) -> FloatArray:
        """Return what the network gives for image files, each once, in their order.

        Args:
            images: readable files; may be empty.
            regions: mask and box of each, where the contract asks for them.
            batch_size: images at once.

        Returns:
            float32 array (n_images, n_outputs), which `class_scores` and `rank_scores` read.

        Raises:
            ImageError: an image cannot be read.
            WeightsError: an output is not finite.
        """
        batches = read_batches(images, self.contract, batch_size=batch_size, regions=regions)
        return _stacked((self.give(batch.pixels) for batch in batches), self._width)

    def class_scores(self, outputs: FloatArray) -> FloatArray:
        """Return logits over the classes, float32 (n, n_classes), of outputs (n, n_outputs)."""
        return outputs if self.outputs is None else self.outputs.leaf_scores(outputs)

    def rank_scores(self, outputs: FloatArray) -> dict[str, FloatArray] | None:
        """Return the raw logits of each rank's own head; None where ranks have none.

        Args:
            outputs: float32 array (n, n_outputs).

        Returns:
            rank -> float32 array (n, names at that rank, sorted), coarse to fine. Their best names
            may contradict each other; those read from `class_scores` never do.
        """
        return None if self.outputs is None else self.outputs.rank_scores(outputs)

    @property
    def _width(self) -> int:
        return len(self.label_space) if self.outputs is None else self.outputs.width


def forward(network: torch.nn.Module, pixels: FloatArray) -> FloatArray:
    """Return the outputs of a network in evaluation mode, float32 (n, k), on its own device."""
    device = next(network.parameters()).device
    with torch.inference_mode():
        given = torch.tensor(pixels, device=device).contiguous(memory_format=torch.channels_last)
        return np.ascontiguousarray(network(given).float().cpu().numpy())


def scores_of(
    network: torch.nn.Module,
    images: Sequence[Path],
    contract: PreprocessSpec,
    *,
    batch_size: int,
    regions: Sequence[Region] | None = None,
) -> FloatArray:
    """Return the outputs of a network that is still in training, for image files in their order.

    The network is left in evaluation mode. No image gives an array without rows or columns.
    """
    network.eval()
    batches = read_batches(images, contract, batch_size=batch_size, regions=regions)
    return _stacked((forward(network, batch.pixels) for batch in batches), 0)


def _stacked(blocks: Iterable[FloatArray], classes: int) -> FloatArray:
    found = list(blocks)
    return np.concatenate(found) if found else np.empty((0, classes), dtype=np.float32)
