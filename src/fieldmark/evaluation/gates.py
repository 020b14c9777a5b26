"""Signs that a run is dead: its numbers are then no evidence for or against anything."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.estimates import Estimate, find_estimate

_NEARLY_ONE_CLASS = 0.95
_FEWEST_ITEMS = 10
_FEW_ITEMS = 3
_MANY_RARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One sign that something is wrong, or that a number must be read with care.

    Attributes:
        code: "constant-prediction", "class-prior", "chance-level", "no-skill" or
            "few-items-per-class" of the answers; "flat-scores", "saturated-scores",
            "saturated-confidences" or "items-without-probability" of the scores;
            "unknown-labels", "excluded-items", "few-groups" or "impossible-counts" of the table.
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


def label_flags(levels: Sequence[Answers]) -> tuple[Flag, ...]:
    """Return the flag of classes with so few items that averages over classes are rough.

    The finest rank at which at least a tenth of the classes have one or two items is named;
    nothing is flagged with fewer than ten items or a single class.

    Args:
        levels: answers at the leaves, then at the ranks above, coarse to fine.
    """
    for answers in (levels[0], *reversed(levels[1:])):
        counts = np.bincount(answers.truth)
        counts = counts[counts > 0]
        rare = int(np.count_nonzero(counts < _FEW_ITEMS))
        if answers.n < _FEWEST_ITEMS or len(counts) < 2 or rare < _MANY_RARE * len(counts):
            continue
        where = f" at rank '{answers.rank}'" if answers.rank else ""
        sentence = (
            f"{rare:,} of {count_of(len(counts), 'class', 'classes')} among the labels{where} have"
            f" fewer than {_FEW_ITEMS} items, so that averages over classes are rough and their"
            " intervals too narrow. Collect more items of the rare classes, or average over a"
            " coarser rank."
        )
        return (Flag(code="few-items-per-class", sentence=sentence),)
    return ()


def for_seed(flags: Sequence[Flag], seed: str) -> tuple[Flag, ...]:
    """Return the flags with the seed that they belong to in front of their sentence."""
    return tuple(
        Flag(code=flag.code, sentence=f"Seed {seed}: {flag.sentence}", dead=flag.dead)
        for flag in flags
    )


def _is_not_above(estimate: Estimate, rival: Estimate) -> bool:
    return estimate.low is not None and rival.value is not None and estimate.low <= rival.value
