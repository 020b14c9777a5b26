"""A confusion matrix of any number of names, as a small picture with the blocks of the tree."""

import base64
import struct
import zlib
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from fieldmark.core.checks import count_of
from fieldmark.report.figures import Picture
from fieldmark.report.numbers import SHARE, count, shortened
from fieldmark.report.rank_confusions import RankConfusion
from fieldmark.report.svg import PALETTE

_MOST_PIXELS = 480
_SIDE, _MARGIN = 640.0, 170.0
_LEAST_LABEL = 11.0
_NAME_LIMIT = 22
#: Right, mixed up under one parent, mixed up beyond it.
_COLOURS = (PALETTE[0], PALETTE[4], PALETTE[1])
# Of a cell that is rare: small dots have to be strong to be seen, large cells must not flood.
_FAINTEST_DOT, _FAINTEST_CELL, _FEW_NAMES = 0.4, 0.08, 160


def dense_figure(confusion: RankConfusion, *, contender: str, split: str) -> Picture:
    """Return the whole matrix at one rank, row by row in shares, however many names there are.

    Rows are labels, columns answers, relatives side by side; lines part the blocks of a common
    ancestor. Where a pixel stands for several cells, it shows the greatest share among them. The
    colour says whether a cell is right, a mix-up under one parent or one beyond it, and grows with
    the square root of the share.

    Args:
        confusion: at least one name.
        contender: whose answers.
        split: the part that they were given on.
    """
    png = base64.b64encode(png_of(pixels_of(confusion))).decode()
    title = f"What {contender} takes for what: {confusion.rank}"
    svg = (
        f'<svg viewBox="0 0 {_SIDE + _MARGIN:g} {_SIDE:g}" role="img" '
        f'style="--width: {_SIDE + _MARGIN:g}px" class="dense"><title>{escape(title)}</title>'
        f'<image href="data:image/png;base64,{png}" width="{_SIDE:g}" height="{_SIDE:g}" '
        f'preserveAspectRatio="none"/>{_blocks(confusion)}'
        f'<rect width="{_SIDE:g}" height="{_SIDE:g}" class="frame"/></svg>'
    )
    return Picture(svg, _caption(confusion, split), title=title)


def pixels_of(confusion: RankConfusion) -> NDArray[np.uint8]:
    """Return the picture, uint8 (side, side, 4) in RGBA; at most 480 pixels wide.

    Args:
        confusion: at least one name.
    """
    width = len(confusion.names)
    side = min(width, _MOST_PIXELS)
    shares = confusion.count / confusion.labelled[confusion.truth]
    rows, columns = confusion.truth * side // width, confusion.predicted * side // width
    right, within = confusion.truth == confusion.predicted, confusion.is_within
    kinds = np.where(right, 0, np.where(within, 1, 2))
    picture = np.zeros((side, side, 4), dtype=np.uint8)
    # The greatest share of a pixel comes last and stays.
    order = np.argsort(shares, kind="stable")
    at = rows[order], columns[order]
    palette = np.array([[int(one[i : i + 2], 16) for i in (1, 3, 5)] for one in _COLOURS])
    picture[at[0], at[1], :3] = palette[kinds[order]]
    faintest = _FAINTEST_CELL if width <= _FEW_NAMES else _FAINTEST_DOT
    strength = faintest + (1 - faintest) * np.sqrt(shares[order])
    picture[at[0], at[1], 3] = np.round(255 * strength).astype(np.uint8)
    return picture


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    r"""Return RGBA pixels (height, width, 4) as the bytes of a PNG file.

    Example:
        >>> png_of(np.zeros((1, 1, 4), dtype=np.uint8))[:4]
        b'\x89PNG'
    """
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def _blocks(confusion: RankConfusion) -> str:
    """Return the lines between blocks; named are all rows or, where they are too many, blocks."""
    cell, end, last, marks = _SIDE / len(confusion.names), 0.0, -_LEAST_LABEL, []
    if cell >= _LEAST_LABEL:
        lines = [
            f'<path d="M0 {at * cell:.1f}H{_SIDE:g}M{at * cell:.1f} 0V{_SIDE:g}"/>'
            for at in np.cumsum([width for _, width in confusion.blocks])[:-1].tolist()
        ]
        return "".join(lines) + "".join(
            _label(name, (at + 0.5) * cell) for at, name in enumerate(confusion.names)
        )
    for name, width in confusion.blocks:
        end += width * cell
        if end < _SIDE - cell / 2:
            marks.append(f'<path d="M0 {end:.1f}H{_SIDE:g}M{end:.1f} 0V{_SIDE:g}"/>')
        middle = end - width * cell / 2
        if middle - last >= _LEAST_LABEL and middle > _LEAST_LABEL / 2:
            last = middle
            marks.append(_label(name, middle))
    return "".join(marks)


def _label(name: str, middle: float) -> str:
    text = escape(shortened(name, _NAME_LIMIT))
    return f'<text x="{_SIDE + 8:g}" y="{middle + 3.5:.1f}">{text}</text>'


def _caption(confusion: RankConfusion, split: str) -> str:
    images = confusion.images
    names = f"{count_of(len(confusion.names), 'name')} at the rank “{confusion.rank}”"
    right = SHARE.value(confusion.right / images)
    words = f"blue: right ({right})"
    beyond = images - confusion.right - confusion.within
    if confusion.parent_rank:
        within = SHARE.value(confusion.within / images)
        words += f"; yellow: mixed up within the {confusion.parent_rank} ({within})"
        words += f"; orange: mixed up beyond it ({SHARE.value(beyond / images)})"
    else:
        words += f"; orange: mixed up ({SHARE.value(beyond / images)})"
    lines = f", lines between each {confusion.block_rank}" if len(confusion.blocks) > 1 else ""
    return (
        f"On the split “{split}”: {names}, n = {count(images)}. Rows are labels, columns answers, "
        f"in the order of the tree{lines}; {words}. The colour grows with the share of the label's "
        "images."
    )
