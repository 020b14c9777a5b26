"""The section of an ablation: what each change makes of its own reference."""

from fieldmark.comparison.ablation import AblationRow, AblationTable
from fieldmark.report.content import ReportContent
from fieldmark.report.numbers import MISSING, count, p_value
from fieldmark.report.result_tables import style_of, title_of
from fieldmark.report.section import Section
from fieldmark.report.tables import Cell, Column, Table, Tone

_TONES: dict[str, Tone] = {"better": "good", "worse": "bad"}


def ablation_section(content: ReportContent) -> Section:
    """Return the tables of the ablation, what may be concluded, and what to read with care."""
    remarks = [f"{title_of(one.metric)}: {one.conclusion}." for one in content.ablations]
    remarks += [
        f"{row.planned.name}: {told}."
        for one in content.ablations
        for row in one.rows
        for told in _worries(row)
    ]
    return Section(
        "ablation",
        "Ablation",
        remarks=tuple(remarks),
        tables=tuple(
            ablation_rows(one, name=f"ablation-{place}")
            for place, one in enumerate(content.ablations, start=1)
        ),
    )


def ablation_rows(found: AblationTable, *, name: str) -> Table:
    """Return one row for each change; what is not known, since cells are missing, is ``?``.

    Args:
        found: the ablation.
        name: of the table on its page.
    """
    heads = (
        Column("Contender"),
        Column("Changed"),
        Column("Cells ran of planned", is_number=True),
        Column("Verdict"),
        Column("Difference to its reference", is_number=True),
        Column("p", is_number=True),
    )
    complete = {row.planned.name for row in found.rows if row.is_complete}
    rows = tuple(_cells(row, complete=complete) for row in found.rows)
    caption = f"What each change makes of {title_of(found.metric)}"
    return Table(name, caption, heads, rows)


def _cells(row: AblationRow, *, complete: set[str]) -> tuple[Cell, ...]:
    planned, compared = row.planned, row.comparison
    first = (
        Cell(planned.name),
        Cell("; ".join(planned.changed) or "–"),
        Cell(f"{count(row.ran)} of {count(planned.cells)}"),
    )
    if planned.reference is None:
        return (*first, Cell("reference"), Cell("–", tone="muted"), Cell("–", tone="muted"))
    if compared is None or not {planned.name, planned.reference} <= complete:
        return (*first, Cell(MISSING), Cell(MISSING), Cell(MISSING))
    style = style_of(compared.metric)
    p = compared.p_value if compared.p_adjusted is None else compared.p_adjusted
    return (
        *first,
        Cell(compared.verdict, tone=_TONES.get(compared.verdict, "neutral")),
        Cell(
            style.difference(compared.difference),
            style.difference_interval(compared.low, compared.high),
        ),
        Cell(p_value(p), compared.test),
    )


def _worries(row: AblationRow) -> tuple[str, ...]:
    nothing = row.planned.reference is not None and not row.planned.changed
    found = ("it changes nothing that is known here",) if nothing else ()
    return (*found, *(told.rstrip(".") for told in (row.warning, row.refusal) if told))
