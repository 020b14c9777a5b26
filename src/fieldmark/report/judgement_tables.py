"""The tables of what was concluded: comparisons, refusals, claims and mix-ups."""

from collections.abc import Sequence

from fieldmark.comparison.claims import ClaimResult
from fieldmark.comparison.outcome import Comparison
from fieldmark.core.checks import as_sentence, count_of
from fieldmark.report.content import Refusal, ReportContent
from fieldmark.report.exhibits import Confusion, TakenFor
from fieldmark.report.numbers import MISSING, count, p_value
from fieldmark.report.result_tables import style_of, title_of
from fieldmark.report.tables import Cell, Column, Table, Tone

_CLAIM_TONES: dict[str, Tone] = {"met": "good", "NOT met": "bad"}
_VERDICT_TONES: dict[str, Tone] = {"better": "good", "worse": "bad"}


def comparison_table(content: ReportContent) -> Table:
    """Return the paired verdicts; one whose contenders miss cells is ``?``.

    What is to be known of all of them alike stands below the table.
    """
    unfinished = frozenset(row.name for row in content.rows if row.missing_cells)
    caption = "Paired comparisons on the same items"
    return verdict_table(
        content.comparisons, name="comparisons", caption=caption, unfinished=unfinished
    )


def verdict_table(
    comparisons: Sequence[Comparison],
    *,
    name: str,
    caption: str,
    unfinished: frozenset[str] = frozenset(),
) -> Table:
    """Return paired verdicts, one a row.

    Args:
        comparisons: the verdicts.
        name: of the table on its page.
        caption: what the table shows.
        unfinished: contenders that miss cells; their verdicts are ``?``.
    """
    heads = (
        Column("Contender"),
        Column("Verdict"),
        Column("Metric"),
        Column("Difference", is_number=True),
        Column("p", is_number=True),
        Column("n", is_number=True),
        Column("n that would settle it", is_number=True),
        Column("Test"),
    )
    shared = _shared_notes(comparisons)
    rows = tuple(
        _undecided_cells(comparison)
        if unfinished & {comparison.a, comparison.b}
        else _comparison_cells(comparison, shared)
        for comparison in comparisons
    )
    note = " ".join(as_sentence(one) for one in shared)
    return Table(name, caption, heads, rows, note)


