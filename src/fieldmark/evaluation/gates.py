"""Signs that a run is dead: its numbers are then no evidence for or against anything."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.resampling import Units
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.table import Predictions

_NEARLY_ONE_CLASS = 0.95
_NEARLY_FLAT = 0.99
_NEARLY_SHARP = 1e-6
_FEW_GROUPS = 10
_FEWEST_ITEMS = 10
_SAMPLED_ITEMS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One sign that something is wrong, or that a number must be read with care.

    Attributes:
        code: "constant-prediction", "class-prior", "chance-level", "no-skill", "flat-scores",
            "saturated-scores", "unknown-labels", "excluded-items" or "few-groups".
        sentence: what was seen, and what to do.
        dead: whether the contender must be left out of every conclusion.
    """

    code: str
    sentence: str
    dead: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self)


def answer_flags(answers: Answers) -> tuple[Flag, ...]:
    """Return the flags of answers that are the same class throughout, or nearly.

    Nothing is flagged when the labels themselves hold one class only, or with fewer than ten items.
    """
    counts = np.bincount(answers.predicted, minlength=len(answers.classes))
    labelled = np.bincount(answers.truth, minlength=len(answers.classes))
    top = int(counts.argmax())
    present = np.count_nonzero(labelled)
    is_prior = int(answers.right.sum()) == labelled[top]
    is_nearly_one = counts[top] >= _NEARLY_ONE_CLASS * answers.n
    if answers.n < _FEWEST_ITEMS or present < 2 or not is_nearly_one or not is_prior:
        return ()
    share = f"{100 * labelled[top] / answers.n:.2f} %"
    way_out = "The run is dead: look at its loss, learning rate and checkpoint."
    name, items = answers.classes[top], count_of(answers.n, "item")
    if counts[top] == answers.n:
        sentence = (
            f"All {items} were answered '{name}', though the labels hold {present:,} classes; the"
            f" accuracy is the share of that class, {share}. {way_out}"
        )
        return (Flag(code="constant-prediction", sentence=sentence, dead=True),)
    sentence = (
        f"{counts[top]:,} of {items} were answered '{name}', and the accuracy equals the share of"
        f" that class, {share}. {way_out}"
    )
    return (Flag(code="class-prior", sentence=sentence, dead=True),)


def level_flags(
    estimates: Sequence[Estimate], *, chance: Sequence[Estimate], majority: Sequence[Estimate]
) -> tuple[Flag, ...]:
    """Return the flag of an accuracy at chance level, or else of one no better than the majority.

    An accuracy is at chance level when its interval does not lie above chance. With one candidate
    there is nothing to tell apart, and nothing is flagged.

    Args:
        estimates: of the contender; the accuracy at the leaves is looked at.
        chance: of guessing.
        majority: of always answering the most frequent class.
    """
    found = [find_estimate(table, "accuracy") for table in (estimates, chance, majority)]
    accuracy, by_chance, by_majority = found
    if accuracy is None or accuracy.classes < 2:
        return ()
    measured = f"The accuracy of {accuracy.value_text()} ({accuracy.interval_text()})"
    if by_chance is not None and _is_not_above(accuracy, by_chance):
        sentence = (
            f"{measured} cannot be told from chance, {by_chance.value_text()} with"
            f" {accuracy.classes:,} classes. The run is dead, or there are too few items."
        )
        return (Flag(code="chance-level", sentence=sentence, dead=True),)
    if by_majority is not None and _is_not_above(accuracy, by_majority):
        sentence = (
            f"{measured} does not lie above {by_majority.value_text()}, which always answering the"
            " most frequent class scores. Look at the balanced accuracy and macro F1 beside it."
        )
        return (Flag(code="no-skill", sentence=sentence),)
    return ()


def score_flags(predictions: Predictions) -> tuple[Flag, ...]:
    """Return the flag of probabilities that are all alike or all 0 and 1, by their mean entropy.

    Looks at up to 1,000 items, evenly spread. Similarities have no entropy.
    """
    kind, classes = predictions.header.score_kind, len(predictions.label_space)
    if kind is ScoreKind.SIMILARITIES or classes < 2:
        return ()
    rows = np.unique(np.linspace(0, predictions.n - 1, _SAMPLED_ITEMS).astype(np.int64))
    scores = np.asarray(predictions.scores[rows], dtype=np.float64)
    if kind is ScoreKind.LOGITS:
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
    logs = np.log(scores, out=np.zeros_like(scores), where=scores > 0)
    share = float(-(scores * logs).sum(axis=1).mean() / np.log(classes))
    if share >= _NEARLY_FLAT:
        sentence = (
            f"The probabilities are nearly equal for all {classes:,} classes (entropy {share:.1%}"
            " of the highest). If they are similarities put through a softmax, state the score kind"
            " or calibrate them; confidences mean nothing as they are."
        )
        return (Flag(code="flat-scores", sentence=sentence),)
    if share <= _NEARLY_SHARP:
        sentence = (
            "All probabilities are 0 or 1, so confidences and the log loss say nothing beyond the"
            " accuracy. Store the scores, not the decisions."
        )
        return (Flag(code="saturated-scores", sentence=sentence),)
    return ()


def table_flags(predictions: Predictions, units: Units) -> tuple[Flag, ...]:
    """Return the flags of what the table holds: unknown labels, excluded items, few groups."""
    flags = []
    unknown = predictions.unknown_label_count
    if unknown:
        sentence = (
            f"{count_of(unknown, 'item')} of {predictions.n:,} bear a label that the contender does"
            " not know; they count as wrong. Restrict to the common classes to leave them out."
        )
        flags.append(Flag(code="unknown-labels", sentence=sentence))
    excluded = predictions.header.excluded
    if excluded:
        sentence = (
            f"{count_of(excluded, 'image was', 'images were')} excluded as unreadable and"
            f" {'is' if excluded == 1 else 'are'} in no number. Repair the files, or say so."
        )
        flags.append(Flag(code="excluded-items", sentence=sentence))
    if units.clustered and units.count < _FEW_GROUPS:
        sentence = (
            f"The items come from only {units.in_words}; intervals over so few are rough. Collect"
            f" at least {_FEW_GROUPS} groups."
        )
        flags.append(Flag(code="few-groups", sentence=sentence))
    return tuple(flags)


def for_seed(flags: Sequence[Flag], seed: str) -> tuple[Flag, ...]:
    """Return the flags with the seed that they belong to in front of their sentence."""
    return tuple(
        Flag(code=flag.code, sentence=f"Seed {seed}: {flag.sentence}", dead=flag.dead)
        for flag in flags
    )


def _is_not_above(estimate: Estimate, rival: Estimate) -> bool:
    return estimate.low is not None and rival.value is not None and estimate.low <= rival.value
