"""Trap 8: top-5 over 90 labels stood beside top-5 over 170. They never share a table."""

from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.content import ContenderRow, DataCard, ReportContent
from fieldmark.report.page import render_page
from fieldmark.report.result_tables import result_tables
from fieldmark.report.verdicts import verdict_sentences


def row(name: str, value: float, classes: int) -> ContenderRow:
    estimates = tuple(
        Estimate(
            metric=metric,
            value=value,
            low=value - 0.01,
            high=value + 0.01,
            n=1226,
            method="Wilson",
            split="test",
            classes=classes,
            denominator="all 1,226 items",
            contender=name,
        )
        for metric in ("top_5_accuracy", "accuracy")
    )
    return ContenderRow(name, estimates, 1, 1)


def content(*rows: ContenderRow) -> ReportContent:
    return ReportContent(
        title="prompts",
        question="Which prompts?",
        headline_metric="accuracy",
        verdict=verdict_sentences(rows, (), "accuracy"),
        rows=rows,
        data=DataCard(1226, (("species", 170),), None, (("test", 1226),), excluded=0),
    )


def test_trap_08_each_number_of_classes_has_its_own_table() -> None:
    tables = result_tables(content(row("all", 0.7, 170), row("few", 0.9, 90)))
    assert [[cells[0].text for cells in table.rows] for table in tables] == [["all"], ["few"]]
    assert ["170 classes" in table.caption for table in tables] == [True, False]


def test_trap_08_the_page_says_so_and_the_verdict_is_about_one_ground() -> None:
    page = render_page(content(row("all", 0.7, 170), row("few", 0.9, 90)))
    assert "Numbers over different classes or splits stand in tables of their own." in page
    assert "all reaches accuracy 70.00 %" in page
    assert "Left out, not measured on the same ground: few." in page
