"""The sections of a report in reading order, the same for the page and for Markdown."""

from collections.abc import Sequence

from fieldmark.core.checks import count_of
from fieldmark.report.ablation_tables import ablation_section
from fieldmark.report.backoff_sections import backoff_section
from fieldmark.report.behaviour_sections import (
    confidence_section,
    critical_sections,
)
from fieldmark.report.common_section import common_section
from fieldmark.report.content import ReportContent
from fieldmark.report.curve_figure import curve_figure
from fieldmark.report.danger_sections import danger_section
from fieldmark.report.data_tables import (
    choice_table,
    data_table,
    finding_table,
    provenance_table,
    selection_table,
)
from fieldmark.report.decision_sections import decision_section
from fieldmark.report.decoding_sections import decoding_section
from fieldmark.report.figures import Picture, contender_figure, rank_figure
from fieldmark.report.grounds import Ground, leaf_grounds, rank_grounds
from fieldmark.report.judgement_tables import (
    claim_table,
    comparison_table,
    refusal_table,
)
from fieldmark.report.level_sections import level_section
from fieldmark.report.mistakes_section import mistakes_section
from fieldmark.report.rank_verdicts import (
    rank_verdict_folds,
    rank_verdict_remarks,
    rank_verdict_table,
)
from fieldmark.report.result_tables import (
    RANK_METRIC,
    definitions_of,
    estimate_table,
    rank_tables,
    result_tables,
)
from fieldmark.report.section import Fold, Section
from fieldmark.report.seed_figure import seed_figure

_SHOWN_CHOICES = 20


def sections_of(content: ReportContent) -> tuple[Section, ...]:
    """Return the sections that have something to show, in reading order."""
    sections = (
        _results(content),
        _ranks(content),
        decoding_section(content),
        common_section(content),
        _comparisons(content),
        level_section(content),
        ablation_section(content),
        Section("claims", "Claims", tables=(claim_table(content),)),
        confidence_section(content),
        backoff_section(content),
        decision_section(content),
        danger_section(content),
        mistakes_section(content),
        *critical_sections(content),
        _examples(content),
        _data(content),
        _selection(content),
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
        pictures=_result_pictures(content, grounds),
        tables=tuple(result_tables(content)),
        folded=_folded_estimates(content),
        definitions=definitions_of(e.metric for row in content.rows for e in row.estimates),
    )


def _result_pictures(content: ReportContent, grounds: Sequence[Ground]) -> tuple[Picture, ...]:
    found: list[Picture | None] = []
    for position, ground in enumerate(grounds):
        if any(row.estimates and not row.is_baseline for row in ground.rows):
            metric = content.headline_metric
            found.append(contender_figure(ground, metric, name=f"dots-{position}"))
            found.append(seed_figure(ground, metric, name=f"seeds-{position}"))
    return tuple(picture for picture in found if picture is not None)


def _folded_estimates(content: ReportContent) -> tuple[Fold, ...]:
    table = estimate_table(content)
    return (Fold(f"{table.caption} ({len(table.rows)})", tables=(table,)),) if table.rows else ()


def _ranks(content: ReportContent) -> Section:
    pictures = tuple(
        rank_figure(ground, RANK_METRIC, leaf_rank=content.leaf_rank, name=f"ranks-{position}")
        for position, ground in enumerate(rank_grounds(content.rows, RANK_METRIC))
    )
    return Section(
        "ranks",
        "Ranks",
        remarks=rank_verdict_remarks(content),
        pictures=pictures,
        tables=(*rank_tables(content), rank_verdict_table(content)),
        folded=rank_verdict_folds(content),
    )


def _comparisons(content: ReportContent) -> Section:
    tables = comparison_table(content), refusal_table(content.refusals)
    return Section("comparisons", "Comparisons", tables=tables)


def _examples(content: ReportContent) -> Section:
    examples = tuple(example for example in content.examples if not example.critical)
    return Section("examples", "Examples", examples=examples)


def _selection(content: ReportContent) -> Section:
    facts = () if content.selection is None else (selection_table(content.selection),)
    choices = choice_table(content.choices or ())
    if len(choices.rows) > _SHOWN_CHOICES:
        folded = Fold(f"{choices.caption} ({len(choices.rows)})", tables=(choices,))
        return Section("selection", "Selection", _stamped(content), tables=facts, folded=(folded,))
    tables = (*facts, choices)
    return Section("selection", "Selection", _stamped(content), tables=tables)


def _stamped(content: ReportContent) -> tuple[str, ...]:
    if content.choices is None:
        return (
            "No ledger of choices is stored: whether something was chosen on the reported items is"
            " not known.",
        )
    if not content.choices:
        return ("The ledger of choices is empty: nothing was chosen among several.",)
    made, on_these = len(content.choices), len(content.stamped)
    return (f"Made on the reported items: {on_these} of {count_of(made, 'choice')}.",)


def _data(content: ReportContent) -> Section:
    remarks: tuple[str, ...] = ()
    if content.findings is None:
        remarks = ("No audit of the data is stored.",)
    elif not content.findings:
        remarks = ("The audit of the data found nothing.",)
    return Section(
        "data",
        "Data",
        remarks=remarks,
        tables=(data_table(content.data), finding_table(content.findings or ())),
    )


def _training(content: ReportContent) -> Section:
    pictures = (curve_figure(content.curves, name="curves"),) if content.curves else ()
    return Section("training", "Training", pictures=pictures)


def _provenance(content: ReportContent) -> Section:
    study = ("The study as it was resolved", content.study_yaml) if content.study_yaml else None
    tables = (provenance_table(content.provenance),)
    return Section("provenance", "Provenance", tables=tables, folded_text=study)
