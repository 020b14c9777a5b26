"""What guessing is expected to score: with equal probability for all candidates, or by a prior."""

from collections.abc import Mapping, Sequence

import numpy as np

from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.classification import (
    ItemMetric,
    brier_scores,
    item_metric,
    log_losses,
    top_k_over,
)
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.label_codes import label_counts
from fieldmark.evaluation.measuring import Expected, Judged, Subject
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.resampling import FloatArray
from fieldmark.manifest.taxonomy import Taxonomy

CHANCE = "chance"
PRIOR_OF_TRAINING = "prior of the training labels"
PRIOR_OF_EVALUATED = "prior of the evaluated labels"


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
        for metric, value in _of_chance(answers).items()
    )


def prior_subject(
    judged: Judged, *, taxonomy: Taxonomy | None, training_labels: Mapping[str, int] | None
) -> Subject:
    """Return the baseline that guesses each class as often as it occurs.

    Its accuracy is that of a guess drawn from the prior; its log loss and Brier score are those of
    the prior itself, given as the probabilities of every item.

    Args:
        judged: the answers that the baseline stands beside.
        taxonomy: the tree, when there are ranks above the leaves.
        training_labels: number of training items of each label; None to count the evaluated
            labels, which flatters the baseline a little, and is said in its name.

    Raises:
        PredictionsError: no training label is a candidate class.
    """
    found: list[ItemMetric] = []
    for answers in judged.levels:
        counts = label_counts(answers, training_labels, taxonomy)
        prior = np.zeros(len(answers.classes))
        prior[: answers.candidates] = counts / max(counts.sum(), 1)
        found += guess_metrics(answers, prior[answers.truth], float(np.square(prior).sum()))
    name = PRIOR_OF_EVALUATED if training_labels is None else PRIOR_OF_TRAINING
    return Subject(name, (Expected(tuple(found)),))


def guess_metrics(
    answers: Answers, probability: FloatArray, sum_of_squares: float | None
) -> Sequence[ItemMetric]:
    """Return the expected metrics of a guess.

    Args:
        answers: of the contender that the guess stands beside.
        probability: float64 (n,), that the guess of each item is its label.
        sum_of_squares: of the probabilities of all classes; None to leave out what needs it, and
            the log loss.
    """
    metrics = [item_metric(answers, "accuracy", probability)]
    if sum_of_squares is None or answers.log_probability is None:
        return metrics
    with np.errstate(divide="ignore"):
        logs = np.log(probability)
    if answers.known.any():
        metrics.append(item_metric(answers, "log_loss", log_losses(logs), counted=answers.known))
    if answers.sum_of_squares is not None:
        squares = np.full(answers.n, sum_of_squares)
        metrics.append(item_metric(answers, "brier_score", brier_scores(logs, squares)))
    return metrics


def _of_chance(answers: Answers) -> dict[str, float]:
    known, candidates = float(answers.known.mean()), answers.candidates
    expected = {"accuracy": known / candidates, "weighted_recall": known / candidates}
    if answers.place is not None:
        for k in top_k_over(candidates):
            expected[f"top_{k}_accuracy"] = known * k / candidates
    present = np.unique(answers.truth)
    known_classes = np.unique(answers.truth[answers.known])
    share = len(known_classes) / len(present)
    expected["balanced_accuracy"] = expected["macro_recall"] = share / candidates
    expected["macro_recall_all_classes"] = len(known_classes) / candidates**2
    if answers.log_probability is not None and answers.known.any():
        expected["log_loss"] = float(np.log(candidates))
    if answers.sum_of_squares is not None:
        expected["brier_score"] = 1.0 + (1.0 - 2.0 * known) / candidates
    return expected
