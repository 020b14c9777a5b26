"""What of each image counts, as tables of images say and a preprocessing contract asks."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import ImageError, StudyError
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.regions import WHOLE, Box, BoxUnit, Region

if TYPE_CHECKING:
    from fieldmark.manifest.table import Manifest

_KEYS = {"mask": "data.mask", "box": "data.box_xywh_pixels (or data.box_xywh_shares)"}
_OPTIONS = {"mask": "--mask", "box": "--box-xywh-pixels (or --box-xywh-shares)"}


def regions_of(manifest: "Manifest", contract: PreprocessSpec) -> dict[str, Region] | None:
    """Return mask and box of each image by id, those alone that the contract asks for.

    Contenders of one study may differ in it: what the manifest knows and a contract does not ask
    for is left aside.

    Args:
        manifest: the images.
        contract: how they are prepared.

    Returns:
        regions by id; None where the contract takes whole images.

    Raises:
        StudyError: the contract asks for masks or boxes, and the manifest has none.
        ManifestError: the path of a mask leaves the image root.
    """
    asked = _asked(contract)
    there = {"mask": manifest.regions.mask is not None, "box": bool(manifest.regions.box)}
    for what in asked:
        if not there[what]:
            raise StudyError(
                f"The preprocessing contract asks for a {what} of each image, and the study names "
                f"none: name its column as {_KEYS[what]}, or take it out of `preprocessing`."
            )
    if not asked:
        return None
    found = regions_in(
        manifest.mask_paths() if "mask" in asked else None,
        manifest.boxes() if "box" in asked else None,
        unit=manifest.regions.box_unit,
    )
    return dict(zip(manifest.ids, found, strict=True))


def regions_in(
    masks: Sequence[Path] | None,
    boxes: Sequence[tuple[float, float, float, float]] | None,
    *,
    unit: BoxUnit,
) -> list[Region]:
    """Return the regions of images, row by row; none without masks and boxes.

    Args:
        masks: path of each mask; None without masks.
        boxes: x, y, width, height of each box; None without boxes.
        unit: of the boxes.
    """
    if masks is None or boxes is None:
        alone = [Region(mask_path=mask) for mask in masks or ()]
        return alone or [Region(box=Box(*box, unit=unit)) for box in boxes or ()]
    return [Region(m, Box(*box, unit=unit)) for m, box in zip(masks, boxes, strict=True)]


def regions_for(
    photos: Sequence[Path], contract: PreprocessSpec, given: Sequence[Region] | None
) -> list[Region] | None:
    """Return mask and box of each photo that is to be answered, as the contract asks for them.

    Args:
        photos: files.
        contract: of the model that answers.
        given: one region a photo; what the contract does not ask for is left aside.

    Returns:
        one region a photo; None where the contract takes whole images.

    Raises:
        ImageError: the contract asks for a mask or a box, and photos come without, or there is not
            one region for each photo.
    """
    asked = _asked(contract)
    if not asked:
        return None
    found = [WHOLE] * len(photos) if given is None else list(given)
    if len(found) != len(photos):
        raise ImageError(
            f"Expected one region for each of {count_of(len(photos), 'photo')}; got {len(found):,}."
            " Name the photos one by one."
        )
    for what in asked:
        _require(what, [p for p, r in zip(photos, found, strict=True) if _of(r, what) is None])
    return [
        Region(
            region.mask_path if "mask" in asked else None, region.box if "box" in asked else None
        )
        for region in found
    ]


def _require(what: str, lacking: Sequence[Path]) -> None:
    if lacking:
        raise ImageError(
            f"This model looks at a {what} of each photo, and {count_of(len(lacking), 'photo')} "
            f"came without one (first: {first_few([str(path) for path in lacking])}): give a table "
            f"of photos, and name its column by {_OPTIONS[what]}."
        )


def _of(region: Region, what: str) -> object:
    return region.mask_path if what == "mask" else region.box


def _asked(contract: PreprocessSpec) -> Iterable[str]:
    fields = {"mask": contract.mask, "box": contract.crop}
    return tuple(what for what, field in fields.items() if field is not None)
