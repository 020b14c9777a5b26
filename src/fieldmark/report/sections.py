"""The sections of a report in reading order, the same for the page and for Markdown."""

from dataclasses import dataclass

from fieldmark.core.checks import count_of
from fieldmark.report.content import ReportContent
from fieldmark.report.curve_figure import curve_figure
from fieldmark.report.data_tables import (
    data_table,
    finding_table,
    provenance_table,
    selection_table,
)
from fieldmark.report.exhibits import ExampleImage
from fieldmark.report.figures import Picture, contender_figure, rank_figure
from fieldmark.report.grounds import leaf_grounds, rank_grounds
from fieldmark.report.judgement_tables import (
    claim_table,
    comparison_table,
    confusion_table,
    refusal_table,
)
from fieldmark.report.matrix_figure import matrix_figure
from fieldmark.report.result_tables import (
    RANK_METRIC,
    definitions_of,
    estimate_table,
    rank_tables,
    result_tables,
)
from fieldmark.report.tables import Table


@dataclass(frozen=True, slots=True)
class Fold:
    """What is shown on demand, under its title."""

    title: str
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page.

    Args:
        name: the anchor: lower-case letters and hyphens.
        title: the heading.
        remarks: sentences under the heading.
        pictures: shown next.
        examples: images that were answered right or wrong.
        tables: shown next; those without rows are left out.
        folded: figures and tables that are shown on demand.
        definitions: (term, meaning) pairs, shown on demand.
        folded_text: (title, text), shown on demand; None for nothing.
    """

    name: str
    title: str
    remarks: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    examples: tuple[ExampleImage, ...] = ()
    tables: tuple[Table, ...] = ()
    folded: tuple[Fold, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()
    folded_text: tuple[str, str] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        shown = self.remarks, self.pictures, self.examples, self.tables, self.folded
        return not any(shown) and self.folded_text is None


def sections_of(content: ReportContent) -> tuple[Section, ...]:
    """Return the sections that have something to show, in reading order."""
    sections = (
        _results(content),
        _ranks(content),
        _comparisons(content),
        Section("claims", "Claims", tables=_filled(claim_table(content))),
        _mistakes(content),
        Section("examples", "Examples", examples=content.examples),
        _data(content),
        _training(content),
        _provenance(content),
    )
    return tuple(section for section in sections if not section.is_empty)


def _results(content: ReportContent) -> Section:
    grounds = leaf_grounds(content.rows)
    flags = tuple(f"{row.name}: {flag.sentence}" for row in content.rows for flag in row.flags)
    apart = ("Numbers over different classes or splits stand in tables of their own.",)
    return Section(
        "results",
        "Results",
        remarks=flags + (apart if len(grounds) > 1 else ()),
        pictures=tuple(
            contender_figure(ground, content.headline_metric, name=f"dots-{position}")
            for position, ground in enumerate(grounds)
            if any(row.estimates and not row.is_baseline for row in ground.rows)
        ),
        tables=_filled(*result_tables(content)),
        folded=_folded_estimates(content),
        definitions=definitions_of(e.metric for row in content.rows for e in row.estimates),
    )


def _folded_estimates(content: ReportContent) -> tuple[Fold, ...]:
    table = estimate_table(content)
    return (Fold(f"{table.caption} ({len(table.rows)})", tables=(table,)),) if table.rows else ()


def _ranks(content: ReportContent) -> Section:
    pictures = tuple(
        rank_figure(ground, RANK_METRIC, leaf_rank=content.leaf_rank, name=f"ranks-{position}")
        for position, ground in enumerate(rank_grounds(content.rows, RANK_METRIC))
    )
    return Section("ranks", "Ranks", pictures=pictures, tables=_filled(*rank_tables(content)))


def _comparisons(content: ReportContent) -> Section:
    tables = _filled(comparison_table(content), refusal_table(content.refusals))
    return Section("comparisons", "Comparisons", tables=tables)


def _mistakes(content: ReportContent) -> Section:
    """Show the mix-ups of the first contender, and those of the others on demand."""
    folds = [
        Fold(
            f"Mix-ups of {confusion.contender}",
            pictures=(matrix_figure(confusion, name=f"matrix-{position}"),)
            if confusion.names
            else (),
            tables=_filled(confusion_table(confusion, name=f"mix-ups-{position}")),
        )
        for position, confusion in enumerate(content.confusions, start=1)
    ]
    undrawn = tuple(
        f"No matrix of {confusion.contender} is drawn: none of its ranks is small enough to read "
        f"({count_of(confusion.classes, 'class', 'classes')})."
        for confusion in content.confusions
        if not confusion.names
    )
    return Section(
        "mistakes",
        "Mistakes",
        remarks=undrawn,
        pictures=folds[0].pictures if folds else (),
        tables=folds[0].tables if folds else (),
        folded=tuple(fold for fold in folds[1:] if fold.pictures or fold.tables),
    )


def _data(content: ReportContent) -> Section:
    selection = () if content.selection is None else (selection_table(content.selection),)
    remarks: tuple[str, ...] = ()
    if content.findings is None:
        remarks = ("No audit of the data is stored.",)
    elif not content.findings:
        remarks = ("The audit of the data found nothing.",)
    return Section(
        "data",
        "Data",
        remarks=remarks,
        tables=_filled(data_table(content.data), *selection, finding_table(content.findings or ())),
    )


def _training(content: ReportContent) -> Section:
    pictures = (curve_figure(content.curves, name="curves"),) if content.curves else ()
    return Section("training", "Training", pictures=pictures)


def _provenance(content: ReportContent) -> Section:
    study = ("The study as it was resolved", content.study_yaml) if content.study_yaml else None
    tables = _filled(provenance_table(content.provenance))
    return Section("provenance", "Provenance", tables=tables, folded_text=study)


def _filled(*tables: Table) -> tuple[Table, ...]:
    return tuple(table for table in tables if table.rows)
