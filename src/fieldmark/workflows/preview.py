"""What training would see of a few images: the contract's picture, and it augmented by epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from fieldmark.core.checks import count_of, unknown_choice
from fieldmark.core.errors import ImageError, StudyError
from fieldmark.experiments.contenders import FineTunedContender, ImportedContender
from fieldmark.images.augmentation import augmented
from fieldmark.images.contact_sheet import SheetRow, contact_sheet
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.decoding import decode
from fieldmark.images.preprocessing import load_uint8
from fieldmark.images.presets import Preset, preset_of
from fieldmark.images.regions import WHOLE
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.regions import regions_of

_TRAIN = "train"


@dataclass(frozen=True, slots=True)
class Preview:
    """A contact sheet and what it shows.

    Attributes:
        sheet: the picture.
        preset: what training images go through.
        image_ids: whose rows they are.
        left_out: why other images could not be shown, one sentence each.
    """

    sheet: Image.Image
    preset: Preset
    image_ids: tuple[str, ...]
    left_out: tuple[str, ...]


def preview(
    ground: Ground,
    contender: str,
    *,
    images: int = 6,
    epochs: int = 5,
    preset: str | None = None,
    seed: int | None = None,
) -> Preview:
    """Return a contact sheet of training images, as a contender sees them.

    Args:
        ground: what all contenders share.
        contender: its name in the study.
        images: how many rows, at least 1; spread over the classes.
        epochs: how many augmented versions of each, at least 1.
        preset: name of an augmentation; None takes the contender's own.
        seed: of the training; None takes the first of the protocol.

    Raises:
        StudyError: there is no such contender, it was predicted elsewhere, or a count is below 1.
        ImageError: there is no such preset, or no image can be read.
    """
    if min(images, epochs) < 1:
        raise StudyError(
            f"Expected to show at least 1 image and 1 epoch; got {images} and {epochs}."
        )
    contract = contract_of_contender(ground, contender)
    chosen = preset_of(preset if preset is not None else own_preset(ground, contender))
    by = ground.file.study.protocol.seeds[0] if seed is None else seed
    shown = range(epochs if chosen.steps else 0)
    rows: dict[str, SheetRow] = {}
    refusals: list[str] = []
    for image_id in _spread_over_classes(ground):
        if len(rows) == images:
            break
        try:
            rows[image_id] = _row(ground, image_id, contract, preset=chosen, seed=by, epochs=shown)
        except ImageError as error:
            refusals.append(str(error))
    if not rows:
        raise ImageError(f"Expected a training image that can be read; {refusals[0]}")
    sheet = contact_sheet(
        f"{ground.file.study.study}: {contender}",
        _notes(contract, chosen, seed=by),
        headings=("photo", f"contract, {contract.crop_size} px", *(f"epoch {e}" for e in shown)),
        rows=tuple(rows.values()),
    )
    return Preview(sheet, chosen, tuple(rows), tuple(refusals))


def contract_of_contender(ground: Ground, name: str) -> PreprocessSpec:
    """Return the preprocessing contract of a contender that learns here.

    Raises:
        StudyError: there is no such contender, or its predictions were made elsewhere.
    """
    from fieldmark.backbones.networks import configuration_of, contract_of
    from fieldmark.workflows.learning import backbone_spec

    contenders = ground.file.study.contenders
    if name not in contenders:
        raise StudyError(unknown_choice("contender", name, contenders))
    contender = contenders[name]
    if isinstance(contender, ImportedContender):
        raise StudyError(
            f"The predictions of '{name}' were made elsewhere, so what it saw of an image is not "
            "known here; name a contender with a backbone."
        )
    spec = backbone_spec(ground.file, contender.backbone)
    return contract_of(spec, configuration_of(spec))


def own_preset(ground: Ground, name: str) -> str:
    """Return the augmentation that a contender is trained with: "none" unless it is fine-tuned."""
    contender = ground.file.study.contenders[name]
    return contender.training.augmentation if isinstance(contender, FineTunedContender) else "none"


def _row(
    ground: Ground,
    image_id: str,
    contract: PreprocessSpec,
    *,
    preset: Preset,
    seed: int,
    epochs: Sequence[int],
) -> SheetRow:
    path: Path = ground.manifest.image_path(image_id)
    own = ground.manifest.select([image_id])
    label, region = own.labels[0], (regions_of(own, contract) or {}).get(image_id, WHOLE)
    plain = load_uint8(path, contract, mask_path=region.mask_path, box=region.box)
    versions = (
        augmented(plain, preset, seed=seed, epoch=epoch, item_id=image_id) for epoch in epochs
    )
    return SheetRow(f"{label}   {image_id}", (np.asarray(decode(path)), plain, *versions))


def _spread_over_classes(ground: Ground) -> list[str]:
    """Return the training ids: the first of each class, then the second of each, and so on."""
    table = ground.manifest.select(ground.split.ids(_TRAIN))
    by_class: dict[str, list[str]] = {}
    for image_id, label in zip(table.ids, table.labels, strict=True):
        by_class.setdefault(label, []).append(image_id)
    places = [
        (place, label, image_id)
        for label, ids in by_class.items()
        for place, image_id in enumerate(sorted(ids))
    ]
    return [image_id for _, _, image_id in sorted(places)]


def _notes(contract: PreprocessSpec, preset: Preset, *, seed: int) -> tuple[str, ...]:
    resized = (
        f"Contract {contract.digest[:8]}: {contract.resize_rule}, {contract.resize_size} to "
        f"{contract.crop_size} px, {contract.interpolation}."
    )
    if not preset.steps:
        return (resized, "Augmentation 'none': training sees the contract's picture every epoch.")
    steps = "; ".join(
        f"{step.kind}: {step.note}"
        + ("" if step.chance == 1 else f" (chance {100 * step.chance:.0f} %)")
        for step in preset.steps
    )
    safe = "safe" if preset.safe_for_metric_learning else "not safe"
    return (
        resized,
        f"Augmentation '{preset.name}' {preset.digest[:8]}, "
        f"{count_of(len(preset.steps), 'step')}, seed {seed}. {steps}.",
        f"{'It may mirror images' if preset.mirrors else 'It mirrors nothing'}, "
        f"{'may cover parts of them' if preset.hides else 'covers nothing'}, and is {safe} for "
        "metric learning.",
    )


def write_sheet(found: Preview, path: Path) -> Path:
    """Write a contact sheet as PNG and return where it lies.

    Raises:
        StudyError: the name does not end in .png.
    """
    if path.suffix.lower() != ".png":
        raise StudyError(f"Expected a file that ends in .png for the sheet; got '{path}'.")
    path.parent.mkdir(parents=True, exist_ok=True)
    found.sheet.save(path, format="PNG")
    return path
