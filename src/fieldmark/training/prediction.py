"""A fine-tuned network: its scores, and how it is stored without pickle."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from fieldmark.backbones.loading import weights_digest
from fieldmark.backbones.networks import build_network
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import FieldmarkError, ImageError, StoreError, WeightsError
from fieldmark.core.storage import atomic_directory, read_json, write_json
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.dataset import read_batches
from fieldmark.images.pixel_statistics import PixelStatistics
from fieldmark.images.regions import Region
from fieldmark.images.value_range import check_pixels
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import ScoreKind
from fieldmark.training.data import FloatArray
from fieldmark.training.networks import give_classifier

_WEIGHTS: Final = "model.safetensors"
_HEADER: Final = "tuned.json"
_FORMAT: Final = "fieldmark tuned network 1"
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
    """

    backbone: BackboneSpec
    contract: PreprocessSpec
    label_space: LabelSpace
    training_ids: tuple[str, ...]
    network: torch.nn.Module
    record: Mapping[str, Any] = field(default_factory=dict)
    pixels: PixelStatistics | None = None

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
        """Return the logits of prepared pictures.

        Args:
            pixels: float32 array (n, 3, crop_size, crop_size), as the contract says; n may be 0.

        Returns:
            float32 array (n, n_classes).

        Raises:
            ImageError: the pictures have another shape or dtype, or contradict the range that the
                contract states.
            WeightsError: a logit is not finite.
        """
        side = self.contract.crop_size
        if pixels.dtype != np.float32 or pixels.ndim != 4 or pixels.shape[1:] != (3, side, side):
            raise ImageError(
                f"Expected float32 pictures of shape (n, 3, {side}, {side}); found {pixels.dtype}"
                f" of shape {pixels.shape}: prepare them with the model's contract."
            )
        if len(pixels) == 0:
            return np.empty((0, len(self.label_space)), dtype=np.float32)
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
            WeightsError: a logit is not finite.
        """
        batches = read_batches(images, self.contract, batch_size=batch_size, regions=regions)
        return _stacked((self.score(batch.pixels) for batch in batches), len(self.label_space))


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


def save_tuned(model: TunedModel, folder: Path) -> None:
    """Write a fine-tuned network to a folder, whole or not at all; what was there is replaced."""
    from safetensors.torch import save_file

    state = {name: value.contiguous() for name, value in model.network.state_dict().items()}
    with atomic_directory(folder) as place:
        save_file(state, place / _WEIGHTS)
        header = {
            "format": _FORMAT,
            "backbone": model.backbone.to_dict(),
            "contract": model.contract.to_dict(),
            "classes": list(model.label_space.classes),
            "training_ids": list(model.training_ids),
            "weights_digest": model.digest,
            "record": dict(model.record),
            "pixels": None if model.pixels is None else model.pixels.to_dict(),
        }
        write_json(place / _HEADER, header)


def load_tuned(folder: Path) -> TunedModel:
    """Return a stored network; it gives the scores that the saved one gave.

    Raises:
        StoreError: something is missing or damaged, or was not written by `save_tuned`.
    """
    from safetensors.torch import load_file

    header = read_json(folder / _HEADER)
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        found = header.get("format") if isinstance(header, dict) else header
        raise StoreError(
            f"Expected a fine-tuned network ('{_FORMAT}') in {folder}; its {_HEADER} says"
            f" {found!r}. Train and save it again."
        )
    try:
        backbone = BackboneSpec(**header["backbone"])
        network = build_network(backbone)
        give_classifier(network, len(header["classes"]))
        network.load_state_dict(load_file(folder / _WEIGHTS))
        model = TunedModel(
            backbone,
            PreprocessSpec.from_dict(header["contract"]),
            LabelSpace(tuple(header["classes"])),
            tuple(header["training_ids"]),
            network.to(memory_format=torch.channels_last),
            header["record"],
            None if header.get("pixels") is None else PixelStatistics.from_dict(header["pixels"]),
        )
        whole = model.digest == header["weights_digest"]
    except FieldmarkError:
        raise
    except Exception as error:  # readers raise what they like on damaged files
        raise StoreError(
            f"{folder} does not hold a fine-tuned network ({error!r:.200}). Train and save it"
            " again."
        ) from None
    if not whole:
        raise StoreError(
            f"{folder / _WEIGHTS} is damaged: its content is not what was saved. Train and save it"
            " again."
        )
    return model


def _stacked(blocks: Iterable[FloatArray], classes: int) -> FloatArray:
    found = list(blocks)
    return np.concatenate(found) if found else np.empty((0, classes), dtype=np.float32)
