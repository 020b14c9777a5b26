import dataclasses
import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from fieldmark.report.backoff_figure import backoff_figure, backoff_groups
from fieldmark.report.confidence_figures import (
    histogram_figure,
    reliability_figure,
    risk_coverage_figure,
)


def tips(svg: str) -> list[list[str]]:
    """Return what the figure reads out, one list a drawn group."""
    groups = ElementTree.fromstring(svg).iter("g")
    return [json.loads(group.get("data-tips", "")) for group in groups if group.get("data-tips")]


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_every_bin_of_a_reliability_diagram_says_its_n(make) -> None:
    leaf, *_ = make.confidences()
    picture = reliability_figure(leaf, name="r")
    points, *bars = tips(picture.svg)
    assert len(points) == len(bars) == len(leaf.bins)
    for bar, said in zip(leaf.bins, points, strict=True):
        assert said.endswith(f"n = {bar.n}")
        assert f"{100 * bar.accuracy:.2f} % right" in said
    assert picture.is_half
    assert picture.title == "Reliability of probe"
    assert "At the rank “species”, n = 40." in picture.caption


def test_dots_of_a_reliability_diagram_lie_where_their_bins_are(make) -> None:
    leaf, *_ = make.confidences()
    root = ElementTree.fromstring(reliability_figure(leaf, name="r").svg)
    group = next(group for group in root.iter("g") if group.get("data-tips"))
    x, y = (np.array([float(use.get(axis, "0")) for use in group.iter("use")]) for axis in "xy")
    expected = np.array([[bar.mean_confidence, bar.accuracy] for bar in leaf.bins])
    assert np.corrcoef(x, expected[:, 0])[0, 1] == pytest.approx(1)
    assert np.corrcoef(y, expected[:, 1])[0, 1] == pytest.approx(-1)  # in SVG y grows downwards


def test_right_and_wrong_have_their_bars_and_their_n(make) -> None:
    leaf, *_ = make.confidences()
    picture = histogram_figure(leaf, name="h")
    assert {"Right, n = 30", "Wrong, n = 10"} <= set(texts(picture.svg))
    assert sum(int(said[0].split(": ")[1].split()[0]) for said in tips(picture.svg)) == leaf.n


def test_no_wrong_answer_is_said_and_not_drawn(make) -> None:
    leaf, *_ = make.confidences()
    whole = dataclasses.replace(leaf, wrong=(0,) * 20, mean_wrong=None)
    picture = histogram_figure(whole, name="h")
    assert "no wrong answer" in texts(picture.svg)
    assert picture.caption.endswith("and ? where wrong.")


def test_risk_is_drawn_for_each_contender_with_its_area(make) -> None:
    curves = [make.confidences(name)[0] for name in ("probe", "knn")]
    picture = risk_coverage_figure(curves, name="risk")
    for one in curves:
        assert f"{one.contender}, AURC {one.area:.4f}" in texts(picture.svg)
    for one, said in zip(curves, tips(picture.svg), strict=True):
        assert len(said) == len(one.curve.coverage)
        assert said[-1].startswith(f"{one.contender}: 100.00 % answered")
    assert "at the rank “species”, on the split “test”, n = 40" in picture.caption


def test_risk_of_one_contender_is_drawn_at_each_rank(make) -> None:
    picture = risk_coverage_figure(make.confidences(), name="risk")
    assert "of probe at each rank" in picture.caption
    assert any(text.startswith("genus, AURC") for text in texts(picture.svg))


def test_more_than_seven_curves_are_not_told_apart_so_seven_are_drawn(make) -> None:
    curves = [make.confidences(f"c{number}")[0] for number in range(9)]
    assert risk_coverage_figure(curves, name="risk").caption.endswith("7 of 9 curves.")


def test_backing_off_shows_every_threshold(make) -> None:
    picture = backoff_figure([make.back_off(), make.back_off("knn")], name="back-off")
    found = tips(picture.svg)
    assert len(found) == 4
    assert found[0][1] == (
        "probe, at least 0.500 sure: 75.00 % answered, 1.50 ranks deep, 23.33 % wrong"
    )
    assert "n = 3,061" in picture.caption
    assert "2: always the species" in picture.caption


def test_curves_of_other_splits_or_ranks_are_drawn_apart(make) -> None:
    here = make.back_off()
    elsewhere = dataclasses.replace(here, split="validation")
    assert backoff_groups([here, elsewhere, here]) == ((here, here), (elsewhere,))
    many = [make.back_off(f"c{number}") for number in range(8)]
    assert backoff_figure(many, name="b").caption.endswith("7 of 8 are drawn.")
