"""Confidence right against wrong at every rank of one contender, side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fieldmark.report.confidences import BINS, ConfidenceAtRank
from fieldmark.report.figures import Picture
from fieldmark.report.numbers import SHARE, count
from fieldmark.report.svg import GREY, INK, PALETTE, WIDTH_INCHES, figure_settings, set_tips, svg_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_COLUMNS = 3
_PANEL_INCHES = 1.75
_RIGHT, _WRONG = PALETTE[0], PALETTE[1]
_EDGES = np.linspace(0, 1, BINS + 1)[:-1]


def rank_histogram_figure(found: Sequence[ConfidenceAtRank], *, name: str) -> Picture:
    """Return how confident answers are at each rank: right ones upwards, wrong ones downwards.

    Each panel has its own scale, since at coarse ranks nearly all answers may fall into one bin.

    Args:
        found: of one contender, at least one rank, fine to coarse as ``confidences_of`` gives them.
        name: of the figure on its page: letters and hyphens.
    """
    from matplotlib.figure import Figure

    ranks = found[::-1]
    columns = 2 if len(ranks) in (2, 4) else min(len(ranks), _MOST_COLUMNS)
    rows = -(-len(ranks) // columns)
    with figure_settings():
        size = (WIDTH_INCHES, 0.5 + _PANEL_INCHES * rows)
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
        for axes, one in zip(panels, ranks, strict=False):
            _draw(axes, one)
        for axes in panels[len(ranks) :]:
            axes.set_visible(False)
        for axes in panels[max(0, len(ranks) - columns) : len(ranks)]:
            axes.tick_params(labelbottom=True)
        figure.supxlabel("Confidence", fontsize=10, color=INK)
        svg = svg_of(figure, name=name, description=f"Confidence of {found[0].contender} by rank")
    first = found[0]
    caption = (
        f"On the split “{first.split}”, n = {count(first.n)}; share of all answers in {BINS} bins. "
        "Upwards: right; downwards: wrong; dashed: their means. Each rank has its own scale."
    )
    return Picture(svg, caption, title=f"Confidence of {first.contender} at each rank")


def _draw(axes: "Axes", one: ConfidenceAtRank) -> None:
    sides = (("right", 1, one.right, one.mean_right, _RIGHT),
             ("wrong", -1, one.wrong, one.mean_wrong, _WRONG))  # fmt: skip
    for words, sign, counts, mean, colour in sides:
        filled = [(low, number) for low, number in zip(_EDGES, counts, strict=True) if number]
        lows = [low for low, _ in filled]
        shares = [sign * number / one.n for _, number in filled]
        bars = axes.bar(lows, shares, 1 / BINS, align="edge", color=colour, linewidth=0)
        for bar, (low, number) in zip(bars, filled, strict=True):
            ends = f"{100 * low:.0f} to {100 * (low + 1 / BINS):.0f} %"
            tip = f"{one.rank}, confidence {ends}: {count(number)} {words} of {count(one.n)}"
            set_tips(bar, (tip,))
        if mean is not None:
            reach = 1.15 * sign * max(counts) / one.n
            axes.vlines(mean, 0, reach, color=INK, linewidth=1.1, linestyle=(0, (4, 3)))
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_title(f"{one.rank}: {SHARE.value(sum(one.right) / one.n)} right", fontsize=9.5)
    axes.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"], fontsize=9)
    axes.set_xlim(-0.02, 1.02)
    axes.locator_params(axis="y", nbins=4)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * abs(value):.3g} %")
    axes.tick_params(axis="y", labelsize=9)
