import html
import math
import re

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.evaluate import judge
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import build_taxonomy
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.report.confusions import confusion_of
from fieldmark.report.content import ContenderRow, DataCard, ReportContent
from fieldmark.report.grounds import leaf_grounds
from fieldmark.report.markdown import escaped
from fieldmark.report.numbers import MISSING, PLAIN, SHARE, shortened
from fieldmark.report.page import render_page
from fieldmark.report.result_tables import result_tables
from fieldmark.report.verdicts import verdict_sentences

SPECIES = tuple(f"s{number}" for number in range(12))
TREE = build_taxonomy(
    pl.DataFrame(
        {
            "family": [f"f{number // 6}" for number in range(12)],
            "genus": [f"g{number // 3}" for number in range(12)],
            "species": SPECIES,
        }
    ),
    ("family", "genus", "species"),
)
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)
SHARES = st.floats(0, 1)


def estimate(value: float | None, contender: str, classes: int = 9, n: int = 7) -> Estimate:
    ends = (None, None) if value is None else (value / 2, (1 + value) / 2)
    return Estimate(
        metric="accuracy",
        value=value,
        low=ends[0],
        high=ends[1],
        n=n,
        method="Wilson",
        split="test",
        classes=classes,
        denominator="all items",
        contender=contender,
    )


@st.composite
def rows(draw):
    """Up to six contenders: some without a result, some over other classes, some with cells due."""
    names = draw(st.lists(NAMES, max_size=6, unique=True))
    found = []
    for name in names:
        planned = draw(st.integers(1, 3))
        ran = draw(st.integers(0, planned))
        classes = draw(st.sampled_from((9, 9, 4)))
        value = draw(st.none() | SHARES)
        estimates = (estimate(value, name, classes),) if ran else ()
        found.append(ContenderRow(name, estimates, ran, planned))
    return tuple(found)


def content_of(found: tuple[ContenderRow, ...]) -> ReportContent:
    return ReportContent(
        title="study",
        question="Which?",
        headline_metric="accuracy",
        verdict=verdict_sentences(found, (), "accuracy"),
        rows=found,
        data=DataCard(7, (("class", 9),), None, (("test", 7),), excluded=0),
    )


@given(st.floats(-1e6, 1e6))
def test_what_is_written_is_the_number_up_to_its_decimals(value: float) -> None:
    said = PLAIN.value(value).replace(",", "").replace("−", "-")
    assert math.isclose(float(said), value, abs_tol=0.00051)
    share = SHARE.difference(value).removesuffix(" points").replace(",", "").replace("−", "-")
    assert math.isclose(float(share), 100 * value, abs_tol=0.0051, rel_tol=1e-12)


@given(st.floats(allow_nan=True, allow_infinity=True) | st.none())
def test_no_number_is_ever_written_as_nan_or_none(value: float | None) -> None:
    for text in (SHARE.value(value), PLAIN.difference_interval(value, value)):
        assert text == MISSING or re.fullmatch(r"[−+\d,.%to ]+", text)


@given(st.floats(-1, 1), st.floats(0, 1))
def test_an_interval_that_excludes_zero_reads_so(low: float, width: float) -> None:
    high = low + width
    if min(abs(low), abs(high)) < 1e-7:
        return
    ends = SHARE.difference_interval(low, high).replace("−", "-").split(" to ")
    assert [math.copysign(1, float(end)) for end in ends] == [
        math.copysign(1, end) for end in (low, high)
    ]
    assert all(float(end) != 0 for end in ends)


@given(NAMES, st.integers(3, 20))
def test_a_shortened_name_fits_and_keeps_its_ends(name: str, limit: int) -> None:
    cut = shortened(name, limit)
    assert len(cut) <= max(limit, 1)
    assert cut == name or (cut[0] == name[0] and cut[-1] == name[-1])


@given(st.text())
def test_escaped_text_is_one_line_without_markup(text: str) -> None:
    found = escaped(text)
    assert "\n" not in found
    assert "<" not in found
    assert not re.search(r"(?<!\\)(?:\\\\)*[|*_`\[\]]", found)
    assert html.unescape(re.sub(r"\\([\\`*_\[\]#|~])", r"\1", found)) == html.unescape(
        html.escape(" ".join(text.split()), quote=False)
    )


@given(rows())
def test_every_row_stands_on_some_ground_and_no_number_is_lost(found) -> None:
    grounds = leaf_grounds(found)
    assert {row.name for ground in grounds for row in ground.rows} == {row.name for row in found}
    placed = [e for ground in grounds for row in ground.rows for e in row.estimates]
    assert len(placed) == sum(len(row.estimates) for row in found)
    for ground in grounds:
        assert len({e.classes for row in ground.rows for e in row.estimates}) <= 1


@given(rows())
def test_nobody_is_best_without_comparisons(found) -> None:
    sentences = " ".join(verdict_sentences(found, (), "accuracy"))
    assert "is the best of" not in sentences or any("is the best of" in row.name for row in found)
    if any(row.missing_cells for row in found):
        assert sentences.startswith("Preliminary:")


@given(rows(), st.randoms())
def test_the_order_of_the_rows_changes_no_cell(found, random) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)

    def cells(some) -> set[tuple[str, ...]]:
        tables = result_tables(content_of(tuple(some)))
        numbers = [row for table in tables for row in table.rows if row[-1].text != MISSING]
        return {tuple(cell.text for cell in row) for row in numbers}

    assert cells(found) == cells(shuffled)


@settings(max_examples=8, deadline=None)
@given(rows())
def test_any_names_make_a_page_without_foreign_markup(found) -> None:
    page = render_page(content_of(found))
    tags = set(re.findall(r"</?([a-zA-Z]+)", page))
    assert not tags & {"iframe", "object", "link", "form"}
    assert page.count("<script") == 1
    assert all(
        html.escape(row.name).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
        for row in found
    )


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=60),
    st.integers(2, 12),
)
def test_a_matrix_counts_every_image_once_at_whatever_rank(pairs, most_classes) -> None:
    truth, answers = (np.array(side) for side in zip(*pairs, strict=True))
    scores = np.eye(12, dtype=np.float32)[answers]
    predictions = Predictions(
        header=PredictionsHeader(score_kind="logits", contender="probe"),
        items=pl.DataFrame(
            {"id": [f"i{row}" for row in range(len(pairs))], "label": [SPECIES[t] for t in truth]}
        ),
        label_space=LabelSpace(SPECIES),
        scores=scores,
        taxonomy=TREE,
    )
    found = confusion_of(predictions, judge(predictions).leaf, most_classes=most_classes)
    assert len(found.names) <= most_classes
    if found.names:
        assert found.counts.sum() == len(pairs)
        divisor = {"species": 1, "genus": 3, "family": 6}[found.rank]
        right = np.mean(truth // divisor == answers // divisor)
        assert np.trace(found.counts) / len(pairs) == right
    assert sum(pair.count for pair in found.pairs) <= np.count_nonzero(truth != answers)
