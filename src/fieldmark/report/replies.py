"""What a contender says of one observation: its best classes, and its path with the label's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.errors import FieldmarkError
from fieldmark.decision.rolled_up import CUSTOMARY
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.report.readings import DecidedReply, DecodedReply

_Scores = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReply:
    """The answer at one rank, beside the label.

    Attributes:
        rank: its name; "class" without a taxonomy.
        name: the ancestor of the best leaf, or the leaf.
        probability: summed over the leaves below it, in [0, 1]; None for similarities.
        truth: the label's name at this rank; "" where no label is known.
        alone: the likeliest name at this rank by itself with its probability, where it is another.
    """

    rank: str
    name: str
    probability: float | None
    truth: str
    alone: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer from one photo, or from all photos of an observation together.

    Attributes:
        of: the photo, or how many were pooled, in words.
        top: (class, score) of the best classes, best first.
        path: one node for each rank, coarse to fine; a path of the tree.
        sure_of: the deepest rank and name that reach the threshold, such as "genus Amanita"; ""
            where none does, or without probabilities.
        decoded: what each decoder answers; nothing without ranks.
        decided: what each decision of the study answers; nothing where it has none.
    """

    of: str
    top: tuple[tuple[str, float], ...]
    path: tuple[NodeReply, ...]
    sure_of: str = ""
    decoded: tuple[DecodedReply, ...] = ()
    decided: tuple[DecidedReply, ...] = ()

    @property
    def departs_at(self) -> str:
        """The coarsest rank at which it is not the label; "" where there is none."""
        wrong = [node.rank for node in self.path if node.truth and node.truth != node.name]
        return wrong[0] if wrong else ""

    @property
    def has_truth(self) -> bool:
        """Whether a label is known."""
        return any(node.truth for node in self.path)


def reply_of(
    scores: _Scores,
    classes: Sequence[str],
    taxonomy: Taxonomy | None,
    *,
    of: str,
    is_probability: bool,
    truth: str | None = None,
    sure: float = CUSTOMARY,
    top: int = 5,
) -> Reply:
    """Return the answer that scores make: the best leaf, and everything above it.

    Args:
        scores: float (n_classes,), probabilities that sum to 1, or similarities.
        classes: their names; leaves of the taxonomy.
        taxonomy: ranks above the classes; None for the classes alone.
        of: the photo, or how many were pooled, in words.
        is_probability: whether scores are probabilities.
        truth: the label; None where it is not known.
        sure: which probability counts as sure; it promises nothing.
        top: how many classes are named.

    Raises:
        FieldmarkError: there are not as many scores as classes, or not at least one.

    Example:
        >>> reply = reply_of(np.array([0.2, 0.8]), ("oak", "elm"), None, of="a.jpg",
        ...     is_probability=True, truth="oak")
        >>> reply.top[0], reply.departs_at, reply.sure_of
        (('elm', 0.8), 'class', 'class elm')
    """
    if scores.shape != (len(classes),) or not len(classes):
        raise FieldmarkError(
            f"Expected one score for each of {len(classes):,} classes, at least one; got"
            f" {scores.shape}. Hand in one row of scores."
        )
    order = np.argsort(-scores, kind="stable")[:top]
    path = _path(scores, classes, taxonomy, is_probability=is_probability, truth=truth)
    reaching = [f"{node.rank} {node.name}" for node in path if (node.probability or 0.0) >= sure]
    return Reply(
        of=of,
        top=tuple((classes[place], float(scores[place])) for place in order.tolist()),
        path=path,
        sure_of=reaching[-1] if reaching else "",
    )


def _path(
    scores: _Scores,
    classes: Sequence[str],
    taxonomy: Taxonomy | None,
    *,
    is_probability: bool,
    truth: str | None,
) -> tuple[NodeReply, ...]:
    best = int(np.argmax(scores))
    if taxonomy is None:
        sure = float(scores[best]) if is_probability else None
        return (NodeReply(rank="class", name=classes[best], probability=sure, truth=truth or ""),)
    above = taxonomy.paths[taxonomy.leaves.positions(classes)]
    truths = taxonomy.path_of(truth) if truth else ("",) * len(taxonomy.ranks)
    found = []
    for depth, rank in enumerate(taxonomy.ranks):
        names, node = taxonomy.nodes[depth], int(above[best, depth])
        probability, alone = None, None
        if is_probability:
            sums = np.bincount(above[:, depth], weights=scores, minlength=len(names))
            likeliest = int(np.argmax(sums))
            probability = min(float(sums[node]), 1.0)
            if sums[likeliest] > sums[node]:
                alone = names[likeliest], min(float(sums[likeliest]), 1.0)
        found.append(
            NodeReply(
                rank=rank,
                name=names[node],
                probability=probability,
                truth=truths[depth],
                alone=alone,
            )
        )
    return tuple(found)
