import re

from fieldmark.report.curve_figure import curve_figure
from fieldmark.report.exhibits import LearningCurve


def words(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def curve(seed: int, chosen: int | None = 2) -> LearningCurve:
    return LearningCurve(f"probe/seed-{seed}", "macro F1 on validation", (0.5, 0.7, 0.6), chosen)


def test_cells_and_the_metric_are_named() -> None:
    picture = curve_figure([curve(0), curve(1, None)], name="curves")
    assert {"probe/seed-0", "probe/seed-1", "macro F1 on validation"} <= set(words(picture.svg))
    assert "for 2 of 2 trained cells" in picture.caption


def test_seven_cells_are_drawn_and_the_rest_is_counted() -> None:
    picture = curve_figure([curve(seed) for seed in range(9)], name="curves")
    assert "probe/seed-7" not in words(picture.svg)
    assert "for 7 of 9 trained cells" in picture.caption


def test_the_chosen_epoch_is_marked() -> None:
    with_dot = curve_figure([curve(0)], name="curves").svg
    assert with_dot.count("<use") > curve_figure([curve(0, None)], name="curves").svg.count("<use")
