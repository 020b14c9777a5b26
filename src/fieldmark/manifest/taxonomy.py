"""A tree of names with the same ranks above every leaf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.core.checks import unknown_choice
from fieldmark.core.digests import digest_of, digest_of_array
from fieldmark.core.errors import TaxonomyError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.lineage import TwoParents, distinct_lineages, fill_gaps, named, qualify
from fieldmark.manifest.lineage_faults import TaxonomyFault, lineage_faults, refuse_faults
from fieldmark.manifest.tree_checks import check_names, check_tree

__all__ = [
    "Taxonomy",
    "TaxonomyFault",
    "TwoParents",
    "build_taxonomy",
    "place_rows",
    "restrict_taxonomy",
    "taxonomy_faults",
    "taxonomy_from_json",
    "taxonomy_to_json",
]


@dataclass(frozen=True, eq=False, slots=True)
class Taxonomy:
    """Every leaf with exactly one ancestor at every rank.

    Attributes:
        ranks: names of the ranks, coarse to fine; the last rank holds the leaves.
        nodes: the names at each rank, sorted and unique within the rank.
        paths: int32 array (n_leaves, n_ranks), read-only; paths[i, r] is the position of leaf i's
            ancestor in nodes[r], and paths[i, -1] == i.

    Raises:
        TaxonomyError: the parts do not form such a tree.

    Example:
        >>> names = {"genus": ["Amanita", "Boletus"], "species": ["A. caesarea", "B. edulis"]}
        >>> taxonomy = build_taxonomy(pl.DataFrame(names), ("genus", "species"))
        >>> taxonomy.path_of("B. edulis")
        ('Boletus', 'B. edulis')
        >>> taxonomy.ancestors("genus").tolist()
        [0, 1]
    """

    ranks: tuple[str, ...]
    nodes: tuple[tuple[str, ...], ...]
    paths: npt.NDArray[np.int32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranks", tuple(self.ranks))
        object.__setattr__(self, "nodes", tuple(tuple(names) for names in self.nodes))
        paths = np.array(self.paths, dtype=np.int32, order="C")
        paths.setflags(write=False)
        object.__setattr__(self, "paths", paths)
        check_names(self.ranks, self.nodes)
        check_tree(self.ranks, self.nodes, self.paths)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Taxonomy):
            return NotImplemented
        same_names = self.ranks == other.ranks and self.nodes == other.nodes
        return same_names and bool(np.array_equal(self.paths, other.paths))

    def __hash__(self) -> int:
        return hash((self.ranks, self.nodes))

    @property
    def digest(self) -> str:
        """The digest of ranks, names and paths."""
        names = [list(names) for names in self.nodes]
        return digest_of(
            {"ranks": list(self.ranks), "nodes": names, "paths": digest_of_array(self.paths)}
        )

    @property
    def leaves(self) -> LabelSpace:
        """The names of the finest rank, sorted."""
        return LabelSpace(self.nodes[-1])

    def label_space(self, rank: str) -> LabelSpace:
        """Return the names at a rank, sorted.

        Raises:
            TaxonomyError: the rank is unknown.
        """
        return LabelSpace(self.nodes[self._rank_position(rank)])

    def ancestors(self, rank: str) -> npt.NDArray[np.int32]:
        """Return each leaf's ancestor at a rank: int32 array (n_leaves,), into that rank's names.

        Raises:
            TaxonomyError: the rank is unknown.
        """
        return self.paths[:, self._rank_position(rank)]

    def path_of(self, leaf: str) -> tuple[str, ...]:
        """Return the names above a leaf and its own, coarse to fine.

        Raises:
            ManifestError: the leaf is unknown.
        """
        path = self.paths[self.leaves.positions([leaf])[0]]
        return tuple(names[node] for names, node in zip(self.nodes, path, strict=True))

    def _rank_position(self, rank: str) -> int:
        if rank not in self.ranks:
            raise TaxonomyError(unknown_choice("rank", rank, self.ranks))
        return self.ranks.index(rank)


def build_taxonomy(
    frame: pl.DataFrame, ranks: Sequence[str], *, two_parents: TwoParents = "refuse"
) -> Taxonomy:
    """Return the tree that rank columns describe.

    A missing name at a coarser rank is taken from other rows of the same child; when no row knows
    it, it becomes "incertae sedis (<child>)", so that every leaf has all ranks.

    Args:
        frame: one row per image or per leaf, rank columns as text; empty text counts as missing.
        ranks: column names, coarse to fine.
        two_parents: what to do with a name under two parents: "refuse", or "qualify" it as
            "name (parent)".

    Raises:
        TaxonomyError: a rank column is missing or not text, there are no rows, a row has no leaf,
            or a name has two parents (with "qualify": and a row of it has none).
    """
    return place_rows(frame, ranks, two_parents=two_parents)[0]


def place_rows(
    frame: pl.DataFrame, ranks: Sequence[str], *, two_parents: TwoParents = "refuse"
) -> tuple[Taxonomy, pl.Series]:
    """Return the tree of ``build_taxonomy`` and the name of each row's leaf in it.

    The leaf's name differs from the text of the finest rank only where it had to be qualified.

    Raises:
        TaxonomyError: as ``build_taxonomy``.
    """
    lineages = distinct_lineages(frame, ranks)
    if lineages.is_empty():
        raise TaxonomyError("Expected at least one row to build a taxonomy from; got none.")
    refuse_faults(lineage_faults(lineages, ranks), two_parents)
    filled = fill_gaps(lineages, ranks)
    arranged = qualify(filled, ranks) if two_parents == "qualify" else filled
    taxonomy = _taxonomy_of(arranged, ranks)
    if arranged[ranks[-1]].equals(lineages[ranks[-1]]):
        return taxonomy, frame[ranks[-1]].alias("label")
    leaves = lineages.select(ranks).with_columns(arranged[ranks[-1]].alias("__leaf__"))
    rows = frame.select(named(rank) for rank in ranks).join(
        leaves, on=list(ranks), how="left", nulls_equal=True, maintain_order="left"
    )
    return taxonomy, rows["__leaf__"].alias("label")


def taxonomy_faults(frame: pl.DataFrame, ranks: Sequence[str]) -> tuple[TaxonomyFault, ...]:
    """Return every way in which rank columns fall short of a tree, the gravest kind first.

    Raises:
        TaxonomyError: a rank column is missing or not text.

    Example:
        >>> names = {"genus": ["Amanita", ""], "species": ["A. caesarea", "B. edulis"]}
        >>> [fault.kind for fault in taxonomy_faults(pl.DataFrame(names), ("genus", "species"))]
        ['missing_rank', 'unequal_depth']
    """
    return lineage_faults(distinct_lineages(frame, ranks), ranks)


def restrict_taxonomy(taxonomy: Taxonomy, leaves: Sequence[str]) -> Taxonomy:
    """Return the tree of some of the leaves: nodes without a leaf left are dropped.

    Raises:
        ManifestError: a leaf is unknown, or none is given.
    """
    kept = np.unique(taxonomy.leaves.positions(leaves))
    columns = [
        np.unique(taxonomy.paths[kept, r], return_inverse=True) for r in range(len(taxonomy.ranks))
    ]
    nodes = tuple(
        tuple(names[node] for node in used)
        for names, (used, _) in zip(taxonomy.nodes, columns, strict=True)
    )
    return Taxonomy(taxonomy.ranks, nodes, np.stack([place for _, place in columns], axis=1))


def taxonomy_to_json(taxonomy: Taxonomy) -> dict[str, Any]:
    """Return the taxonomy as content that JSON can hold."""
    return {
        "ranks": list(taxonomy.ranks),
        "nodes": [list(names) for names in taxonomy.nodes],
        "paths": taxonomy.paths.tolist(),
    }


def taxonomy_from_json(content: Mapping[str, Any]) -> Taxonomy:
    """Return the taxonomy that ``taxonomy_to_json`` wrote.

    Raises:
        TaxonomyError: a key is missing, or the content is not a tree.
    """
    missing = {"ranks", "nodes", "paths"} - content.keys()
    if missing:
        raise TaxonomyError(
            f"Expected a taxonomy with ranks, nodes and paths; {sorted(missing)[0]} is missing."
        )
    return Taxonomy(tuple(content["ranks"]), tuple(map(tuple, content["nodes"])), content["paths"])


def _taxonomy_of(arranged: pl.DataFrame, ranks: Sequence[str]) -> Taxonomy:
    lineages = arranged.select(ranks).unique().sort(ranks[-1])
    columns = [np.unique(lineages[rank].to_numpy(), return_inverse=True) for rank in ranks]
    nodes = tuple(tuple(str(name) for name in names) for names, _ in columns)
    return Taxonomy(tuple(ranks), nodes, np.stack([place for _, place in columns], axis=1))
