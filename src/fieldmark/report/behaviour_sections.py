"""The sections on how contenders behave: their confidence, and critical classes."""

from functools import partial

from fieldmark.report.confidence_figures import (
    histogram_figure,
    reliability_figure,
    risk_coverage_figure,
)
from fieldmark.report.confidence_tables import (
    confidence_table,
    dossier_table,
    reliability_table,
    taken_for_tables,
)
from fieldmark.report.confidences import ConfidenceAtRank
from fieldmark.report.content import ReportContent
from fieldmark.report.dossier_tables import at_least_table, backed_off_table
from fieldmark.report.dossiers import Dossier
from fieldmark.report.figures import Picture
from fieldmark.report.rank_histograms import rank_histogram_figure
from fieldmark.report.section import Fold, Section
from fieldmark.report.tables import Table

# Beyond two contenders only the leader stands in the open.
_MOST_OPEN = 2
# Beyond these, a page would be long to make and to read: tables and CSV say the rest.
_MOST_DRAWN = 2


def confidence_section(content: ReportContent) -> Section:
    """Return how sure the contenders are: at the leaf in the open, at other ranks on demand."""
    by_contender: dict[str, list[ConfidenceAtRank]] = {}
    for one in content.confidences:
        by_contender.setdefault(one.contender, []).append(one)
    leaves = [found[0] for found in by_contender.values()]
    pictures: tuple[Picture, ...] = ()
    if leaves:
        pictures = (risk_coverage_figure(leaves, name="risk"),)
    folds = []
    is_open = partial(_is_open, of=len(by_contender))
    for position, (contender, found) in enumerate(by_contender.items(), start=1):
        at_leaf = _confidence_pictures(found[0], f"{position}-1")
        if is_open(position):
            pictures += at_leaf
            pictures += (_at_each_rank(found, position),) if len(found) > 1 else ()
        folds.append(_confidence_fold(contender, found, position, is_open=is_open(position)))
    measured = {row.name for row in content.contenders if row.estimates}
    silent = [name for name in measured if name not in by_contender]
    return Section(
        "confidence",
        "Confidence",
        remarks=tuple(
            f"{name} has no confidence to show: its scores are similarities, not probabilities."
            for name in sorted(silent)
            if content.confidences
        ),
        pictures=pictures,
        tables=(confidence_table(leaves),) if leaves else (),
        folded=_shortened(folds),
    )


def _shortened(folds: list[Fold]) -> tuple[Fold, ...]:
    """Return the folds, those of tables alone as one where there are many."""
    bare = [fold for fold in folds if not fold.pictures]
    if len(bare) <= _MOST_OPEN:
        return tuple(folds)
    tables = tuple(table for fold in bare for table in fold.tables)
    title = f"The numbers of the {len(bare)} other contenders"
    return (*(fold for fold in folds if fold.pictures), Fold(title, tables=tables))


def _is_open(position: int, *, of: int) -> bool:
    return position == 1 or of <= _MOST_OPEN


def critical_sections(content: ReportContent) -> tuple[Section, ...]:
    """Return one section for each critical class, with the dossiers of all contenders."""
    by_name: dict[str, list[Dossier]] = {}
    for dossier in content.dossiers:
        by_name.setdefault(dossier.name, []).append(dossier)
    return tuple(
        _critical_section(content, name, dossiers, f"critical-{position}")
        for position, (name, dossiers) in enumerate(by_name.items(), start=1)
    )


def _at_each_rank(found: list[ConfidenceAtRank], position: int) -> Picture:
    return rank_histogram_figure(found, name=f"rank-histograms-{position}")


def _confidence_pictures(found: ConfidenceAtRank, suffix: str) -> tuple[Picture, ...]:
    return (
        reliability_figure(found, name=f"reliability-{suffix}"),
        histogram_figure(found, name=f"histogram-{suffix}"),
    )


def _confidence_fold(
    contender: str, found: list[ConfidenceAtRank], position: int, *, is_open: bool
) -> Fold:
    """Show all ranks of a contender, in pictures for the first few.

    The leaf's pictures are left out where they stand in the open; the histograms of all ranks are
    one picture.
    """
    pictures: tuple[Picture, ...] = ()
    if len(found) > 1 and position <= _MOST_DRAWN:
        pictures = (risk_coverage_figure(found, name=f"risk-{position}"),)
        if not is_open:
            pictures = (_at_each_rank(found, position), *pictures)
    for number, one in enumerate(found, start=1):
        if position <= _MOST_DRAWN and number == 1 and not is_open:
            pictures += _confidence_pictures(one, f"{position}-{number}")
        elif position <= _MOST_DRAWN and number > 1:
            pictures += (reliability_figure(one, name=f"reliability-{position}-{number}"),)
    bins = reliability_table(found[0], name=f"reliability-{position}")
    ranks = [confidence_table(found, name=f"confidence-{position}")] if len(found) > 1 else []
    title = f"{contender}: {'all ranks' if len(found) > 1 else 'the numbers behind the plots'}"
    return Fold(title, pictures=pictures, tables=(*ranks, bins))


def _critical_section(
    content: ReportContent, name: str, dossiers: list[Dossier], anchor: str
) -> Section:
    first, *others = (
        _dossier_tables(content, dossier, f"{anchor}-{number}")
        for number, dossier in enumerate(dossiers, start=1)
    )
    return Section(
        anchor,
        f"Critical: {name}",
        remarks=tuple(
            " ".join(filter(None, (one.in_words, one.claim_in_words, one.danger_in_words)))
            for one in dossiers
        ),
        tables=first,
        folded=tuple(
            Fold(f"{name} as {dossier.contender} answers", tables=tables)
            for dossier, tables in zip(dossiers[1:], others, strict=True)
        ),
        examples=tuple(example for example in content.examples if example.critical == name),
    )


def _dossier_tables(content: ReportContent, dossier: Dossier, name: str) -> tuple[Table, ...]:
    backed_off = backed_off_table(dossier, content.backoff_settings, name=f"{name}-back-off")
    return (
        dossier_table(dossier, name=name),
        at_least_table(dossier, name=f"{name}-at-least"),
        *(() if backed_off is None else (backed_off,)),
        *taken_for_tables(dossier, name=name),
    )
