"""Tables of mix-ups at every rank: how much is right, within the parent or beyond it, and which."""

from collections.abc import Sequence

import numpy as np

from fieldmark.report.exhibits import Confusion
from fieldmark.report.numbers import SHARE, count
from fieldmark.report.rank_confusions import RankConfusion
from fieldmark.report.tables import Cell, Column, Table

_MOST_FAMILIES = 15


def share_table(confusions: Sequence[Confusion]) -> Table:
    """Return where the answers of each contender stand at each rank: they add up to 100 %."""
    heads = (
        Column("Contender"),
        Column("Rank"),
        Column("Names", is_number=True),
        Column("Right", is_number=True),
        Column("Mixed up within", "one parent", is_number=True),
        Column("Mixed up beyond", "the parent", is_number=True),
        Column("n", is_number=True),
    )
    rows = tuple(
        (
            Cell(confusion.contender),
            Cell(at.rank),
            Cell(count(len(at.names))),
            Cell(SHARE.value(at.right / at.images)),
            Cell(SHARE.value(at.within / at.images), f"the {at.parent_rank}")
            if at.parent_rank
            else Cell("–", tone="muted"),
            Cell(SHARE.value((at.images - at.right - at.within) / at.images)),
            Cell(count(at.images)),
        )
        for confusion in confusions
        for at in reversed(confusion.ranks)
    )
    note = "An answer at a rank is the ancestor of the best leaf. Names: those that occur."
    return Table("mix-ups-ranks", "Where the answers stand at each rank", heads, rows, note=note)


def rank_mix_up_table(
    confusion: RankConfusion, *, contender: str, name: str, most: int = 100
) -> Table:
    """Return the most frequent mix-ups at one rank; of equals those that come first in the tree.

    Args:
        confusion: counts at the rank.
        contender: whose answers.
        name: of the table on its page.
        most: how many rows.
    """
    heads = (
        Column("Label"),
        Column("Taken for"),
        Column("Images", is_number=True),
        Column("of the label's images", is_number=True),
        Column("Share", is_number=True),
        Column("Under one parent"),
    )
    wrong = np.flatnonzero(confusion.truth != confusion.predicted)
    order = wrong[np.argsort(-confusion.count[wrong], kind="stable")][:most]
    labelled, within = confusion.labelled, confusion.is_within
    rows = []
    for at in order.tolist():
        truth, number = int(confusion.truth[at]), int(confusion.count[at])
        parent = confusion.parents[confusion.parent[truth]] if within[at] else "–"
        rows.append(
            (
                Cell(confusion.names[truth]),
                Cell(confusion.names[confusion.predicted[at]]),
                Cell(count(number)),
                Cell(count(int(labelled[truth]))),
                Cell(SHARE.value(number / int(labelled[truth]))),
                Cell(parent),
            )
        )
    shown = f", {len(order):,} of {len(wrong):,}" if len(order) < len(wrong) else ""
    caption = f"Mix-ups of {contender} at the rank “{confusion.rank}”{shown}"
    return Table(name, caption, heads, tuple(rows))


def family_table(confusion: RankConfusion, *, contender: str, name: str) -> Table:
    """Return the parents under which the most images are mixed up.

    Args:
        confusion: counts at one rank.
        contender: whose answers.
        name: of the table on its page.
    """
    heads = (
        Column(confusion.parent_rank.capitalize() or "Parent"),
        Column("Names", f"at the rank “{confusion.rank}”", is_number=True),
        Column("Images", is_number=True),
        Column("Mixed up within", is_number=True),
        Column("Share", "of its images", is_number=True),
        Column("Share", "of all mix-ups", is_number=True),
    )
    wrong = confusion.images - confusion.right
    rows = tuple(
        (
            Cell(family.name),
            Cell(count(family.children)),
            Cell(count(family.images)),
            Cell(count(family.mixed)),
            Cell(SHARE.value(family.mixed / family.images)),
            Cell(SHARE.value(family.mixed / wrong)),
        )
        for family in confusion.most_mixed(_MOST_FAMILIES)
    )
    caption = f"Within which {confusion.parent_rank} {contender} mixes up most"
    return Table(name, caption, heads, rows)
