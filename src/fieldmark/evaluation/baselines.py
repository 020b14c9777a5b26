"""Trivial baselines, which stand beside every table, and the skill over the best of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.hierarchical import PathAnswers
from fieldmark.evaluation.label_codes import label_counts
from fieldmark.evaluation.measuring import Judged, Subject
from fieldmark.evaluation.metrics import METRICS, definition_of
from fieldmark.evaluation.resampling import IntArray
from fieldmark.manifest.taxonomy import Taxonomy

MAJORITY_OF_TRAINING = "majority class of the training labels"
MAJORITY_OF_EVALUATED = "majority class of the evaluated labels"


def majority_subject(
    judged: Judged, *, taxonomy: Taxonomy | None, training_labels: Mapping[str, int] | None
) -> Subject:
    """Return the baseline that gives every item the same answer: the most frequent class.

    At each rank it is the most frequent class of that rank. Its top five are the five most
    frequent; equally frequent classes are taken in class order.

    Args:
        judged: the answers that the baseline stands beside.
        taxonomy: the tree, when there are ranks above the leaves.
        training_labels: number of training items of each label; None to count the evaluated
            labels, which flatters the baseline a little, and is said in its name.

    Raises:
        PredictionsError: no training label is a candidate class.
    """
    levels = [
        _constant(answers, label_counts(answers, training_labels, taxonomy))
        for answers in judged.levels
    ]
    name = MAJORITY_OF_EVALUATED if training_labels is None else MAJORITY_OF_TRAINING
    return answering_subject(name, judged, levels)


def answering_subject(name: str, judged: Judged, levels: Sequence[Answers]) -> Subject:
    """Return a baseline that gives an answer to every item.

    Args:
        name: of the baseline.
        judged: the answers that the baseline stands beside.
        levels: the answers of the baseline at the same levels.
    """
    path = PathAnswers(tuple(levels[1:]), None) if judged.path else None
    return Subject(name, (Judged(levels[0], path, judged.taxonomy),))


def answers_of_codes(answers: Answers, predicted: IntArray) -> Answers:
    """Return the answers with other predictions, and nothing that only scores can tell."""
    return replace(
        answers,
        predicted=predicted,
        place=None,
        confidence=None,
        log_probability=None,
        sum_of_squares=None,
    )


def skill_estimates(
    estimates: Sequence[Estimate], baselines: Sequence[Estimate]
) -> tuple[Estimate, ...]:
    """Return the skill of every Estimate that has a baseline with a value: 1 is perfect.

    Args:
        estimates: of a contender.
        baselines: of the trivial baselines, on the same items.
    """
    found = []
    for estimate in estimates:
        rivals = [
            baseline
            for baseline in baselines
            if (baseline.metric, baseline.rank) == (estimate.metric, estimate.rank)
            and baseline.value is not None
        ]
        if rivals and f"{estimate.metric}_skill" in METRICS:
            found.append(skill_of(estimate, rivals))
    return tuple(found)


def skill_of(estimate: Estimate, baselines: Sequence[Estimate]) -> Estimate:
    """Return the share of the way from the best baseline to the best possible value.

    It is not defined where the baseline is already perfect, nor where the Estimate is not.

    Args:
        estimate: of a contender.
        baselines: Estimates of the same metric at the same rank; at least one with a value.

    Raises:
        PredictionsError: there is no baseline with a value.

    Example:
        >>> share = Estimate(metric="accuracy", value=0.9, low=0.85, high=0.95, n=100, classes=2,
        ...     method="Wilson", split="test", denominator="all 100 items")
        >>> skill = skill_of(share, [replace(share, value=0.8, low=None, high=None)])
        >>> round(skill.value, 3), round(skill.low, 3), round(skill.high, 3)
        (0.5, 0.25, 0.75)
    """
    higher = definition_of(estimate.metric).direction == "higher"
    values = {b.contender: b.value for b in baselines if b.value is not None}
    if not values:
        raise PredictionsError(f"Expected a baseline of {estimate.metric} with a value; got none.")
    name, best = (max if higher else min)(values.items(), key=lambda item: item[1])
    span = (1.0 if higher else 0.0) - best
    ends = [
        None if end is None or span == 0 else (end - best) / span
        for end in (estimate.value, estimate.low, estimate.high)
    ]
    low, high = (ends[1], ends[2]) if higher else (ends[2], ends[1])
    return replace(
        estimate,
        metric=f"{estimate.metric}_skill",
        value=ends[0],
        low=low,
        high=high,
        method=f"{estimate.method}; against {name or 'the baseline'} ({best:.4f})",
        seed_values=() if span == 0 else tuple((v - best) / span for v in estimate.seed_values),
    )


def _constant(answers: Answers, counts: IntArray) -> Answers:
    ordered = np.argsort(-counts, kind="stable")
    place = np.full(len(answers.classes), answers.candidates + 1, dtype=np.int64)
    place[ordered] = np.arange(1, answers.candidates + 1)
    constant = answers_of_codes(answers, np.full(answers.n, ordered[0]))
    return replace(constant, place=place[answers.truth])
