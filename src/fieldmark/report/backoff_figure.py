"""The figures of backing off: how much, how finely and how rightly is answered."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from fieldmark.decision.rolled_up import CUSTOMARY
from fieldmark.evaluation.backoff_curve import BackoffCurve
from fieldmark.report.backoff_settings import BackoffSetting, Kind
from fieldmark.report.confidence_figures import LINES
from fieldmark.report.figures import Picture
from fieldmark.report.numbers import SHARE, count, shortened
from fieldmark.report.svg import (
    GREY,
    PALETTE,
    PAPER,
    WIDTH_INCHES,
    figure_settings,
    set_tips,
    svg_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAME_LIMIT = 30
_ALONG = ("coverage", "mean_depth")
#: What is marked on the curve, how, and what the legend says.
_MARKS: Final[dict[Kind, tuple[str, bool, str]]] = {
    "fixed": ("o", False, "fixed threshold 0.65"),
    "calibrated": ("o", True, "0.65 after temperature scaling"),
    "decision": ("*", True, "a decision of the study"),
}


def backoff_groups(curves: Sequence[BackoffCurve]) -> tuple[tuple[BackoffCurve, ...], ...]:
    """Return the curves of one split and one set of ranks together, in order of appearance."""
    groups: dict[tuple[str, tuple[str, ...]], list[BackoffCurve]] = {}
    for curve in curves:
        groups.setdefault((curve.split, curve.ranks), []).append(curve)
    return tuple(tuple(group) for group in groups.values())


def backoff_figure(
    curves: Sequence[BackoffCurve], settings: Sequence[BackoffSetting] = (), *, name: str
) -> Picture:
    """Return the error against the share of images that is answered, and against the mean depth.

    Args:
        curves: at least one, of one split and set of ranks; the first seven are drawn.
        settings: thresholds to mark on the curves of their contenders.
        name: of the figure on its page: letters and hyphens.
    """
    from matplotlib.figure import Figure

    drawn = curves[: len(PALETTE)]
    names = {curve.contender for curve in drawn}
    marked = [one for one in settings if one.kind in _MARKS and one.contender in names]
    with figure_settings():
        kinds = [kind for kind in _MARKS if any(one.kind == kind for one in marked)]
        legend_lines = -(-(len(drawn) + len(kinds)) // 2)
        size = (WIDTH_INCHES, 4.9 + 0.24 * legend_lines)
        figure = Figure(figsize=size, layout="constrained")
        upper, lower = figure.subplots(2, 1, sharey=True)
        for curve, colour, line in zip(drawn, PALETTE, LINES, strict=False):
            _draw_curve((upper, lower), curve, colour=colour, line=line)
            own = [one for one in marked if one.contender == curve.contender]
            _draw_marks((upper, lower), own, curve.ranks, colour=colour)
        _name_marks(upper, kinds)
        highest = max(1 - point.accuracy for curve in drawn for point in curve.points)
        upper.set_ylim(0, min(1.0, 1.08 * highest + 0.005))
        for axes in (upper.xaxis, upper.yaxis):
            axes.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
        for axes_of in (upper, lower):
            axes_of.set_ylabel("Wrong, of the answered")
        upper.set_xlabel("Share of the images that are answered at some rank")
        lower.set_xlabel(f"Mean depth: 0 no answer, {len(drawn[0].ranks)} always the finest rank")
        figure.legend(loc="outside lower left", ncols=2)
        svg = svg_of(figure, name=name, description="Error when backing off")
    return Picture(svg, _caption(drawn, curves), title="Backing off to a coarser rank")


def share_figure(
    curve: BackoffCurve, settings: Sequence[BackoffSetting] = (), *, name: str
) -> Picture:
    """Return how many images are answered at which rank, and how many wrongly, by threshold.

    Args:
        curve: of one contender.
        settings: decisions of that contender; those with one threshold for all ranks are drawn.
        name: of the figure on its page: letters and hyphens.
    """
    from matplotlib.figure import Figure

    thresholds = [point.threshold for point in curve.points]
    fine_first = [
        [point.shares[place] for point in curve.points]
        for place in reversed(range(len(curve.ranks)))
    ]
    wrong = [point.coverage * (1 - point.accuracy) for point in curve.points]
    with figure_settings():
        lines = -(-(len(curve.ranks) + 1) // 4)
        figure = Figure(figsize=(WIDTH_INCHES, 3.1 + 0.24 * lines), layout="constrained")
        axes = figure.add_subplot()
        axes.stackplot(
            thresholds,
            *fine_first,
            labels=curve.ranks[::-1],
            colors=_ramp(len(curve.ranks)),
            step="pre",
        )
        axes.step(thresholds, wrong, where="pre", color=PALETTE[1], linewidth=1.8, label="wrong")
        _draw_thresholds(axes, curve, settings)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
        axes.set_xlabel("Threshold on the summed probability")
        axes.set_ylabel("Share of the images")
        figure.legend(loc="outside lower left", ncols=4)
        svg = svg_of(figure, name=name, description=f"Ranks answered by {curve.contender}")
    caption = (
        f"The finest rank whose node reaches the threshold, on the split “{curve.split}”, "
        f"n = {count(curve.n)}; blank: no answer. Line: the share of all images whose answer is "
        "wrong. Dotted: 0.65; dashed: a decision with one threshold on these very scores."
    )
    title = f"At which rank {curve.contender} answers"
    return Picture(svg, caption, title=title)


def _draw_curve(
    axes: tuple["Axes", "Axes"],
    curve: BackoffCurve,
    *,
    colour: str,
    line: Any,
) -> None:
    label = shortened(curve.contender, _NAME_LIMIT)
    coverage, depth = ([getattr(point, name) for point in curve.points] for name in _ALONG)
    wrong = [1 - point.accuracy for point in curve.points]
    low = [float("nan") if point.high is None else 1 - point.high for point in curve.points]
    high = [float("nan") if point.low is None else 1 - point.low for point in curve.points]
    for place, along, name in ((axes[0], coverage, label), (axes[1], depth, None)):
        place.fill_between(along, low, high, color=colour, alpha=0.15, linewidth=0)
        (drawn,) = place.plot(along, wrong, color=colour, linestyle=line, linewidth=1.8, label=name)
        set_tips(drawn, _tips(curve))


def _draw_marks(
    axes: tuple["Axes", "Axes"],
    settings: Sequence[BackoffSetting],
    ranks: Sequence[str],
    *,
    colour: str,
) -> None:
    for one in settings:
        if one.answered.value is None or one.error.value is None:
            continue
        marker, is_filled, _ = _MARKS[one.kind]
        answered, error = SHARE.value(one.answered.value), SHARE.value(one.error.value)
        depth = sum((ranks.index(at.rank) + 1) * at.answered for at in one.by_rank()) / one.n
        tip = f"{one.contender}, {one.name}: {answered} answered, {error} wrong"
        for place, x in ((axes[0], one.answered.value), (axes[1], depth)):
            (mark,) = place.plot(
                x,
                one.error.value,
                marker,
                color=colour,
                markerfacecolor=colour if is_filled else PAPER,
                markersize=13 if marker == "*" else 8,
                markeredgewidth=1.6,
                clip_on=False,
                zorder=5,
            )
            set_tips(mark, (tip,))


def _name_marks(axes: "Axes", kinds: Sequence[Kind]) -> None:
    for kind in kinds:
        marker, is_filled, said = _MARKS[kind]
        fill = GREY if is_filled else PAPER
        size = 12 if marker == "*" else 7
        axes.plot([], [], marker, color=GREY, markerfacecolor=fill, markersize=size, label=said)


def _draw_thresholds(axes: "Axes", curve: BackoffCurve, settings: Sequence[BackoffSetting]) -> None:
    axes.axvline(CUSTOMARY, color=GREY, linewidth=1.3, linestyle=(0, (1, 1.2)))
    for one in settings:
        same = set(one.thresholds)
        is_on_these = one.kind == "decision" and not one.is_calibrated
        if is_on_these and one.contender == curve.contender and len(same) == 1:
            (threshold,) = same
            if threshold is not None and threshold != CUSTOMARY:
                axes.axvline(threshold, color=GREY, linewidth=1.3, linestyle=(0, (5, 2)))


def _ramp(ranks: int) -> list[tuple[float, float, float]]:
    """Return colours from dark, the finest rank, to light, the coarsest."""
    dark, light = (0.0, 0.29, 0.49), (0.80, 0.89, 0.95)
    steps = [place / max(1, ranks - 1) for place in range(ranks)]
    return [
        tuple(d + (li - d) * step for d, li in zip(dark, light, strict=True))  # type: ignore[misc]
        for step in steps
    ]


def _caption(drawn: Sequence[BackoffCurve], curves: Sequence[BackoffCurve]) -> str:
    first = drawn[0]
    shown = "" if len(drawn) == len(curves) else f" {len(drawn)} of {len(curves)} are drawn."
    method = f"{100 * first.level:g} % interval ({first.method})"
    return (
        f"Answers at the finest of {len(first.ranks)} ranks that is sure enough, on the split "
        f"“{first.split}”, n = {count(first.n)}. Each point is one threshold, read off the same "
        f"images, so it promises nothing. Depth 0: no answer; {len(first.ranks)}: always the "
        f"{first.ranks[-1]}. Band: {method}. A mark on calibrated scores may lie off its "
        f"curve.{shown}"
    )


def _tips(curve: BackoffCurve) -> list[str]:
    return [
        f"{curve.contender}, at least {point.threshold:.3f} sure: {SHARE.value(point.coverage)} "
        f"answered, {point.mean_depth:.2f} ranks deep, {SHARE.value(1 - point.accuracy)} wrong"
        for point in curve.points
    ]
