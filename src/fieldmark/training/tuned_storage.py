"""A fine-tuned network on disk: tensors and JSON, no pickle."""

from pathlib import Path
from typing import Final

import torch

from fieldmark.backbones.networks import build_network
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import FieldmarkError, StoreError
from fieldmark.core.storage import atomic_directory, read_json, write_json
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.pixel_statistics import PixelStatistics
from fieldmark.manifest.labels import LabelSpace
from fieldmark.training.networks import give_classifier
from fieldmark.training.prediction import TunedModel
from fieldmark.training.tree_outputs import tree_outputs_from_dict

_WEIGHTS: Final = "model.safetensors"
_HEADER: Final = "tuned.json"
_FORMAT: Final = "fieldmark tuned network 1"


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
            "outputs": None if model.outputs is None else model.outputs.to_dict(),
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
        tree = header.get("outputs")
        outputs = None if tree is None else tree_outputs_from_dict(tree)
        give_classifier(network, len(header["classes"]), outputs)
        network.load_state_dict(load_file(folder / _WEIGHTS))
        model = TunedModel(
            backbone,
            PreprocessSpec.from_dict(header["contract"]),
            LabelSpace(tuple(header["classes"])),
            tuple(header["training_ids"]),
            network.to(memory_format=torch.channels_last),
            header["record"],
            None if header.get("pixels") is None else PixelStatistics.from_dict(header["pixels"]),
            outputs,
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
