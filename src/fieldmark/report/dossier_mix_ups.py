"""What a critical class is taken for, what is taken for it, and how often that is dangerous."""

from collections.abc import Sequence

import numpy as np

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.resampling import IntArray
from fieldmark.manifest.hazards import Hazards
from fieldmark.predictions.table import Predictions
from fieldmark.report.confusions import shared_by
from fieldmark.report.exhibits import TakenFor

_MOST_NAMES = 10


def mixed_up(
    leaf: Answers,
    codes: IntArray,
    predictions: Predictions,
    *,
    truth: str = "",
    predicted: str = "",
) -> tuple[TakenFor, ...]:
    """Return the other classes among codes, most frequent first, at most ten.

    Args:
        leaf: the answers at the leaf.
        codes: int array, answers to a class, or labels that were answered with it.
        predictions: their table.
        truth: the class, where the codes are answers; "" otherwise.
        predicted: the class, where the codes are labels; "" otherwise.
    """
    one = truth or predicted
    counts = np.bincount(codes, minlength=len(leaf.classes))
    counts[leaf.classes.index(one)] = 0
    order = np.argsort(-counts, kind="stable")[:_MOST_NAMES]
    labelled = np.bincount(leaf.truth, minlength=len(leaf.classes))
    found: Sequence[int] = [int(code) for code in order if counts[code]]
    return tuple(
        TakenFor(
            truth=truth or leaf.classes[code],
            predicted=predicted or leaf.classes[code],
            count=int(counts[code]),
            of=int(labelled[leaf.classes.index(truth) if truth else code]),
            shared=shared_by(predictions.taxonomy, one, leaf.classes[code]),
        )
        for code in found
    )


def dangerous_mix_ups(leaf: Answers, name: str, hazards: Hazards | None) -> int:
    """Return how many images are mixed up dangerously with a class.

    Of a poisonous class those answered with a harmless one; of any other the images of poisonous
    classes that were answered with it; 0 where nothing says what is poisonous.

    Args:
        leaf: the answers at the leaf.
        name: the class.
        hazards: which classes are poisonous, or None.
    """
    if hazards is None:
        return 0
    known = np.array([hazards.of(one) for one in leaf.classes], dtype=np.object_)
    code = leaf.classes.index(name)
    if known[code] == "poisonous":
        mixed = (leaf.truth == code) & (known[leaf.predicted] == "harmless")
    else:
        mixed = (leaf.predicted == code) & (known[leaf.truth] == "poisonous")
    return int(np.count_nonzero(mixed))
