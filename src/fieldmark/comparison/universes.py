"""Contenders with different numbers of classes, compared among one number of random candidates."""

import numpy as np

from fieldmark.comparison.judged_tables import answers_at
from fieldmark.core.checks import count_of, unknown_choice
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.candidate_sets import expected_metrics
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.measuring import Judged

#: Begins the identifier of a metric in expectation over random candidate sets.
EXPECTED = "expected_"


def expected_metric(judged: Judged, metric: str, rank: str | None, *, size: int) -> ItemMetric:
    """Return per item the expected top-k accuracy among a random set of fewer candidates.

    The set holds the label and ``size - 1`` of the contender's other classes, each set as likely
    as the next. It is legitimate where every label is a class of the contender; whether its other
    classes are hard or easy to tell apart still differs between contenders.

    Args:
        judged: answers of one seed, with the place of each label.
        metric: "expected_accuracy" or an expected top-k accuracy.
        rank: a rank above the leaves; None for the leaves.
        size: number of candidates in the set, at most as many as the contender has.

    Raises:
        NotComparableError: the place of the label does not decide the metric, or is not known; a
            label is no class of the contender; or it has fewer classes.
    """
    answers = answers_at(judged, rank)
    unknown = int(np.count_nonzero(~answers.known))
    if unknown:
        raise NotComparableError(
            f"Expected labels among the {answers.candidates:,} classes of the contender;"
            f" {count_of(unknown, 'item')} of {answers.n:,} bear another. Leave them out with"
            " `--classes common`."
        )
    if not 1 < size <= answers.candidates:
        raise NotComparableError(
            f"Expected a universe of 2 to {answers.candidates:,} candidates, as many as the smaller"
            f" contender has; got {size:,}."
        )
    found = {one.metric: one for one in expected_metrics(answers, smaller=size)}
    if not found:
        raise NotComparableError(
            f"These scores do not order the classes at rank {answers.rank}, so nothing is known of"
            " a smaller universe. Compare at the leaves."
        )
    if metric not in found:
        choices = [name.removeprefix(EXPECTED) for name in found]
        asked = metric.removeprefix(EXPECTED)
        raise NotComparableError(unknown_choice("metric to expect at a universe", asked, choices))
    return found[metric]


def universe_notes(a: Judged, b: Judged, *, rank: str | None, size: int) -> list[str]:
    """Return what a reader must know of a comparison among random candidates."""
    first, second = (answers_at(one, rank).candidates for one in (a, b))
    return [
        f"each in expectation over random sets of {size:,} candidates that hold the label, out of"
        f" its own {first:,} and {second:,} classes; whether those are equally hard to tell apart"
        " is not made equal"
    ]
