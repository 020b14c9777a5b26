"""Labels of known items, coded as the answers at each rank are."""

from collections.abc import Iterable, Mapping

import numpy as np

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.resampling import IntArray
from fieldmark.manifest.taxonomy import Taxonomy


def candidate_codes(answers: Answers, labels: Iterable[str], taxonomy: Taxonomy | None) -> IntArray:
    """Return the candidate class of each label at the rank of the answers, -1 where it is none.

    Args:
        answers: whose classes the codes point to.
        labels: names of leaves.
        taxonomy: the tree; None when there are no ranks above the leaves.

    Example:
        >>> answers = Answers(rank=None, classes=("oak", "ash", "elm"), candidates=2,
        ...     truth=np.array([2]), predicted=np.array([0]))
        >>> candidate_codes(answers, ["ash", "elm", "yew"], None).tolist()
        [1, -1, -1]
    """
    code: dict[str | None, int] = {
        name: place for place, name in enumerate(answers.classes[: answers.candidates])
    }
    names, back = np.unique(np.array(list(labels), dtype=np.str_), return_inverse=True)
    above = _names_at(names.tolist(), answers.rank, taxonomy)
    codes: IntArray = np.array([code.get(name, -1) for name in above], dtype=np.int64)[back]
    return codes


def label_counts(
    answers: Answers, training_labels: Mapping[str, int] | None, taxonomy: Taxonomy | None
) -> IntArray:
    """Return how often each candidate is a label, int64 (candidates,).

    Args:
        answers: at one rank.
        training_labels: number of training items of each label; None to count the labels of the
            answers themselves.
        taxonomy: the tree; None when there are no ranks above the leaves.

    Raises:
        PredictionsError: no training label is a candidate.
    """
    if training_labels is None:
        counts = np.bincount(answers.truth, minlength=len(answers.classes))
        return counts[: answers.candidates]
    codes = candidate_codes(answers, training_labels, taxonomy)
    counts = np.zeros(answers.candidates, dtype=np.int64)
    inside = codes >= 0
    numbers = np.array(list(training_labels.values()), dtype=np.int64)
    np.add.at(counts, codes[inside], numbers[inside])
    if not counts.any():
        raise PredictionsError(
            "Expected the training labels to hold at least one class of the predictions; none"
            " does. Count the labels that the contender was trained on, under the same names."
        )
    return counts


def _names_at(leaves: list[str], rank: str | None, taxonomy: Taxonomy | None) -> list[str | None]:
    if rank is None or taxonomy is None:
        return list(leaves)
    place = {name: position for position, name in enumerate(taxonomy.nodes[-1])}
    depth = taxonomy.ranks.index(rank)
    names, nodes = taxonomy.nodes[depth], taxonomy.paths[:, depth]
    return [names[nodes[place[leaf]]] if leaf in place else None for leaf in leaves]
