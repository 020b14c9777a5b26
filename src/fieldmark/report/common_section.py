"""The contenders over the classes that all of them know, where they know different ones."""

from dataclasses import replace

from fieldmark.report.content import ReportContent
from fieldmark.report.result_tables import rank_tables, result_tables
from fieldmark.report.section import Section
from fieldmark.report.tables import Table


def common_section(content: ReportContent) -> Section:
    """Return the section on the common classes, empty where all know the same ones.

    Args:
        content: what the report says.
    """
    if not content.common:
        return Section("common", "")
    alone = replace(content, rows=content.common, comparisons=())
    tables = (*result_tables(alone), *rank_tables(alone))
    return Section(
        "common",
        "Over the common classes",
        remarks=content.common_notes,
        tables=tuple(map(_renamed, tables)),
    )


def _renamed(table: Table) -> Table:
    return replace(table, name=f"common-{table.name}")
