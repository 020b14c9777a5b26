"""The section on poisonous and harmless classes: how often one is taken for the other."""

from collections.abc import Sequence

from fieldmark.decision.dangerous_answers import DANGEROUS, UNKNOWN, WARNED
from fieldmark.evaluation.metrics import METRICS
from fieldmark.report.content import ReportContent
from fieldmark.report.dangers import Danger
from fieldmark.report.estimate_cells import estimate_cell
from fieldmark.report.judgement_tables import pair_table
from fieldmark.report.numbers import count
from fieldmark.report.section import Fold, Section
from fieldmark.report.tables import Cell, Column, Table


def danger_section(content: ReportContent) -> Section:
    """Return how often each contender takes poisonous for harmless, and what it confuses so."""
    found = content.dangers
    tables = () if not found else (danger_table(found),)
    pairs = [danger_pairs(one, name=f"danger-pairs-{at}") for at, one in enumerate(found, start=1)]
    return Section(
        "danger",
        "Poisonous and harmless",
        tables=(*tables, *pairs[:1]),
        folded=tuple(
            Fold(f"Poisonous taken for harmless by {one.contender}", tables=(table,))
            for one, table in zip(found[1:], pairs[1:], strict=True)
            if table.rows
        ),
        definitions=tuple(
            (METRICS[name].title, METRICS[name].definition) for name in (DANGEROUS, UNKNOWN, WARNED)
        )
        if found
        else (),
    )


def danger_table(found: Sequence[Danger]) -> Table:
    """Return the shares of images of poisonous and of harmless classes that are answered wrongly.

    Args:
        found: at least one, a row each.
    """
    heads = (
        Column("Contender"),
        Column("Poisonous taken for harmless", "of the images of poisonous classes", True),
        Column("Images", is_number=True),
        Column("Taken for what is unknown", "of the images of poisonous classes", True),
        Column("Harmless taken for poisonous", "of the images of harmless classes", True),
    )
    rows = tuple(
        (
            Cell(one.contender),
            estimate_cell(one.estimate(DANGEROUS), missing="no image"),
            Cell(count(one.mix_ups), f"of {count(one.estimate(DANGEROUS).n)}"),
            estimate_cell(one.estimate(UNKNOWN), missing="no image"),
            estimate_cell(one.estimate(WARNED), missing="no image"),
        )
        for one in found
    )
    first = found[0].estimate(DANGEROUS)
    note = (
        f"A class is poisonous as the {found[0].source} says. The denominator is every image of "
        "such classes, whatever was answered. Below each value: its "
        f"{100 * first.level:g} % interval ({first.method})."
    )
    caption = f"Poisonous and harmless on the split “{found[0].split}”"
    return Table("danger", caption, heads, rows, note=note)


def danger_pairs(one: Danger, *, name: str) -> Table:
    """Return which poisonous class one contender took for which harmless one.

    Args:
        one: of one contender.
        name: of the table on its page.
    """
    shown = sum(pair.count for pair in one.pairs)
    note = "" if shown == one.mix_ups else f"{count(shown)} of {count(one.mix_ups)} are listed."
    heads = ("Poisonous", "Taken for the harmless", "of its images")
    caption = f"Poisonous taken for harmless by {one.contender}"
    return pair_table(one.pairs, name=name, caption=caption, heads=heads, note=note)
