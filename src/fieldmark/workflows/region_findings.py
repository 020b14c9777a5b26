"""What an audit finds in masks and boxes: headers of files are read, and no pixels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fieldmark.core.errors import ImageError
from fieldmark.core.progress import Progress
from fieldmark.experiments.contenders import ImportedContender
from fieldmark.images.cutting import mask_size
from fieldmark.images.decoding import picture_size
from fieldmark.images.regions import Region
from fieldmark.manifest.findings import Finding, finding
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.regions import regions_in

_BEYOND = 0.02


@dataclass(slots=True)
class _Cases:
    """What was found, one text a case."""

    missing: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)


def region_findings(ground: Ground, *, progress: Progress) -> list[Finding]:
    """Return what is wrong with the masks and boxes of a study; nothing where it names none.

    Images that cannot be opened are left to the audit of the files.

    Args:
        ground: the study.
        progress: who is told how far it is.
    """
    manifest = ground.manifest
    if not manifest.regions:
        return []
    cases = _Cases()
    regions = regions_in(manifest.mask_paths(), manifest.boxes(), unit=manifest.regions.box_unit)
    files = [manifest.root / path for path in manifest.frame["path"]]
    with progress.step("look at masks and boxes", len(files)) as step:
        for name, file, region in zip(manifest.ids, files, regions, strict=True):
            _look(name, file, region, cases)
            step.advance()
    return [*_findings(cases), *_unused(ground)]


def _look(name: str, file: Path, region: Region, cases: _Cases) -> None:
    mask = region.mask_path
    if mask is not None and not mask.is_file():
        cases.missing.append(f"{mask} of '{name}'")
        mask = None
    try:
        size = picture_size(file)
    except ImageError:
        return
    if mask is not None:
        cases.unlike += _unlike(name, mask, size)
    if region.box is None:
        return
    try:
        left, top, right, bottom = region.box.pixels(size)
    except ImageError as error:
        cases.outside.append(f"'{name}', {str(error).split(':')[0]}")
        return
    across, down = size if region.box.unit == "shares" else (1, 1)
    wide, high = region.box.width * across, region.box.height * down
    if (
        wide - (right - left) > _BEYOND * size[0] + 1
        or high - (bottom - top) > _BEYOND * size[1] + 1
    ):
        cases.beyond.append(f"'{name}'")


def _unlike(name: str, mask: Path, size: tuple[int, int]) -> Iterator[str]:
    try:
        found = mask_size(mask)
    except ImageError as error:
        yield f"'{name}': {error}"
        return
    if found != size:
        has, wanted = (f"{width:,} x {height:,}" for width, height in (found, size))
        yield f"'{name}': the mask has {has} pixels, the image {wanted}"


def _findings(cases: _Cases) -> list[Finding]:
    errors: Mapping[str, tuple[str, list[str]]] = {
        "missing_mask": (
            "Missing mask files: {count} (first: {first}). Copy them there, correct the column, or "
            "leave the rows out.",
            cases.missing,
        ),
        "mask_unlike_image": (
            "Masks that do not fit their image: {count} (first: {first}). A mask is a picture of "
            "the same size as its upright image.",
            cases.unlike,
        ),
        "box_outside_image": (
            "Boxes without a pixel of their image: {count} (first: {first}). A box is x, y, width, "
            "height; correct the columns, or their unit.",
            cases.outside,
        ),
    }
    found = [f for code, (text, bad) in errors.items() for f in finding(code, "error", text, bad)]
    return found + finding(
        "box_beyond_image",
        "warning",
        "Boxes that reach beyond their image by more than a fiftieth of its side: {count} (first: "
        "{first}). They are cut at its border; are they x, y, width, height of these very images?",
        cases.beyond,
    )


def _unused(ground: Ground) -> list[Finding]:
    """Say which columns no contender looks at: their preprocessing does not ask for them."""
    columns = ground.manifest.regions
    asked: set[str] = set()
    for contender in ground.file.study.contenders.values():
        if not isinstance(contender, ImportedContender):
            asked |= set(contender.backbone.preprocessing)
    unused = [] if columns.mask is None or "mask" in asked else ["the mask (mask: black, or crop)"]
    unused += [] if not columns.box or "crop" in asked else ["the box (crop: box)"]
    return finding(
        "region_unused",
        "warning",
        "Parts of images that the study names and no contender asks for in its preprocessing: "
        "{count} (first: {first}).",
        unused,
    )
