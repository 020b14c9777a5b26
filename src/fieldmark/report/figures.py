"""The figures of what was measured: contenders on one metric, and their ranks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.metrics import METRICS
from fieldmark.report.baseline_marks import draw_baselines
from fieldmark.report.grounds import Ground
from fieldmark.report.numbers import MISSING, count, shortened
from fieldmark.report.result_tables import style_of, title_of
from fieldmark.report.svg import (
    GREY,
    INK,
    MARKERS,
    PALETTE,
    WIDTH_INCHES,
    figure_settings,
    set_tips,
    svg_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_NAME_LIMIT = 30
_GROUP_WIDTH = 0.8
_Named = tuple[str, Estimate | None]


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure as SVG text, with its caption.

    Args:
        svg: the element.
        caption: what it shows, of how many.
        title: the heading above it.
        is_half: whether two of its kind stand side by side where the page is wide enough.
    """

    svg: str
    caption: str
    title: str = ""
    is_half: bool = False


def contender_figure(ground: Ground, metric: str, *, name: str) -> Picture:
    """Return dots with intervals, one line a contender, best first; baselines are dashed lines.

    A contender without a value gets a line with ``?``. A baseline far from every contender is
    named at the edge, so that it does not squeeze the intervals.

    Args:
        ground: whose rows are drawn.
        metric: identifier of the metric on the axis.
        name: of the figure on its page: letters and hyphens.
    """
    from matplotlib.figure import Figure

    contenders, baselines = named_estimates(ground, metric)
    contenders.sort(key=lambda row: _place(row[1], metric))
    with figure_settings():
        height = 1.2 + 0.34 * max(len(contenders), 1)
        figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        axes = figure.add_subplot()
        for position, (contender, estimate) in enumerate(contenders):
            _draw_dot(axes, position, estimate, contender=contender)
        names = [shortened(contender, _NAME_LIMIT) for contender, _ in contenders]
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(contenders) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        draw_baselines(axes, baselines)
        label_axis(axes.xaxis, metric)
        axes.set_xlabel(title_of(metric))
        svg = svg_of(figure, name=name, description=f"{title_of(metric)} of each contender")
    return Picture(svg, _caption(ground, metric), title=f"{title_of(metric)} of each contender")


def rank_figure(ground: Ground, metric: str, *, leaf_rank: str, name: str) -> Picture:
    """Return bars of a metric at each rank, coarse to fine, with intervals, for seven contenders.

    Args:
        ground: of ranks; its first seven contenders with estimates are drawn.
        metric: identifier of the metric on the axis.
        leaf_rank: name of the finest rank.
        name: of the figure on its page: letters and hyphens.
    """
    from matplotlib.figure import Figure

    ranks = [rank for rank, _ in ground.classes]
    measured = [row for row in ground.rows if row.estimates and not row.is_baseline]
    drawn = measured[: len(PALETTE)]
    with figure_settings():
        legend_lines = -(-len(drawn) // 2)
        figure = Figure(figsize=(WIDTH_INCHES, 3.3 + 0.22 * legend_lines), layout="constrained")
        axes = figure.add_subplot()
        for position, row in enumerate(drawn):
            shift = _GROUP_WIDTH / len(drawn) * (position - (len(drawn) - 1) / 2)
            estimates = [row.estimate(metric, rank) for rank in ranks]
            width = 0.9 * _GROUP_WIDTH / len(drawn)
            _draw_series(axes, estimates, position, label=row.name, shift=shift, width=width)
        axes.set_xticks(
            range(len(ranks)), [f"{rank or leaf_rank}\n{count(n)}" for rank, n in ground.classes]
        )
        axes.set_xlim(-0.6, len(ranks) - 0.4)
        axes.grid(visible=False, axis="x")
        axes.set_xlabel("Rank, coarse to fine, with its number of classes")
        axes.set_ylabel(title_of(metric))
        label_axis(axes.yaxis, metric)
        figure.legend(loc="outside lower left", ncols=2)
        svg = svg_of(figure, name=name, description=f"{title_of(metric)} at each rank")
    shown = "" if len(drawn) == len(measured) else f" {len(drawn)} of {len(measured)} are drawn."
    title = f"{title_of(metric)} at each rank"
    return Picture(svg, _caption(ground, metric) + shown, title=title)


def named_estimates(ground: Ground, metric: str) -> tuple[list[_Named], list[_Named]]:
    """Return (name, estimate) of the contenders, and of the baselines, of a ground."""
    named = [(row.name, row.estimate(metric), row.is_baseline) for row in ground.rows]
    contenders = [(name, estimate) for name, estimate, is_baseline in named if not is_baseline]
    return contenders, [(name, estimate) for name, estimate, is_baseline in named if is_baseline]


def label_axis(axis: "Axis", metric: str) -> None:
    """Write few ticks along an axis of values of a metric, with their unit."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=6))
    factor, unit = style_of(metric).factor, style_of(metric).unit
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{factor * value:.4g}{unit}"))


def _place(estimate: Estimate | None, metric: str) -> float:
    if estimate is None or estimate.value is None:
        return float("inf")
    lower_is_better = metric in METRICS and METRICS[metric].direction == "lower"
    return estimate.value if lower_is_better else -estimate.value


def _draw_dot(axes: "Axes", position: int, estimate: Estimate | None, *, contender: str) -> None:
    said, colour, weight = MISSING, GREY, "normal"
    if estimate is not None and estimate.value is not None:
        said, colour, weight = style_of(estimate.metric).value(estimate.value), INK, "bold"
        if estimate.low is not None and estimate.high is not None:
            axes.hlines(position, estimate.low, estimate.high, color=PALETTE[0], linewidth=2.4)
        (dot,) = axes.plot(estimate.value, position, "o", color=PALETTE[0], markersize=7.5)
        set_tips(dot, (f"{contender}: {estimate}",))
    axes.annotate(
        said,
        (1.02, position),
        xycoords=axes.get_yaxis_transform(),
        va="center",
        color=colour,
        fontweight=weight,
    )


def _draw_series(
    axes: "Axes",
    estimates: Sequence[Estimate | None],
    position: int,
    *,
    label: str,
    shift: float,
    width: float,
) -> None:
    """Draw one bar a rank with its interval and a mark at its end; what is missing has no bar."""
    places, values, lows, highs, tips = [], [], [], [], []
    for place, estimate in enumerate(estimates):
        if estimate is not None and estimate.value is not None:
            places.append(place + shift)
            values.append(estimate.value)
            lows.append(estimate.value if estimate.low is None else estimate.low)
            highs.append(estimate.value if estimate.high is None else estimate.high)
            tips.append(f"{label}: {estimate}")
    colour, marker = PALETTE[position], MARKERS[position]
    axes.bar(places, values, width, color=colour, alpha=0.28, linewidth=0)
    axes.vlines(places, lows, highs, color=colour, linewidth=1.8)
    name = shortened(label, _NAME_LIMIT)
    (marks,) = axes.plot(places, values, marker, color=colour, label=name, markersize=5.5)
    set_tips(marks, tips)


def _caption(ground: Ground, metric: str) -> str:
    rows = [row for row in ground.rows if not row.is_baseline]
    sizes = sorted({e.n for row in rows for e in row.estimates if e.metric == metric})
    n = " to ".join(count(size) for size in dict.fromkeys((*sizes[:1], *sizes[-1:])))
    where = f" on the split “{ground.split}”, n = {n}" if sizes else ""
    level = "" if ground.level is None else f" Line: {100 * ground.level:g} % interval."
    return f"{title_of(metric)}{where}.{level}"
