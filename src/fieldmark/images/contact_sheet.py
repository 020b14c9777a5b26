"""One picture of many: rows of pictures under headings, with a caption to each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fieldmark.core.errors import ImageError
from fieldmark.images.augmentation_geometry import Picture

_PAPER: Final = (250, 250, 247)
_FRAME: Final = (228, 228, 222)
_INK: Final = (34, 34, 34)
_PALE: Final = (112, 112, 106)
_MARGIN, _GAP, _CAPTION = 28, 10, 24
_TITLE_SIZE, _TEXT_SIZE, _SMALL_SIZE = 24, 15, 13
_LINE: Final = 21
_HEADING: Final = 26

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, eq=False, slots=True)
class SheetRow:
    """Pictures that stand side by side.

    Attributes:
        caption: what they all show, such as the id and the label.
        pictures: uint8 arrays (height, width, 3) of any size, one for each heading.
    """

    caption: str
    pictures: tuple[Picture, ...]


def contact_sheet(
    title: str,
    notes: Sequence[str],
    *,
    headings: Sequence[str],
    rows: Sequence[SheetRow],
    side: int = 176,
) -> Image.Image:
    """Return a sheet of pictures, each fitted into a square with its proportions kept.

    Args:
        title: the first line.
        notes: the lines below it; what is too long for the sheet is wrapped.
        headings: one for each column.
        rows: at least one; each has a picture for every heading.
        side: of a square, in pixels.

    Returns:
        an RGB picture.

    Raises:
        ImageError: there is no row, or one has not a picture for every heading.
    """
    if not rows or any(len(row.pictures) != len(headings) for row in rows):
        raise ImageError(
            f"Expected at least one row with {len(headings)} pictures each; got rows of "
            f"{[len(row.pictures) for row in rows]}."
        )
    width = 2 * _MARGIN + len(headings) * side + (len(headings) - 1) * _GAP
    lines = [line for note in notes for line in _wrapped(note, width - 2 * _MARGIN)]
    top = _MARGIN + 40 + len(lines) * _LINE + _HEADING
    step = _CAPTION + side + _GAP
    sheet = Image.new("RGB", (width, top + len(rows) * step + _MARGIN - _GAP), _PAPER)
    _write_head(sheet, title, lines)
    for column, heading in enumerate(headings):
        place = (_left(column, side), top - _HEADING)
        _write(sheet, place, heading, size=_TEXT_SIZE, ink=_INK, within=side)
    for number, row in enumerate(rows):
        _paste_row(sheet, row, top + number * step, side)
    return sheet


def _write_head(sheet: Image.Image, title: str, lines: Sequence[str]) -> None:
    within = sheet.width - 2 * _MARGIN
    _write(sheet, (_MARGIN, _MARGIN - 4), title, size=_TITLE_SIZE, ink=_INK, within=within)
    for number, line in enumerate(lines):
        place = (_MARGIN, _MARGIN + 32 + number * _LINE)
        _write(sheet, place, line, size=_TEXT_SIZE, ink=_PALE, within=within)


def _paste_row(sheet: Image.Image, row: SheetRow, top: int, side: int) -> None:
    within = sheet.width - 2 * _MARGIN
    _write(sheet, (_MARGIN, top + 4), row.caption, size=_SMALL_SIZE, ink=_PALE, within=within)
    draw = ImageDraw.Draw(sheet)
    for column, picture in enumerate(row.pictures):
        left, upper = _left(column, side), top + _CAPTION
        draw.rectangle((left, upper, left + side - 1, upper + side - 1), fill=_FRAME)
        small = _fitted(picture, side)
        place = (left + (side - small.width) // 2, upper + (side - small.height) // 2)
        sheet.paste(small, place)


def _fitted(picture: Picture, side: int) -> Image.Image:
    """Return the picture as large as fits; small ones are enlarged."""
    image = Image.fromarray(np.ascontiguousarray(picture))
    scale = side / max(image.size)
    size = tuple(max(1, round(length * scale)) for length in image.size)
    filter_ = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
    return image.resize((size[0], size[1]), filter_)


def _left(column: int, side: int) -> int:
    return _MARGIN + column * (side + _GAP)


def _font(size: int) -> _Font:
    return ImageFont.load_default(size)


def _write(
    sheet: Image.Image,
    place: tuple[int, int],
    text: str,
    *,
    size: int,
    ink: tuple[int, int, int],
    within: int,
) -> None:
    font = _font(size)
    shown = text
    while font.getlength(shown) > within and len(shown) > 1:
        shown = shown.rstrip("…")[:-1] + "…"
    ImageDraw.Draw(sheet).text(place, shown, font=font, fill=ink)


def _wrapped(text: str, within: int) -> list[str]:
    font, lines = _font(_TEXT_SIZE), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= within or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
