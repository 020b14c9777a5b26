"""The learning curves of trained cells."""

from collections.abc import Sequence

from fieldmark.core.checks import count_of
from fieldmark.report.exhibits import LearningCurve
from fieldmark.report.figures import Picture
from fieldmark.report.numbers import shortened
from fieldmark.report.svg import PALETTE, WIDTH_INCHES, figure_settings, svg_of

_NAME_LIMIT = 30


def curve_figure(curves: Sequence[LearningCurve], *, name: str) -> Picture:
    """Return the monitored metric after each epoch, the chosen epoch marked, for seven cells.

    Args:
        curves: at least one; the first seven are drawn.
        name: of the figure on its page: letters and hyphens.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    drawn = curves[: len(PALETTE)]
    with figure_settings():
        figure = Figure(figsize=(WIDTH_INCHES, 3.6), layout="constrained")
        axes = figure.add_subplot()
        for curve, colour in zip(drawn, PALETTE, strict=False):
            epochs = range(1, len(curve.values) + 1)
            label = shortened(curve.cell, _NAME_LIMIT)
            axes.plot(epochs, curve.values, color=colour, label=label, linewidth=1.6)
            if curve.chosen_epoch is not None:
                chosen = curve.values[curve.chosen_epoch - 1]
                axes.plot(curve.chosen_epoch, chosen, marker="o", color=colour, markersize=7)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("Epoch")
        axes.set_ylabel(shortened(drawn[0].metric, _NAME_LIMIT))
        figure.legend(loc="outside lower left", ncols=2)
        svg = svg_of(figure, name=name, description="Monitored metric after each epoch")
    shown = f"{len(drawn)} of {count_of(len(curves), 'trained cell')}"
    caption = f"{drawn[0].metric} after each epoch, for {shown}. Dot: the epoch kept."
    return Picture(svg, caption, title="Learning curves")
