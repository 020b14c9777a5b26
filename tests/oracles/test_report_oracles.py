"""The page against independent readings of it: scikit-learn's counts, the drawn coordinates."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import confusion_matrix

from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.evaluate import judge
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.report.confusions import confusion_of
from fieldmark.report.content import ContenderRow, DataCard, ReportContent
from fieldmark.report.figures import contender_figure, rank_figure
from fieldmark.report.grounds import leaf_grounds, rank_grounds
from fieldmark.report.markdown import render_markdown
from fieldmark.report.page import render_page

VALUES = {"a": 0.913, "b": 0.847, "c": 0.702}


def row(name: str, value: float, **fields: object) -> ContenderRow:
    def estimate(at: float, rank: str | None, classes: int) -> Estimate:
        return Estimate(
            metric="accuracy",
            value=at,
            low=at - 0.021,
            high=at + 0.017,
            n=1226,
            method="Wilson",
            split="test",
            classes=classes,
            denominator="all 1,226 items",
            contender=name,
            rank=rank,
        )

    estimates = estimate(value, None, 40), estimate(value + 0.05, "genus", 9)
    return ContenderRow(name, estimates, 1, 1)


ROWS = tuple(row(name, value) for name, value in VALUES.items())


def dots(svg: str) -> list[tuple[float, float]]:
    """Return where the markers in the first colour are drawn: those of the first contender."""
    uses = ElementTree.fromstring(svg).iter("use")
    return [
        (float(use.get("x", "0")), float(use.get("y", "0")))
        for use in uses
        if "fill: var(--series-1)" in use.get("style", "")
    ]


def lines(svg: str) -> list[tuple[float, float]]:
    """Return the ends of the horizontal lines, (x1, x2), that intervals are drawn with."""
    drawn = re.findall(
        r'd="M ([\d.]+) ([\d.]+)\s+L ([\d.]+) ([\d.]+)\s*"[^>]*stroke: var\(--series-1\)', svg
    )
    return [(float(x1), float(x2)) for x1, y1, x2, y2 in drawn if y1 == y2]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_matrix_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes = tuple("abcdefg")
    labels = [classes[i] for i in rng.integers(7, size=300)]
    scores = rng.random((300, 7))
    predictions = Predictions(
        header=PredictionsHeader(score_kind="similarities", contender="probe"),
        items=pl.DataFrame({"id": [f"i{item}" for item in range(300)], "label": labels}),
        label_space=LabelSpace(classes),
        scores=scores,
    )
    found = confusion_of(predictions, judge(predictions).leaf)
    answers = [classes[i] for i in scores.argmax(axis=1)]
    assert np.array_equal(found.counts, confusion_matrix(labels, answers, labels=found.names))
    off_diagonal = found.counts - np.diag(np.diag(found.counts))
    assert found.pairs[0].count == off_diagonal.max()


def test_a_dot_lies_where_its_value_is() -> None:
    svg = contender_figure(leaf_grounds(ROWS)[0], "accuracy", name="dots").svg
    places = [x for x, _ in dots(svg)]
    values = sorted(VALUES.values(), reverse=True)
    slope = (places[0] - places[2]) / (values[0] - values[2])
    expected = [places[0] + slope * (value - values[0]) for value in values]
    assert places == pytest.approx(expected, abs=1e-3)


def test_an_interval_is_drawn_from_its_low_to_its_high_end() -> None:
    svg = contender_figure(leaf_grounds(ROWS)[0], "accuracy", name="dots").svg
    places = [x for x, _ in dots(svg)]
    values = sorted(VALUES.values(), reverse=True)
    slope = (places[0] - places[2]) / (values[0] - values[2])
    found = lines(svg)
    assert len(found) == 3
    for place, (start, end) in zip(places, found, strict=True):
        assert (place - start) / slope == pytest.approx(0.021, abs=1e-5)
        assert (end - place) / slope == pytest.approx(0.017, abs=1e-5)


def test_a_rank_lies_higher_where_its_value_is_higher() -> None:
    (ground,) = rank_grounds(ROWS, "accuracy")
    svg = rank_figure(ground, "accuracy", leaf_rank="species", name="ranks").svg
    genus, species, *_ = dots(svg)
    assert genus[0] < species[0]
    assert genus[1] < species[1]  # in SVG y grows downwards


class Tables(HTMLParser):
    """Reads all tables of a page: lists of rows of cells, texts joined by a blank."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.is_cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in {"td", "th"}:
            self.tables[-1][-1].append("")
            self.is_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.is_cell = self.is_cell and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self.is_cell:
            self.tables[-1][-1][-1] = f"{self.tables[-1][-1][-1]} {data.strip()}".strip()


def test_the_page_and_the_markdown_hold_the_same_tables() -> None:
    content = ReportContent(
        title="s",
        question="q",
        headline_metric="accuracy",
        verdict=("v",),
        rows=ROWS,
        data=DataCard(1226, (("genus", 9), ("species", 40)), 7, (("test", 1226),), excluded=0),
        provenance=(("fieldmark", "0.1.0"),),
    )
    blocks = re.findall(r"(?:^\|.*\|\n?)+", render_markdown(content), flags=re.MULTILINE)
    from_markdown = [
        [
            [re.sub(r" \((.*)\)$", r" \1", cell.strip()) for cell in line[1:-1].split("|")]
            for line in block.strip().splitlines()
            if not re.fullmatch(r"[| :-]+", line)
        ]
        for block in blocks
    ]
    unescaped = [
        [[cell.replace("\\", "") for cell in cells] for cells in rows] for rows in from_markdown
    ]
    assert unescaped == Tables(render_page(content)).tables
