"""The verdicts at each rank of the taxonomy: contenders against the reference, rank beside rank."""

from collections.abc import Sequence

from fieldmark.comparison.outcome import Comparison
from fieldmark.core.checks import count_of
from fieldmark.report.content import ReportContent
from fieldmark.report.judgement_tables import verdict_table
from fieldmark.report.numbers import MISSING, p_value
from fieldmark.report.result_tables import style_of
from fieldmark.report.section import Fold
from fieldmark.report.tables import Cell, Column, Table, Tone

_TONES: dict[str, Tone] = {"better": "good", "worse": "bad"}
_MOST_SAID = 4


def rank_verdict_remarks(content: ReportContent) -> tuple[str, ...]:
    """Return what tells contenders apart at a rank, or that nothing does; nothing without verdicts.

    Args:
        content: what the report says.
    """
    found = _settled(content)
    if not found:
        return ()
    apart = [one for one in found if one.verdict in _TONES]
    reference, ranks = found[0].b, len({one.rank for one in found})
    contenders = count_of(len({one.a for one in found}), "contender")
    asked = f"{contenders} at {count_of(ranks, 'rank')}, on accuracy"
    if not apart:
        return (f"Against {reference}, none of {asked}, can be told apart from it.",)
    said = tuple(one.sentence() for one in apart[:_MOST_SAID])
    rest = len(apart) - len(said)
    more = (f"{count_of(rest, 'further verdict')} in the table.",) if rest else ()
    return (
        f"Against {reference}, {asked}: {len(apart)} of {len(found)} are told apart.",
        *said,
        *more,
    )


def rank_verdict_table(content: ReportContent) -> Table:
    """Return one row a contender, one column a rank: the difference to the reference.

    Args:
        content: what the report says; a contender that misses cells is ``?``.
    """
    found = content.at_ranks
    ranks = tuple(dict.fromkeys(str(one.rank) for one in found))
    heads = (Column("Contender"), *(Column(rank, is_number=True) for rank in ranks))
    settled = {(one.a, one.rank): one for one in _settled(content)}
    rows = tuple(
        (Cell(name), *(_cell(settled.get((name, rank))) for rank in ranks))
        for name in dict.fromkeys(one.a for one in found)
    )
    reference = found[0].b if found else ""
    caption = f"Accuracy at each rank less that of {reference}, on the same items"
    return Table("rank-verdicts", caption, heads, rows, note=_note(found))


def rank_verdict_folds(content: ReportContent) -> tuple[Fold, ...]:
    """Return the tests behind the table, shown on demand; nothing without verdicts.

    Args:
        content: what the report says.
    """
    if not content.at_ranks:
        return ()
    caption = "Paired comparisons on accuracy at each rank"
    unfinished = _unfinished(content)
    table = verdict_table(
        content.at_ranks, name="rank-comparisons", caption=caption, unfinished=unfinished
    )
    return (Fold("The tests behind the verdicts at each rank", tables=(table,)),)


def _settled(content: ReportContent) -> tuple[Comparison, ...]:
    unfinished = _unfinished(content)
    return tuple(one for one in content.at_ranks if not unfinished & {one.a, one.b})


def _unfinished(content: ReportContent) -> frozenset[str]:
    return frozenset(row.name for row in content.rows if row.missing_cells)


def _cell(one: Comparison | None) -> Cell:
    if one is None:
        return Cell(MISSING)
    style = style_of(one.metric)
    difference = style.difference(one.difference)
    p = one.p_value if one.p_adjusted is None else one.p_adjusted
    interval = style.difference_interval(one.low, one.high)
    if one.verdict == "not distinguishable":
        return Cell(difference, interval)
    detail = f"{interval}, p {p_value(p)}"
    return Cell(f"{one.verdict}: {difference}", detail, _TONES.get(one.verdict, "neutral"))


def _note(found: Sequence[Comparison]) -> str:
    if not found:
        return ""
    first = found[0]
    seeds = f", {count_of(first.a_seeds, 'seed')} together" if first.a_seeds > 1 else ""
    family = f" {first.adjustment}; p is after it." if first.adjustment else ""
    groups = "" if first.groups is None else f" in {count_of(first.groups, 'group')}"
    return (
        f"On {count_of(first.n, 'item')}{groups}{seeds}. Where no verdict stands, the two cannot be"
        f" told apart. Below: the interval at the level of the correction.{family}"
    )
