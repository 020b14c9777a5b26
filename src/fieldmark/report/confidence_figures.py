"""The figures of confidence: reliability, histograms right against wrong, risk against coverage."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.report.confidences import BINS, ConfidenceAtRank
from fieldmark.report.figures import Picture
from fieldmark.report.numbers import MISSING, SHARE, count, shortened
from fieldmark.report.svg import GREY, PALETTE, WIDTH_INCHES, figure_settings, set_tips, svg_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HALF_INCHES = 4.2
_NAME_LIMIT = 30
LINES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 2, 1, 2)), (0, (8, 3)), (0, (3, 1)), "-")
_RIGHT, _WRONG = PALETTE[0], PALETTE[1]


def reliability_figure(found: ConfidenceAtRank, *, name: str) -> Picture:
    """Return how often answers of a confidence are right, with Wilson intervals and n per bin.

    Args:
        found: of one contender at one rank.
        name: of the figure on its page: letters and hyphens.
    """
    with figure_settings():
        figure = _half_figure(3.9)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
        upper.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        for one in found.bins:
            upper.vlines(
                one.mean_confidence,
                one.accuracy_low,
                one.accuracy_high,
                color=_RIGHT,
                linewidth=1.8,
            )
        places = [one.mean_confidence for one in found.bins]
        (dots,) = upper.plot(
            places, [one.accuracy for one in found.bins], "o", color=_RIGHT, markersize=5
        )
        set_tips(dots, _reliability_tips(found))
        _in_percent(upper, "xy")
        upper.set_ylim(-0.03, 1.03)
        upper.set_ylabel("Right")
        widths = [one.high - one.low for one in found.bins]
        edges = [one.low for one in found.bins]
        bars = lower.bar(edges, [one.n for one in found.bins], widths, align="edge", color=GREY)
        for bar, tip in zip(bars, _reliability_tips(found), strict=True):
            set_tips(bar, (tip,))
        _count_axis(lower, "n")
        lower.set_xlabel("Confidence")
        svg = svg_of(figure, name=name, description=f"Reliability of {found.contender}")
    gap = SHARE.value(found.calibration_error)
    caption = (
        f"At the rank “{found.rank}”, n = {count(found.n)}. Mean gap between confidence and "
        f"accuracy: {gap}. Line: 95 % Wilson interval; dashed: where both are equal."
    )
    title = f"Reliability of {found.contender}"
    return Picture(svg, caption, title=title, is_half=True)


def histogram_figure(found: ConfidenceAtRank, *, name: str) -> Picture:
    """Return how confident right answers are, and below them how confident wrong ones are.

    Args:
        found: of one contender at one rank.
        name: of the figure on its page: letters and hyphens.
    """
    sides = (
        ("Right", found.right, found.mean_right, _RIGHT),
        ("Wrong", found.wrong, found.mean_wrong, _WRONG),
    )
    with figure_settings():
        figure = _half_figure(3.9)
        for axes, (title, counts, mean, colour) in zip(
            figure.subplots(2, 1, sharex=True), sides, strict=True
        ):
            _draw_histogram(axes, counts, colour=colour)
            axes.set_title(f"{title}, n = {count(sum(counts))}", fontsize=10)
            if mean is None:
                _say(axes, f"no {title.lower()} answer")
            else:
                axes.axvline(mean, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
            _in_percent(axes, "x")
            _count_axis(axes, "Answers")
        axes.set_xlabel("Confidence")
        svg = svg_of(figure, name=name, description=f"Confidence of {found.contender}")
    means = [MISSING if mean is None else SHARE.value(mean) for _, _, mean, _ in sides]
    caption = (
        f"At the rank “{found.rank}”, n = {count(found.n)}. Dashed: "
        f"the mean, {means[0]} where right and {means[1]} where wrong."
    )
    title = f"Confidence of {found.contender}"
    return Picture(svg, caption, title=title, is_half=True)


def risk_coverage_figure(found: Sequence[ConfidenceAtRank], *, name: str) -> Picture:
    """Return the error of the answers that are given against the share that is given.

    Args:
        found: at least one, of different contenders at one rank, or of one contender at different
            ranks; the first seven are drawn.
        name: of the figure on its page: letters and hyphens.
    """
    drawn = found[: len(PALETTE)]
    by_rank = len({one.contender for one in drawn}) == 1 and len(drawn) > 1
    with figure_settings():
        legend_lines = -(-len(drawn) // 2)
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH_INCHES, 3.3 + 0.22 * legend_lines), layout="constrained")
        axes = figure.add_subplot()
        for one, colour, line in zip(drawn, PALETTE, LINES, strict=False):
            whose = one.rank if by_rank else shortened(one.contender, _NAME_LIMIT)
            label = f"{whose}, AURC {one.area:.4f}"
            (curve,) = axes.plot(
                one.curve.coverage,
                one.curve.risk,
                color=colour,
                linestyle=line,
                linewidth=1.8,
                label=label,
            )
            set_tips(curve, _coverage_tips(one, whose))
        axes.set_ylim(bottom=0)
        _in_percent(axes, "x")
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g} %")
        axes.set_xlabel("Coverage: share of the images that are answered, surest first")
        axes.set_ylabel("Risk: wrong among the answered")
        figure.legend(loc="outside lower left", ncols=2)
        svg = svg_of(figure, name=name, description="Risk against coverage")
    first = drawn[0]
    where = f"of {first.contender} at each rank" if by_rank else f"at the rank “{first.rank}”"
    sizes = sorted({one.n for one in drawn})
    n = " to ".join(count(size) for size in dict.fromkeys((sizes[0], sizes[-1])))
    shown = "" if len(drawn) == len(found) else f" {len(drawn)} of {count_of(len(found), 'curve')}."
    caption = (
        f"Risk against coverage {where}, on the split “{first.split}”, n = {n}. AURC: area under "
        f"the curve, lower is better.{shown}"
    )
    return Picture(svg, caption, title="Risk against coverage")


def _half_figure(height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(_HALF_INCHES, height), layout="constrained")


def _reliability_tips(found: ConfidenceAtRank) -> tuple[str, ...]:
    return tuple(
        f"confidence {SHARE.value(one.mean_confidence)}: {SHARE.value(one.accuracy)} right "
        f"({SHARE.interval(one.accuracy_low, one.accuracy_high)}), n = {count(one.n)}"
        for one in found.bins
    )


def _coverage_tips(found: ConfidenceAtRank, whose: str) -> tuple[str, ...]:
    curve = found.curve
    return tuple(
        f"{whose}: {SHARE.value(covered)} answered, {SHARE.value(risk)} of them wrong "
        f"(confidence at least {sure:.3f})"
        for covered, risk, sure in zip(
            curve.coverage.tolist(), curve.risk.tolist(), curve.threshold.tolist(), strict=True
        )
    )


def _draw_histogram(axes: "Axes", counts: Sequence[int], *, colour: str) -> None:
    edges = np.linspace(0, 1, BINS + 1)
    bars = axes.bar(edges[:-1], counts, 1 / BINS, align="edge", color=colour, linewidth=0)
    for bar, number, low in zip(bars, counts, edges, strict=False):
        share = f"{100 * low:.0f} to {100 * (low + 1 / BINS):.0f} %"
        set_tips(bar, (f"confidence {share}: {count_of(number, 'answer')}",))


def _say(axes: "Axes", words: str) -> None:
    axes.annotate(words, (0.5, 0.5), xycoords="axes fraction", ha="center", color=GREY)
    axes.set_yticks([])


def _in_percent(axes: "Axes", which: str) -> None:
    ticks = np.linspace(0, 1, 5)
    labels = [f"{100 * tick:.0f} %" for tick in ticks]
    for letter, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        if letter in which:
            axis.set_ticks(ticks, labels)
    axes.set_xlim(-0.02, 1.02)


def _count_axis(axes: "Axes", title: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: count(int(value)))
    axes.set_ylabel(title)
