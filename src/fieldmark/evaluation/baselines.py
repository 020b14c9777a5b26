"""Trivial baselines, which stand beside every table, and the skill over the best of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.classification import TOP_K
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.hierarchical import PathAnswers
from fieldmark.evaluation.measuring import Judged, Subject
from fieldmark.evaluation.metrics import METRICS, definition_of
from fieldmark.evaluation.resampling import IntArray
from fieldmark.manifest.taxonomy import Taxonomy

CHANCE = "chance"
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
        _constant(answers, _counts(answers, training_labels, taxonomy)) for answers in judged.levels
    ]
    path = PathAnswers(tuple(levels[1:]), None) if judged.path else None
    name = MAJORITY_OF_EVALUATED if training_labels is None else MAJORITY_OF_TRAINING
    return Subject(name, (Judged(levels[0], path),))


def chance_estimates(judged: Judged, *, split: str, level: float = 0.95) -> tuple[Estimate, ...]:
    """Return what a guess with equal probability for every candidate would score on average.

    These are expectations, known exactly; their interval is a point.

    Args:
        judged: the answers that the baseline stands beside.
        split: part of the split that the items come from.
        level: written into the Estimates, in (0, 1).
    """
    return tuple(
        Estimate(
            metric=metric,
            value=value,
            low=value,
            high=value,
            level=level,
            n=answers.n,
            method="exact expectation",
            split=split,
            classes=answers.candidates,
            rank=answers.rank,
            denominator=METRICS[metric].denominator,
            contender=CHANCE,
        )
        for answers in judged.levels
        for metric, value in _expectations(answers).items()
    )


def skill_estimates(
    estimates: Sequence[Estimate], baselines: Sequence[Estimate]
) -> tuple[Estimate, ...]:
    """Return the skill of every Estimate that has a baseline: 0 is no better, 1 is perfect.

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


def _counts(
    answers: Answers, training_labels: Mapping[str, int] | None, taxonomy: Taxonomy | None
) -> IntArray:
    if training_labels is None:
        return np.bincount(answers.truth, minlength=len(answers.classes))
    code = {name: position for position, name in enumerate(answers.classes)}
    counts = np.zeros(len(answers.classes), dtype=np.int64)
    for label, number in training_labels.items():
        name = _name_at(label, answers.rank, taxonomy)
        if name in code:
            counts[code[name]] += number
    if not counts[: answers.candidates].any():
        raise PredictionsError(
            "Expected the training labels to hold at least one class of the predictions; none"
            " does. Count the labels that the contender was trained on, under the same names."
        )
    return counts


def _name_at(label: str, rank: str | None, taxonomy: Taxonomy | None) -> str | None:
    if rank is None or taxonomy is None:
        return label
    if label not in taxonomy.nodes[-1]:
        return None
    return taxonomy.path_of(label)[taxonomy.ranks.index(rank)]


def _constant(answers: Answers, counts: IntArray) -> Answers:
    ordered = np.argsort(-counts[: answers.candidates], kind="stable")
    place = np.full(len(answers.classes), answers.candidates + 1, dtype=np.int64)
    place[ordered] = np.arange(1, answers.candidates + 1)
    return replace(
        answers,
        predicted=np.full(answers.n, ordered[0]),
        place=place[answers.truth],
        confidence=None,
        log_probability=None,
    )


def _expectations(answers: Answers) -> dict[str, float]:
    known = float(answers.known.mean())
    expected = {"accuracy": known / answers.candidates}
    if answers.place is not None and answers.candidates > TOP_K:
        expected["top_5_accuracy"] = known * TOP_K / answers.candidates
    present = np.unique(answers.truth)
    known_classes = np.unique(answers.truth[answers.known])
    share = len(known_classes) / len(present)
    expected["balanced_accuracy"] = expected["macro_recall"] = share / answers.candidates
    if answers.log_probability is not None and answers.known.any():
        expected["log_loss"] = float(np.log(answers.candidates))
    return expected
