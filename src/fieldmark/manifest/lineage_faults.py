"""Where lineages fall short of a tree."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import polars as pl

from fieldmark.core.checks import count_of
from fieldmark.core.errors import TaxonomyError
from fieldmark.manifest.lineage import DUMMY, ROWS, TwoParents, fill_gaps

FaultKind = Literal[
    "missing_leaf", "two_parents", "ambiguous_parent", "missing_rank", "unequal_depth"
]

_TOLD = 3


@dataclass(frozen=True, slots=True)
class TaxonomyFault:
    """One way in which rank columns fall short of a tree.

    Attributes:
        kind: "missing_leaf" (rows without a name at the finest rank), "two_parents" (a name under
            two parents), "ambiguous_parent" (rows without a parent whose name has two),
            "missing_rank" (rows without a name at a coarser rank) or "unequal_depth" (leaves for
            which no row knows that rank).
        rank: the column concerned.
        name: the first node concerned; None when rows without a name are concerned.
        detail: one sentence that says what was found.
        count: how many rows ("unequal_depth": leaves) are concerned.
    """

    kind: FaultKind
    rank: str
    name: str | None
    detail: str
    count: int


def lineage_faults(lineages: pl.DataFrame, ranks: Sequence[str]) -> tuple[TaxonomyFault, ...]:
    """Return every fault of distinct lineages, the gravest kind first."""
    leaf = ranks[-1]
    labelled = lineages.drop_nulls(leaf)
    filled = fill_gaps(labelled, ranks)
    faults = [_missing_leaf(lineages, leaf)] if labelled.height < lineages.height else []
    for parent, child in pairwise(ranks):
        faults += _two_parents(filled, parent=parent, child=child)
    faults += [fault for rank in ranks[:-1] for fault in _ambiguous(filled, rank, leaf)]
    faults += [fault for rank in ranks[:-1] for fault in _missing(labelled, rank, leaf)]
    faults += [fault for rank in ranks[:-1] for fault in _unequal(filled, rank, leaf)]
    order = get_args(FaultKind)
    return tuple(sorted(faults, key=lambda fault: order.index(fault.kind)))


def refuse_faults(faults: Sequence[TaxonomyFault], two_parents: TwoParents) -> None:
    """Raise the gravest fault that keeps lineages from being a tree.

    Raises:
        TaxonomyError: a leaf or a parent is missing, or a name has two parents.
    """
    way_out = {
        "missing_leaf": "Fill it in, leave the rows out, or end the ranks one rank earlier.",
        "two_parents": "Correct the rows, or set data.two_parents: qualify to keep both as "
        "'name (parent)'.",
        "ambiguous_parent": "Fill in the missing names, since nothing says which one is meant.",
    }
    grave = [
        fault
        for fault in faults
        if fault.kind in way_out
        if not (fault.kind == "two_parents" and two_parents == "qualify")
    ]
    if grave:
        alike = [fault.detail for fault in grave if fault.kind == grave[0].kind]
        more = len(alike) - _TOLD
        others = f" ({more:,} more of this kind)" if more > 0 else ""
        raise TaxonomyError(
            f"The ranks do not form a tree: {'; '.join(alike[:_TOLD])}{others}. "
            f"{way_out[grave[0].kind]}"
        )


def _missing_leaf(lineages: pl.DataFrame, leaf: str) -> TaxonomyFault:
    rows = int(lineages.filter(pl.col(leaf).is_null())[ROWS].sum())
    detail = f"{count_of(rows, 'row')} without a name at the finest rank '{leaf}'"
    return TaxonomyFault("missing_leaf", leaf, None, detail, rows)


def _two_parents(filled: pl.DataFrame, *, parent: str, child: str) -> list[TaxonomyFault]:
    torn = (
        filled.drop_nulls(parent)
        .group_by(child)
        .agg(pl.col(parent).unique().sort(), pl.col(ROWS).sum())
        .filter(pl.col(parent).list.len() > 1)
        .sort(child)
    )
    return [
        TaxonomyFault(
            "two_parents",
            child,
            name,
            f"{child} '{name}' stands under {parent} " + " and ".join(f"'{p}'" for p in parents),
            rows,
        )
        for name, parents, rows in torn.select(child, parent, ROWS).iter_rows()
    ]


def _ambiguous(filled: pl.DataFrame, rank: str, leaf: str) -> list[TaxonomyFault]:
    open_rows = filled.filter(pl.col(rank).is_null())
    if open_rows.is_empty():
        return []
    rows, name = int(open_rows[ROWS].sum()), str(open_rows[leaf][0])
    detail = (
        f"{count_of(rows, 'row')} without a name at rank '{rank}' (first: {leaf} '{name}'), while "
        "other rows of the same name stand under two"
    )
    return [TaxonomyFault("ambiguous_parent", rank, name, detail, rows)]


def _missing(labelled: pl.DataFrame, rank: str, leaf: str) -> list[TaxonomyFault]:
    gaps = labelled.filter(pl.col(rank).is_null())
    if gaps.is_empty():
        return []
    rows, name = int(gaps[ROWS].sum()), str(gaps[leaf].min())
    detail = f"{count_of(rows, 'row')} without a name at rank '{rank}' (first: {leaf} '{name}')"
    return [TaxonomyFault("missing_rank", rank, name, detail, rows)]


def _unequal(filled: pl.DataFrame, rank: str, leaf: str) -> list[TaxonomyFault]:
    dummies = filled.filter(pl.col(rank).str.starts_with(DUMMY))
    if dummies.is_empty():
        return []
    leaves, name = dummies[leaf].n_unique(), str(dummies[leaf].min())
    detail = (
        f"{count_of(leaves, 'leaf', 'leaves')} whose {rank} no row knows (first: '{name}'); "
        "each got a node 'incertae sedis (...)' of its own"
    )
    return [TaxonomyFault("unequal_depth", rank, name, detail, leaves)]
