"""The figure of how far training seeds lie apart."""

from fieldmark.report.figures import Picture, label_axis, named_estimates
from fieldmark.report.grounds import Ground
from fieldmark.report.numbers import shortened
from fieldmark.report.result_tables import style_of, title_of
from fieldmark.report.svg import GREY, PALETTE, WIDTH_INCHES, figure_settings, set_tips, svg_of

_NAME_LIMIT = 30


def seed_figure(ground: Ground, metric: str, *, name: str) -> Picture | None:
    """Return one dot a seed and one line at the mean for each contender with several seeds.

    Args:
        ground: whose rows are drawn.
        metric: identifier of the metric on the axis.
        name: of the figure on its page: letters and hyphens.

    Returns:
        The picture, or None when no contender was run with several seeds.
    """
    from matplotlib.figure import Figure

    contenders, _ = named_estimates(ground, metric)
    seeded = [(row, e) for row, e in contenders if e is not None and len(e.seed_values) > 1]
    if not seeded:
        return None
    style = style_of(metric)
    with figure_settings():
        figure = Figure(figsize=(WIDTH_INCHES, 1.1 + 0.42 * len(seeded)), layout="constrained")
        axes = figure.add_subplot()
        for position, (row, estimate) in enumerate(seeded):
            values = estimate.seed_values
            if estimate.value is not None:
                axes.vlines(estimate.value, position - 0.25, position + 0.25, color=GREY)
            (dots,) = axes.plot(
                values, [position] * len(values), "o", color=PALETTE[0], alpha=0.7, markersize=7
            )
            set_tips(dots, [f"{row}, a seed: {style.value(value)}" for value in values])
        axes.set_yticks(range(len(seeded)), [shortened(row, _NAME_LIMIT) for row, _ in seeded])
        axes.set_ylim(len(seeded) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        label_axis(axes.xaxis, metric)
        axes.set_xlabel(title_of(metric))
        svg = svg_of(figure, name=name, description=f"{title_of(metric)} of each seed")
    seeds = sorted({len(estimate.seed_values) for _, estimate in seeded})
    many = " to ".join(str(number) for number in dict.fromkeys((seeds[0], seeds[-1])))
    caption = (
        f"{title_of(metric)} on the split “{ground.split}” of each of {many} seeds, on the same "
        "images. Dot: a seed; line: their mean."
    )
    return Picture(svg, caption, title=f"{title_of(metric)} of each seed")
