"""The section on decoding: what the same scores answer when they are read in several ways."""

import dataclasses

from fieldmark.core.checks import count_of
from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.content import ReportContent
from fieldmark.report.decodings import DecoderRow, Decoding
from fieldmark.report.judgement_tables import verdict_table
from fieldmark.report.numbers import MISSING, PLAIN, SHARE
from fieldmark.report.section import Fold, Section
from fieldmark.report.tables import Cell, Column, Table, Tone

# One decimal is enough, so that six ranks stay readable.
_RANK_STYLE = dataclasses.replace(SHARE, decimals=1)
_MOST_FOLDS = 3
_NUMBER = dataclasses.replace(PLAIN, decimals=2)


def decoding_section(content: ReportContent) -> Section:
    """Return the decoders of the first contender in the open, those of the others on demand."""
    if not content.decodings:
        return Section("decoding", "Decoding")
    first, *others = content.decodings
    folds = [_verdict_fold(first, 1)] if first.comparisons else []
    own = [
        (decoder_table(one, name=f"decoding-{position}"), *_verdicts(one, position))
        for position, one in enumerate(others, start=2)
    ]
    if len(others) <= _MOST_FOLDS:
        names = (one.contender for one in others)
        folds += [Fold(f"Decoders of {name}", tables=t) for name, t in zip(names, own, strict=True)]
    else:
        titles = f"Decoders of the {len(others)} other contenders", "Verdicts between them"
        folds.append(Fold(titles[0], tables=tuple(tables[0] for tables in own)))
        folds.append(Fold(titles[1], tables=tuple(t for tables in own for t in tables[1:])))
    return Section(
        "decoding",
        "Decoding",
        remarks=(*_gain_remarks(content), *first.sentences),
        tables=(decoder_table(first, name="decoding-1"),),
        folded=tuple(folds),
    )


def _gain_remarks(content: ReportContent) -> tuple[str, ...]:
    """Return what consistent paths gain where each rank has a head, before anything else."""
    if not content.gains:
        return ()
    seeds = content.gains[0].a_seeds
    over = f", {seeds} seeds together" if seeds > 1 else ""
    intro = (
        "Where each rank has a head of its own, the best path over all heads is set against what"
        f" each head says by itself{over}:"
    )
    return (intro, *(f"{one.sentence()}" for one in content.gains))


def decoder_table(decoding: Decoding, *, name: str) -> Table:
    """Return one row a decoder: right, answered, severe and consistent; the diagnosis greyed.

    Args:
        decoding: the decoders of one contender.
        name: of the table.
    """
    has_cost = any(row.estimate("realised_cost") for row in decoding.rows)
    heads = (
        Column("Decoder"),
        Column("All ranks right", f"n = {decoding.n:,}", is_number=True),
        *(Column(rank, is_number=True) for rank in decoding.ranks),
        Column("F1", "hierarchical", is_number=True),
        Column("Severity", is_number=True),
        *((Column("Cost", "poison", is_number=True),) if has_cost else ()),
        Column("Contradict", is_number=True),
    )
    rows = tuple(_cells(row, decoding, has_cost=has_cost) for row in decoding.rows)
    of_seeds = f" ({decoding.seed_in_words})" if decoding.seeds > 1 else ""
    caption = (
        f"{decoding.contender}{of_seeds}, decoded in {count_of(len(decoding.rows), 'way')} on the"
        f" split “{decoding.split}”, {count_of(decoding.candidates, 'leaf', 'leaves')} to tell"
        " apart"
    )
    return Table(name, caption, heads, rows, note=_NOTE)


_NOTE = (
    "At each rank: how many of the answered are right; below, where some are not answered, of"
    " which share of all items. Severity: height of the common ancestor with the label, over wrong"
    " answers; below, over all items. It can fall because more is wrong: read both. Greyed: no"
    " answer, but what each rank says by itself."
)


def _cells(row: DecoderRow, decoding: Decoding, *, has_cost: bool) -> tuple[Cell, ...]:
    tone: Tone = "muted" if row.is_diagnosis else "plain"
    cells = (
        _share(row.estimate("all_ranks_right"), with_interval=True),
        *(_at_rank(row, rank) for rank in decoding.ranks),
        _share(row.estimate("hierarchical_f1")),
        _severity(row),
        *((_number(row.estimate("realised_cost")),) if has_cost else ()),
        _share(row.estimate("path_contradiction_rate")),
    )
    named = Cell(row.decoder, row.title, tone)
    return (named, *(Cell(cell.text, cell.detail, tone) for cell in cells))


def _share(estimate: Estimate | None, *, with_interval: bool = False) -> Cell:
    if estimate is None or estimate.value is None:
        return Cell(MISSING)
    shown = with_interval and estimate.low is not None
    detail = _RANK_STYLE.interval(estimate.low, estimate.high) if shown else ""
    return Cell(_RANK_STYLE.value(estimate.value), detail)


def _at_rank(row: DecoderRow, rank: str) -> Cell:
    """Return the accuracy of the answered, and the share answered where that is not all."""
    right, answered = row.estimate("accuracy_of_answered", rank), row.estimate("answered", rank)
    cell = _share(right)
    if answered is None or answered.value is None or answered.value == 1:
        return cell
    return Cell(cell.text, f"of {_RANK_STYLE.value(answered.value)}")


def _severity(row: DecoderRow) -> Cell:
    of_wrong, of_all = row.estimate("mistake_severity"), row.estimate("mean_lca_height")
    if of_all is None:
        return Cell("–")
    if of_wrong is None or of_wrong.value is None:
        return Cell("–", f"{_number(of_all).text} of all")
    return Cell(_number(of_wrong).text, f"{_number(of_all).text} of all")


def _number(estimate: Estimate | None) -> Cell:
    return Cell("–" if estimate is None else _NUMBER.value(estimate.value))


def _verdict_fold(decoding: Decoding, position: int) -> Fold:
    return Fold(
        f"Verdicts between the decoders of {decoding.contender}",
        tables=_verdicts(decoding, position),
    )


def _verdicts(decoding: Decoding, position: int) -> tuple[Table, ...]:
    if not decoding.comparisons:
        return ()
    caption = f"Decoders of {decoding.contender}, compared on the same items"
    name = f"decoding-verdicts-{position}"
    return (verdict_table(decoding.comparisons, name=name, caption=caption),)
