"""Test vectors: a few generated pictures with the scores that the exported model gave them.

The pictures are drawn here, so that no image of anybody lies in a bundle and none was learnt from.
They ask for what goes wrong in preparing pictures: orientation, transparency, proportions, grey;
where the contract asks for masks or boxes, each has one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import StoreError
from fieldmark.core.storage import read_array, read_json, write_json
from fieldmark.export.scorer import Scorer, score_each
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.preprocessing import preprocess_file
from fieldmark.images.regions import Box, Region

FOLDER: Final = "vectors"
TOLERANCE: Final = 1e-4
"""The largest difference of a score, relative to the largest absolute score, that may stand."""

_RECORD: Final = "vectors.json"
_SCORES: Final = "scores.npy"
_ORIENTATION: Final = 0x0112
_TURNED: Final = 6
"""Tag and value of EXIF: a picture that is stored lying on its side."""
_BOX: Final = (0.125, 0.25, 0.75, 0.5)
"""The box of every picture, as shares: x, y, width, height."""

_PICTURES: Final[Mapping[str, tuple[int, int, str]]] = {
    "landscape.png": (320, 240, "RGB"),
    "portrait.png": (180, 300, "RGB"),
    "transparent.png": (256, 256, "RGBA"),
    "turned.png": (280, 200, "RGB"),
    "grey.png": (150, 150, "L"),
    "small.png": (40, 30, "RGB"),
}

_FloatArray = npt.NDArray[np.float32]


def write_vectors(folder: Path, scorer: Scorer) -> None:
    """Write the pictures and their scores into a folder of a bundle that is being written."""
    folder.mkdir()
    for number, (name, (width, height, mode)) in enumerate(_PICTURES.items()):
        picture = Image.fromarray(_painted(width, height, number)).convert(mode)
        exif = Image.Exif()
        if name == "turned.png":
            exif[_ORIENTATION] = _TURNED
        picture.save(folder / name, exif=exif)
        if scorer.contract.mask is not None:
            upright = (height, width) if name == "turned.png" else (width, height)
            Image.fromarray(_disc(*upright)).save(_mask_of(folder / name))
    np.save(folder / _SCORES, _scored(folder, tuple(_PICTURES), scorer), allow_pickle=False)
    write_json(folder / _RECORD, {"pictures": list(_PICTURES), "tolerance": TOLERANCE})


def replay_vectors(folder: Path, scorer: Scorer) -> tuple[int, float, tuple[str, ...]]:
    """Score the pictures again, each alone, and compare.

    Returns:
        The number of pictures, the largest difference of a score relative to the largest absolute
        score, and one sentence if it is above the stated tolerance.

    Raises:
        StoreError: the record or the scores are not as `write_vectors` wrote them.
        ImageError: a picture cannot be read.
    """
    names, tolerance = _read_record(folder)
    stored = read_array(folder / _SCORES)
    if stored.shape != (len(names), len(scorer.label_space)):
        raise StoreError(
            f"Expected scores of {count_of(len(names), 'picture')} over"
            f" {count_of(len(scorer.label_space), 'class', 'classes')} in {folder / _SCORES}; found"
            f" the shape {stored.shape}. Export the model again."
        )
    found = _scored(folder, names, scorer)
    differences = np.abs(found.astype(np.float64) - stored).max(axis=1)
    relative = differences / max(1.0, float(np.abs(stored).max()))
    wrong = [name for name, value in zip(names, relative, strict=True) if not value <= tolerance]
    largest = float(relative.max())
    if not wrong:
        return len(names), largest, ()
    sentence = (
        f"{len(wrong)} of {count_of(len(names), 'test vector')} got other scores, by up to"
        f" {largest:.2g} of the largest score, at most {tolerance:g} expected: {first_few(wrong)}."
    )
    return len(names), largest, (sentence,)


def _scored(folder: Path, names: tuple[str, ...], scorer: Scorer) -> _FloatArray:
    prepared = []
    for name in names:
        region = _region_of(folder / name, scorer.contract)
        prepared.append(
            preprocess_file(
                folder / name, scorer.contract, mask_path=region.mask_path, box=region.box
            )
        )
    return score_each(scorer, np.stack(prepared))


def _region_of(picture: Path, contract: PreprocessSpec) -> Region:
    return Region(
        None if contract.mask is None else _mask_of(picture),
        None if contract.crop is None else Box(*_BOX, unit="shares"),
    )


def _mask_of(picture: Path) -> Path:
    return picture.with_name(f"{picture.stem}.mask.png")


def _read_record(folder: Path) -> tuple[tuple[str, ...], float]:
    record: Any = read_json(folder / _RECORD)
    try:
        names, tolerance = tuple(record["pictures"]), float(record["tolerance"])
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            f"{folder / _RECORD} describes no test vectors ({error!r}). Export the model again."
        ) from None
    return names, tolerance


def _painted(width: int, height: int, number: int) -> npt.NDArray[np.uint8]:
    """Return waves and a disc in four channels, uint8 (height, width, 4): integers throughout.

    Integer arithmetic alone gives the same picture on every machine.
    """
    down, across = np.mgrid[0:height, 0:width].astype(np.int64)
    step = 3 + 2 * number
    channels = [
        (across * step + down * number) % 256,
        (down * step + (across * across) // 97) % 256,
        ((across * down) // 61 + 40 * number) % 256,
        np.full_like(across, 255),
    ]
    disc = _disc(width, height)
    channels[number % 3] = np.where(disc, 220, channels[number % 3])
    channels[3] = np.where(disc, 90, channels[3])
    return np.stack(channels, axis=2).astype(np.uint8)


def _disc(width: int, height: int) -> npt.NDArray[np.bool_]:
    """Return a disc in the middle, bool (height, width), whose radius is a third of a side."""
    down, across = np.mgrid[0:height, 0:width].astype(np.int64)
    from_centre = (across - width // 2) ** 2 + (down - height // 2) ** 2
    inside: npt.NDArray[np.bool_] = from_centre < (min(width, height) // 3) ** 2
    return inside
