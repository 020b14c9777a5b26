"""Trap 35: the columns of a results row were rotated by hand. Every cell is placed by its name."""

import itertools

import pytest

from fieldmark.core.errors import FieldmarkError
from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.content import ContenderRow, DataCard, ReportContent
from fieldmark.report.markdown import render_markdown
from fieldmark.report.result_tables import result_tables
from fieldmark.report.tables import Cell, Column, Table

VALUES = {"accuracy": 0.91, "top_5_accuracy": 0.97, "balanced_accuracy": 0.83, "macro_f1": 0.79}
TITLES = ["Accuracy", "Top-5 accuracy", "Balanced accuracy", "Macro F1"]


def measured(metric: str, contender: str = "probe") -> Estimate:
    value = VALUES[metric]
    return Estimate(
        metric=metric,
        value=value,
        low=value - 0.01,
        high=value + 0.01,
        n=1226,
        method="bootstrap",
        split="test",
        classes=170,
        denominator="all 1,226 items",
        contender=contender,
    )


def content(rows: tuple[ContenderRow, ...]) -> ReportContent:
    data = DataCard(1226, (("species", 170),), None, (("test", 1226),), excluded=0)
    return ReportContent(
        title="s", question="q", headline_metric="accuracy", verdict=(), rows=rows, data=data
    )


@pytest.mark.parametrize("order", list(itertools.permutations(VALUES))[::5])
def test_trap_35_a_value_stands_under_its_metric_in_whatever_order_it_was_stored(
    order: tuple[str, ...],
) -> None:
    row = ContenderRow("probe", tuple(map(measured, order)), 1, 1)
    (table,) = result_tables(content((row,)))
    cells = dict(zip([column.title for column in table.columns], table.rows[0], strict=True))
    assert [cells[title].text for title in TITLES] == ["91.00 %", "97.00 %", "83.00 %", "79.00 %"]
    lines = render_markdown(content((row,))).splitlines()
    head = next(line for line in lines if line.startswith("| Contender"))
    first = next(line for line in lines if line.startswith("| probe"))
    named = dict(zip(head.split("|"), first.split("|"), strict=True))
    assert named[" Macro F1 (n = 1,226) "].startswith(" 79.00 %")


def test_trap_35_a_missing_value_does_not_move_the_others() -> None:
    whole = ContenderRow("whole", tuple(measured(metric, "whole") for metric in VALUES), 1, 1)
    holes = ContenderRow("holes", (measured("macro_f1", "holes"),), 1, 1)
    (table,) = result_tables(content((whole, holes)))
    assert [cell.text for cell in table.rows[1][2:]] == ["?", "?", "?", "79.00 %"]


def test_trap_35_the_numbers_of_another_row_are_refused() -> None:
    with pytest.raises(FieldmarkError, match="row of 'knn' to hold its own estimates"):
        ContenderRow("knn", (measured("accuracy"),), 1, 1)


def test_trap_35_a_row_with_a_cell_too_many_is_refused() -> None:
    with pytest.raises(FieldmarkError, match="1 cell in every row of the table 't'; some have 2"):
        Table("t", "T", (Column("a"),), ((Cell("1"), Cell("2")),))
