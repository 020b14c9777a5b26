"""Trivial baselines on a figure of contenders: dashed lines with names that do not collide."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.numbers import shortened
from fieldmark.report.result_tables import style_of
from fieldmark.report.svg import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BASELINE_LIMIT = 42
_MOST_SQUEEZED = 3.0
_SAME_PLACE = 0.35

Named = tuple[str, Estimate | None]


def draw_baselines(axes: "Axes", baselines: Sequence[Named]) -> None:
    """Draw what lies near the contenders as dashed lines, and name the rest at the edge."""
    low, high = axes.get_xlim()
    edges: dict[str, list[str]] = {"left": [], "right": []}
    near: list[tuple[float, str]] = []
    for name, estimate in baselines:
        if estimate is None or estimate.value is None:
            continue
        value = style_of(estimate.metric).value(estimate.value)
        known = f"{shortened(name, _BASELINE_LIMIT)} {value}"
        reach = max(high, estimate.value) - min(low, estimate.value)
        if reach > _MOST_SQUEEZED * (high - low):
            edges["left" if estimate.value < low else "right"].append(known)
        else:
            near.append((estimate.value, known))
    for values, words in _neighbours(near, _SAME_PLACE * (high - low)):
        _draw_baseline(axes, values, words)
    said = [f"◂ {', '.join(edges['left'])}"] if edges["left"] else []
    said += [f"{', '.join(edges['right'])} ▸"] if edges["right"] else []
    if said:
        title = f"{'; '.join(said)} (off the scale)"
        axes.set_title(title, fontsize=9, fontweight="normal", color=GREY)


def _neighbours(
    marks: Sequence[tuple[float, str]], reach: float
) -> Iterator[tuple[list[float], str]]:
    """Yield the values that share one label, and the label: names would cover each other."""
    values: list[float] = []
    first, others = "", 0
    for value, words in sorted(marks):
        if values and value - values[0] <= reach:
            values.append(value)
            others += 1
            continue
        if values:
            yield values, _and_more(first, others)
        values, first, others = [value], words, 0
    if values:
        yield values, _and_more(first, others)


def _and_more(first: str, others: int) -> str:
    return f"{first} and {others} more" if others else first


def _draw_baseline(axes: "Axes", values: Sequence[float], words: str) -> None:
    for value in values:
        axes.axvline(value, color=GREY, linestyle=(0, (4, 3)), linewidth=1.2)
    axes.annotate(
        words,
        (values[0], 1.0),
        xycoords=axes.get_xaxis_transform(),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        fontsize=9,
        color=GREY,
    )
