"""The confusion matrix of one contender, row by row in percent."""

from typing import TYPE_CHECKING, Any

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.report.exhibits import Confusion
from fieldmark.report.figures import Picture
from fieldmark.report.numbers import count, shortened
from fieldmark.report.svg import GREY, INK, PALETTE, figure_settings, svg_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CELL_INCHES = 0.25
_NAME_LIMIT = 24
_MOST_WITH_NUMBERS = 12
# From nothing to opaque, so that the matrix stands on the ground of any theme.
_COLOUR = PALETTE[0]
_NO_IMAGES = "#8a949c40"
_TICKS = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)


def matrix_figure(confusion: Confusion, *, name: str) -> Picture:
    """Return the matrix: rows are labels, columns answers, each row adds up to 100 %.

    The colour grows with the square root of the share, so that rare mix-ups are seen. Lines part
    the blocks of a common parent. A row without images is grey.

    Args:
        confusion: with at least two names.
        name: of the figure on its page: letters and hyphens.
    """
    from matplotlib.figure import Figure

    sizes = confusion.counts.sum(axis=1)
    shares = np.ma.masked_invalid(
        np.divide(
            confusion.counts,
            sizes[:, None],
            out=np.full(confusion.counts.shape, np.nan),
            where=sizes[:, None] > 0,
        )
    )
    side = max(3.0, _CELL_INCHES * len(confusion.names))
    with figure_settings():
        figure = Figure(figsize=(side + 3.4, side + 2.4), layout="constrained")
        axes = figure.add_subplot()
        _draw_shares(figure, axes, shares)
        _name_rows(axes, confusion, sizes)
        _part_blocks(axes, confusion)
        if len(confusion.names) <= _MOST_WITH_NUMBERS:
            _write_shares(axes, shares)
        description = f"Confusion matrix of {confusion.contender} at the rank {confusion.rank}"
        svg = svg_of(figure, name=name, description=description)
    title = f"What {confusion.contender} takes for what"
    return Picture(svg, _caption(confusion), title=title)


def _draw_shares(figure: "Figure", axes: "Axes", shares: Any) -> None:
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm, to_rgba

    ramp = [to_rgba(_COLOUR, alpha=0.0), to_rgba(_COLOUR, alpha=1.0)]
    plain = LinearSegmentedColormap.from_list("share", ramp, N=64)
    colours = plain.with_extremes(bad=_NO_IMAGES)
    image = axes.imshow(
        shares, cmap=colours, norm=PowerNorm(0.5, vmin=0.0, vmax=1.0), interpolation="none"
    )
    bar = figure.colorbar(image, ax=axes, location="top", shrink=0.6, aspect=30, pad=0.02)
    bar.set_ticks(_TICKS, labels=[f"{100 * tick:g} %" for tick in _TICKS])
    bar.ax.tick_params(labelsize=8, length=0)
    bar.set_label("Share of the label's images", fontsize=9)
    bar.outline.set_visible(False)


def _name_rows(axes: "Axes", confusion: Confusion, sizes: Any) -> None:
    places = range(len(confusion.names))
    short = [shortened(label, _NAME_LIMIT) for label in confusion.names]
    rows = [f"{label}  n = {count(int(size))}" for label, size in zip(short, sizes, strict=True)]
    axes.set_yticks(places, rows, fontsize=8)
    axes.set_xticks(places, short, fontsize=8, rotation=90)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.set_ylabel("Label")
    axes.set_xlabel("Answer")


def _part_blocks(axes: "Axes", confusion: Confusion) -> None:
    if len(confusion.blocks) < 2:
        return
    start = 0
    for label, width in confusion.blocks:
        if start:
            axes.axhline(start - 0.5, color=GREY, linewidth=0.8)
            axes.axvline(start - 0.5, color=GREY, linewidth=0.8)
        axes.annotate(
            shortened(label, _NAME_LIMIT),
            (1.01, start + (width - 1) / 2),
            xycoords=axes.get_yaxis_transform(),
            va="center",
            fontsize=8,
            color=GREY,
        )
        start += width


def _write_shares(axes: "Axes", shares: Any) -> None:
    for (row, column), share in np.ndenumerate(shares):
        if not np.ma.is_masked(share) and share > 0:
            colour = "white" if share > 0.3 else INK
            text = f"{100 * share:.0f}" if share >= 0.01 else "<1"
            axes.annotate(text, (column, row), ha="center", va="center", fontsize=8, color=colour)


def _caption(confusion: Confusion) -> str:
    images = count_of(confusion.images, "image")
    names = f"{len(confusion.names)} names at the rank “{confusion.rank}”"
    unknown = ""
    if confusion.unknown:
        unknown = f" {count(confusion.unknown)} of them have a label the contender does not know."
    others = ""
    if confusion.others:
        others = f" The names with the most mix-ups; {count(confusion.others)} others together."
    return (
        f"{confusion.contender} on the split “{confusion.split}”: {names}, {images}."
        f"{unknown}{others} "
        "Each row adds up to 100 %; the colour grows with the square root of the share."
    )
