"""The raw scores of a model with one head per rank, and the leaf scores that they agree on.

Each head is a table of its own over the names of its rank, so nothing keeps the heads from
contradicting each other. The joint scores weigh whole paths instead, and every answer read from
them is a path of the tree.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import FieldmarkError, PredictionsError, StoreError
from fieldmark.core.storage import (
    atomic_directory,
    read_json,
    refuse_foreign,
    says_format,
    write_json,
)
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy, taxonomy_from_json, taxonomy_to_json
from fieldmark.predictions.blocks import FloatArray, collect
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.joint_scores import joint_blocks, reachable_leaves
from fieldmark.predictions.rank_heads_validity import check_heads, check_rank_labels
from fieldmark.predictions.rollup import cut_taxonomy, rolled_header
from fieldmark.predictions.store import load_predictions, save_predictions
from fieldmark.predictions.table import Predictions

_RECORD = "rank-heads.json"
_FORMAT = "fieldmark rank heads 1"


@dataclasses.dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RankHeads:
    """One table of raw scores for each rank of a taxonomy, of the same items in the same order.

    Attributes:
        taxonomy: the tree; every label of the finest table is one of its leaves.
        tables: one a rank, coarse to fine, logits or probabilities; its classes are names at that
            rank, all or some of them, and its label is the name above the item's leaf.

    Raises:
        PredictionsError: the tables do not fit the ranks, each other or the tree.

    Example:
        >>> from fieldmark.manifest.taxonomy import build_taxonomy
        >>> names = {"genus": ["Quercus", "Ulmus"], "species": ["oak", "elm"]}
        >>> heads = rank_heads_of(
        ...     PredictionsHeader(score_kind="logits", contender="two heads"),
        ...     items=pl.DataFrame({"id": ["1"], "label": ["oak"]}),
        ...     taxonomy=build_taxonomy(pl.DataFrame(names), ("genus", "species")),
        ...     scores={"genus": np.array([[0.0, 1.0]]), "species": np.array([[0.0, 2.0]])},
        ... )
        >>> [table.labels.to_list() for table in heads.tables], heads.leaf.label_space.classes
        ([['Quercus'], ['oak']], ('elm', 'oak'))
    """

    taxonomy: Taxonomy
    tables: tuple[Predictions, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", tuple(self.tables))
        check_heads(self.taxonomy, self.tables)
        check_rank_labels(self.taxonomy, self.tables)

    def __repr__(self) -> str:
        return (
            f"RankHeads('{self.leaf.header.contender}', {', '.join(self.taxonomy.ranks)}, "
            f"{count_of(self.n, 'item')}, split '{self.leaf.header.split}')"
        )

    @property
    def leaf(self) -> Predictions:
        """The table of the finest rank."""
        return self.tables[-1]

    @property
    def n(self) -> int:
        """Number of items."""
        return self.leaf.n

    @property
    def digest(self) -> str:
        """Digest of everything but the provenance."""
        tables = [table.digest for table in self.tables]
        return digest_of({"taxonomy": self.taxonomy.digest, "tables": tables})


def rank_heads_of(
    header: PredictionsHeader,
    *,
    items: pl.DataFrame,
    taxonomy: Taxonomy,
    scores: Mapping[str, FloatArray],
    classes: Mapping[str, Sequence[str]] | None = None,
    training_ids: Iterable[str] | None = None,
) -> RankHeads:
    """Return the raw heads of a model from one array of scores for each rank.

    Args:
        header: where the scores come from; its training counts are those of the leaves.
        items: columns id and label (a leaf of the taxonomy), optionally group, and any others.
        taxonomy: the tree.
        scores: for each rank a float array (n_items, names at that rank).
        classes: for a rank the names of its columns; all names of the rank, in the order of the
            taxonomy, for a rank that is not given.
        training_ids: ids that the model was trained on.

    Raises:
        PredictionsError: a rank has no scores, or `RankHeads` does not hold.
        TaxonomyError: scores or classes are given for a rank that the taxonomy lacks.
        ManifestError: a label is no leaf of the taxonomy.
    """
    for rank in (*scores, *(classes or {})):
        taxonomy.ancestors(rank)
    missing = [rank for rank in taxonomy.ranks if rank not in scores]
    if missing:
        raise PredictionsError(
            f"Expected the scores of a head for every rank of the taxonomy; {first_few(missing)}"
            " have none. Add them, or use a taxonomy of the ranks that have heads."
        )
    leaves = taxonomy.leaves.positions(items["label"])
    trained = None if training_ids is None else tuple(training_ids)
    tables = []
    for depth, rank in enumerate(taxonomy.ranks):
        names = taxonomy.nodes[depth]
        labels = [names[node] for node in taxonomy.paths[leaves, depth]]
        is_leaf = depth == len(taxonomy.ranks) - 1
        tables.append(
            Predictions(
                header=header if is_leaf else rolled_header(header, taxonomy, rank),
                items=items.with_columns(label=pl.Series(labels, dtype=pl.String)),
                label_space=LabelSpace(tuple((classes or {}).get(rank, names))),
                scores=scores[rank],
                taxonomy=cut_taxonomy(taxonomy, rank),
                training_ids=trained,
            )
        )
    return RankHeads(taxonomy=taxonomy, tables=tuple(tables))


def joint(rank_heads: RankHeads) -> Predictions:
    """Return the scores of whole paths: logits over the leaves, so that every answer is a path.

    The logit of a leaf is the sum over the ranks of the log-probability of its ancestor in that
    rank's head, as if the heads were independent. A leaf that itself or whose ancestor has no
    column in its head cannot be reached and is left out.

    Returns:
        Predictions of the same items with the taxonomy; float32 logits, at least one class.

    Raises:
        PredictionsError: no leaf has a column in every head.

    Example:
        >>> from fieldmark.manifest.taxonomy import build_taxonomy
        >>> names = {"genus": ["Quercus", "Ulmus"], "species": ["oak", "elm"]}
        >>> heads = rank_heads_of(
        ...     PredictionsHeader(score_kind="probabilities", contender="two heads"),
        ...     items=pl.DataFrame({"id": ["1"], "label": ["oak"]}),
        ...     taxonomy=build_taxonomy(pl.DataFrame(names), ("genus", "species")),
        ...     scores={"genus": np.array([[0.9, 0.1]]), "species": np.array([[0.6, 0.4]])},
        ... )
        >>> np.exp(joint(heads).scores.astype(np.float64)).round(2).tolist()
        [[0.06, 0.36]]
    """
    taxonomy, leaf = rank_heads.taxonomy, rank_heads.leaf
    kept = reachable_leaves(taxonomy, rank_heads.tables)
    if not kept.any():
        raise PredictionsError(
            "Expected a leaf with a column in the head of every rank; there is none. Name the"
            " columns of each head as the taxonomy does."
        )
    classes = tuple(np.array(leaf.label_space.classes, dtype=object)[kept])
    dtype = np.dtype(np.float32)
    scores = collect(
        joint_blocks(taxonomy, rank_heads.tables, kept),
        shape=(rank_heads.n, len(classes)),
        dtype=dtype,
    )
    made = {"joint_over": list(taxonomy.ranks), "leaves_left_out": int((~kept).sum())}
    header = leaf.header.model_copy(
        update={
            "score_kind": ScoreKind.LOGITS,
            "provenance": {**leaf.header.provenance, **made},
        }
    )
    return Predictions(
        header=header,
        items=leaf.items,
        label_space=LabelSpace(classes),
        scores=scores,
        taxonomy=taxonomy,
        training_ids=leaf.training_ids,
    )


def write_rank_heads(folder: Path, rank_heads: RankHeads) -> None:
    """Write raw heads to ``folder``, whole or not at all; stored raw heads are replaced.

    Each head lies in a folder of its own, ``rank-1`` for the coarsest, as ordinary stored
    predictions of its rank.

    Raises:
        StoreError: ``folder`` holds something else.
    """
    refuse_foreign(folder, is_own=is_rank_heads_store(folder), what="rank heads")
    with atomic_directory(folder) as partial:
        for place, table in enumerate(rank_heads.tables, start=1):
            save_predictions(table, partial / f"rank-{place}")
        content = {"format": _FORMAT, "taxonomy": taxonomy_to_json(rank_heads.taxonomy)}
        write_json(partial / _RECORD, content)


def load_rank_heads(folder: Path) -> RankHeads:
    """Return stored raw heads; the scores stay on disk, memory-mapped.

    Raises:
        StoreError: ``folder`` holds none, or they are damaged.
    """
    if not is_rank_heads_store(folder):
        raise StoreError(
            f"Expected stored rank heads in {folder}; there are none. Name the folder that holds"
            f" {_RECORD}, or take tables of each rank in with `fieldmark decode --rank`."
        )
    try:
        taxonomy = taxonomy_from_json(read_json(folder / _RECORD)["taxonomy"])
        tables = tuple(
            load_predictions(folder / f"rank-{place}")
            for place in range(1, len(taxonomy.ranks) + 1)
        )
        return RankHeads(taxonomy=taxonomy, tables=tables)
    except (FieldmarkError, KeyError, TypeError) as error:
        raise StoreError(
            f"The rank heads in {folder} are damaged ({error}). Store them again."
        ) from error


def is_rank_heads_store(folder: Path) -> bool:
    """Return whether ``folder`` holds stored rank heads of this format."""
    return says_format(folder / _RECORD, _FORMAT)
