"""The section on mistakes: what is taken for what, at a rank that can be read and at every rank."""

from fieldmark.core.checks import count_of
from fieldmark.report.content import ReportContent
from fieldmark.report.dense_figure import dense_figure
from fieldmark.report.exhibits import Confusion
from fieldmark.report.figures import Picture
from fieldmark.report.judgement_tables import confusion_table
from fieldmark.report.matrix_figure import matrix_figure
from fieldmark.report.rank_confusions import RankConfusion
from fieldmark.report.rank_tables import family_table, rank_mix_up_table, share_table
from fieldmark.report.section import Fold, Section

# Beyond these, a page would be long to make and to read: tables and CSV say the rest.
_MOST_MATRICES = 8
_MOST_DENSE = 4
_LEAST_NAMES = 2


def mistakes_section(content: ReportContent) -> Section:
    """Return the mix-ups of the first contender, and those of the others on demand.

    In the open stand the shares at each rank, the matrix at the finest readable rank and, where
    the leaves are too many to read, all of them as a dense picture; other ranks are folded.
    """
    found = content.confusions
    folds = [_matrix_fold(one, position) for position, one in enumerate(found, start=1)]
    undrawn = tuple(
        f"No matrix of {one.contender} is drawn: none of its ranks is small enough to read "
        f"({count_of(one.classes, 'class', 'classes')})."
        for one in found
        if not one.names
    )
    ranks = [_rank_fold(one, position) for position, one in enumerate(found[:_MOST_DENSE], start=1)]
    return Section(
        "mistakes",
        "Mistakes",
        remarks=undrawn,
        pictures=(*folds[0].pictures, *_dense_leaves(found[0])) if folds else (),
        tables=(*(folds[0].tables if folds else ()), share_table(found)),
        folded=tuple(fold for fold in (*folds[1:], *ranks) if fold.pictures or fold.tables),
        has_matrix=any(one.cells is not None for one in found),
    )


def _matrix_fold(confusion: Confusion, position: int) -> Fold:
    is_drawn = bool(confusion.names) and position <= _MOST_MATRICES
    return Fold(
        f"Mix-ups of {confusion.contender}",
        pictures=(matrix_figure(confusion, name=f"matrix-{position}"),) if is_drawn else (),
        tables=(confusion_table(confusion, name=f"mix-ups-{position}"),),
    )


def _dense_leaves(confusion: Confusion) -> tuple[Picture, ...]:
    """Return the picture of all leaves where the matrix beside it does not name them all."""
    if not confusion.ranks or len(confusion.ranks[-1].names) <= len(confusion.names):
        return ()
    return (_dense(confusion, confusion.ranks[-1]),)


def _rank_fold(confusion: Confusion, position: int) -> Fold:
    """Return the ranks of a contender, fine to coarse: pictures of all, of the first its tables."""
    pictures, tables = [], []
    for at in reversed(confusion.ranks if len(confusion.ranks) > 1 else ()):
        is_leaf = at is confusion.ranks[-1]
        if len(at.names) >= _LEAST_NAMES and not (is_leaf and position == 1):
            pictures.append(_dense(confusion, at))
        if position == 1:
            who, name = confusion.contender, f"mix-ups-{position}-{at.rank}"
            tables.append(rank_mix_up_table(at, contender=who, name=name))
            tables.append(family_table(at, contender=who, name=f"{name}-parents"))
    title = f"Every rank of {confusion.contender}"
    return Fold(title, pictures=tuple(pictures), tables=tuple(tables))


def _dense(confusion: Confusion, at: RankConfusion) -> Picture:
    return dense_figure(at, contender=confusion.contender, split=confusion.split)