def _shared_notes(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    """Return the notes that every one of several comparisons has, in order."""
    if len(comparisons) < 2:
        return ()
    others = [frozenset(one.notes) for one in comparisons[1:]]
    return tuple(note for note in comparisons[0].notes if all(note in own for own in others))


def refusal_table(refusals: Sequence[Refusal]) -> Table:
    """Return what may not stand side by side, and why."""
    heads = (Column("Not compared"), Column("Why"))
    rows = tuple((Cell(refusal.what), Cell(refusal.why)) for refusal in refusals)
    return Table("refusals", "What cannot be compared", heads, rows)


def claim_table(content: ReportContent) -> Table:
    """Return the claims of the study with their badges and what was measured."""
    heads = (Column("Claim"), Column("Status"), Column("What was measured"))
    rows = tuple(
        (*badge, Cell(claim.sentence if badge[1].text != MISSING else MISSING))
        for claim, badge in zip(content.claims, claim_badges(content), strict=True)
    )
    return Table("claims", "Claims of the study, checked", heads, rows)


def claim_badges(content: ReportContent) -> tuple[tuple[Cell, Cell], ...]:
    """Return each claim with its badge; a claim on a contender that misses cells is ``?``."""
    unfinished = {row.name for row in content.rows if row.missing_cells}
    return tuple(
        (
            Cell(claim.claim.in_words),
            Cell(MISSING, tone="neutral")
            if claim.claim.contender in unfinished
            else _claim_badge(claim),
        )
        for claim in content.claims
    )


def confusion_table(confusion: Confusion, *, name: str) -> Table:
    """Return the most frequent mix-ups of a contender.

    Args:
        confusion: with its pairs, most frequent first.
        name: of the table on its page.
    """
    heads = ("Label", "Taken for", "of the label's images")
    caption = f"Most frequent mix-ups of {confusion.contender} on the split “{confusion.split}”"
    return pair_table(confusion.pairs, name=name, caption=caption, heads=heads)


def pair_table(
    pairs: Sequence[TakenFor],
    *,
    name: str,
    caption: str,
    heads: tuple[str, str, str],
    note: str = "",
) -> Table:
    """Return which class was taken for which, how often, of how many, and what they share.

    Args:
        pairs: in the order of the rows.
        name: of the table on its page.
        caption: what the table shows.
        heads: what the label, the answer and the number of images of the label are called.
        note: what a reader must know; "" for nothing.
    """
    label, answer, images = heads
    columns = (
        Column(label),
        Column(answer),
        Column("Images", is_number=True),
        Column(images, is_number=True),
        Column("In common"),
    )
    rows = tuple(
        (
            Cell(pair.truth),
            Cell(pair.predicted),
            Cell(count(pair.count)),
            Cell(count(pair.of)),
            Cell(pair.shared or "–"),
        )
        for pair in pairs
    )
    return Table(name, caption, columns, rows, note)


def _claim_badge(claim: ClaimResult) -> Cell:
    is_open = claim.status != MISSING and not claim.certain
    status = f"{claim.status}, not certain" if is_open else claim.status
    return Cell(status, tone="warning" if is_open else _CLAIM_TONES.get(claim.status, "neutral"))


def _comparison_cells(comparison: Comparison, shared: Sequence[str]) -> tuple[Cell, ...]:
    style = style_of(comparison.metric)
    interval = style.difference_interval(comparison.low, comparison.high)
    verdict = Cell(comparison.verdict, tone=_VERDICT_TONES.get(comparison.verdict, "neutral"))
    groups = "" if comparison.groups is None else count_of(comparison.groups, "group")
    needed = Cell("–", tone="muted")
    if comparison.needed_n is not None:
        needed = Cell(count(comparison.needed_n))
    return (
        _sides(comparison),
        verdict,
        _metric_cell(comparison),
        Cell(style.difference(comparison.difference), interval),
        _p_cell(comparison),
        Cell(count(comparison.n), groups),
        needed,
        Cell(comparison.test, " ".join(_remarks(comparison, shared))),
    )


def _sides(comparison: Comparison) -> Cell:
    return Cell(comparison.a, f"against {comparison.b}")


def _remarks(comparison: Comparison, shared: Sequence[str]) -> tuple[str, ...]:
    adjusted = () if comparison.adjustment is None else (as_sentence(comparison.adjustment),)
    own = (as_sentence(note) for note in comparison.notes if note not in shared)
    return (*_discordant(comparison), *adjusted, *own)


def _p_cell(comparison: Comparison) -> Cell:
    """Return the p-value that the verdict rests on, and what it was before the correction."""
    if comparison.p_adjusted is None:
        return Cell(p_value(comparison.p_value))
    return Cell(p_value(comparison.p_adjusted), f"alone {p_value(comparison.p_value)}")


def _undecided_cells(comparison: Comparison) -> tuple[Cell, ...]:
    verdict = Cell(MISSING, "cells are missing")
    metric = _metric_cell(comparison)
    unknown = (Cell(MISSING),) * 4
    return (_sides(comparison), verdict, metric, *unknown, Cell("–"))


def _metric_cell(comparison: Comparison) -> Cell:
    return Cell(title_of(comparison.metric), f"at {comparison.rank}" if comparison.rank else "")


def _discordant(comparison: Comparison) -> tuple[str, ...]:
    if comparison.discordant is None:
        return ()
    only_a, only_b = comparison.discordant
    return (f"{count(only_a)} against {count(only_b)} discordant.",)
