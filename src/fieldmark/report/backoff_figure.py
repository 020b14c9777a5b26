"""The figure of backing off: how much, how finely and how rightly is answered."""

from collections.abc import Sequence

from fieldmark.evaluation.backoff_curve import BackoffCurve
from fieldmark.report.confidence_figures import LINES
from fieldmark.report.figures import Picture
from fieldmark.report.numbers import SHARE, count, shortened
from fieldmark.report.svg import PALETTE, WIDTH_INCHES, figure_settings, set_tips, svg_of

_NAME_LIMIT = 30


def backoff_groups(curves: Sequence[BackoffCurve]) -> tuple[tuple[BackoffCurve, ...], ...]:
    """Return the curves of one split and one set of ranks together, in order of appearance."""
    groups: dict[tuple[str, tuple[str, ...]], list[BackoffCurve]] = {}
    for curve in curves:
        groups.setdefault((curve.split, curve.ranks), []).append(curve)
    return tuple(tuple(group) for group in groups.values())


def backoff_figure(curves: Sequence[BackoffCurve], *, name: str) -> Picture:
    """Return accuracy and mean depth against the share of images that is answered at some rank.

    Args:
        curves: at least one, of one split and set of ranks; the first seven are drawn.
        name: of the figure on its page: letters and hyphens.
    """
    from matplotlib.figure import Figure

    drawn = curves[: len(PALETTE)]
    with figure_settings():
        legend_lines = -(-len(drawn) // 2)
        size = (WIDTH_INCHES, 4.9 + 0.24 * legend_lines)
        figure = Figure(figsize=size, layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True)
        for curve, colour, line in zip(drawn, PALETTE, LINES, strict=False):
            label = shortened(curve.contender, _NAME_LIMIT)
            covered = [point.coverage for point in curve.points]
            known = [point for point in curve.points if point.low is not None]
            upper.fill_between(
                [point.coverage for point in known],
                [point.low for point in known],
                [point.high for point in known],
                color=colour,
                alpha=0.15,
                linewidth=0,
            )
            right = [point.accuracy for point in curve.points]
            depth = [point.mean_depth for point in curve.points]
            for axes, values, name_of_line in ((upper, right, label), (lower, depth, None)):
                (drawn_line,) = axes.plot(
                    covered, values, color=colour, linestyle=line, linewidth=1.8, label=name_of_line
                )
                set_tips(drawn_line, _tips(curve))
        upper.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
        upper.set_ylabel("Right, of the answered")
        lower.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
        lower.set_ylabel("Mean depth, in ranks")
        lower.set_xlabel("Share of the images that are answered at some rank")
        figure.legend(loc="outside lower left", ncols=2)
        svg = svg_of(figure, name=name, description="Accuracy and depth when backing off")
    first = drawn[0]
    shown = "" if len(drawn) == len(curves) else f" {len(drawn)} of {len(curves)} are drawn."
    caption = (
        f"Answers at the finest of {len(first.ranks)} ranks that is sure enough, on the split "
        f"“{first.split}”, n = {count(first.n)}. Each point is one threshold, read off the same "
        f"images, so it promises nothing. Depth 0: no answer; {len(first.ranks)}: always the "
        f"{first.ranks[-1]}. Band: {100 * first.level:g} % interval ({first.method}).{shown}"
    )
    return Picture(svg, caption, title="Backing off to a coarser rank")


def _tips(curve: BackoffCurve) -> list[str]:
    return [
        f"{curve.contender}, at least {point.threshold:.3f} sure: {SHARE.value(point.coverage)} "
        f"answered, {point.mean_depth:.2f} ranks deep, {SHARE.value(point.accuracy)} right"
        for point in curve.points
    ]
