"""Signs that scores say less than they seem to, and what a table holds that must be known."""

from collections.abc import Sequence

import numpy as np

from fieldmark.core.checks import count_of
from fieldmark.evaluation.classification import ItemMetric
from fieldmark.evaluation.gates import Flag
from fieldmark.evaluation.resampling import Units
from fieldmark.predictions.table import Predictions

_NEARLY_FLAT = 0.99
_NEARLY_SHARP = 1e-6
_HALF = 0.5
_FEW_GROUPS = 10


def score_flags(metrics: Sequence[ItemMetric]) -> tuple[Flag, ...]:
    """Return the flag of probabilities that are all alike or all 0 and 1, or nearly.

    Args:
        metrics: of a contender; the relative entropy is looked at. Similarities have none, and no
            flag.
    """
    found = [metric for metric in metrics if metric.metric == "relative_entropy"]
    return tuple(flag for metric in found for flag in _entropy_flags(metric))


def _entropy_flags(metric: ItemMetric) -> tuple[Flag, ...]:
    shares = np.asarray(metric.values, dtype=np.float64)
    if metric.counted is not None:
        shares = shares[metric.counted]
    share, classes = float(shares.mean()), metric.classes
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
    sharp = int(np.count_nonzero(shares <= _NEARLY_SHARP))
    if sharp < _HALF * len(shares):
        return ()
    sentence = (
        f"{sharp:,} of the {count_of(len(shares), 'item')} looked at have a probability of 1, so"
        " that no threshold can tell these answers apart. Store logits, or more digits."
    )
    return (Flag(code="saturated-confidences", sentence=sentence),)


def table_flags(predictions: Predictions, units: Units) -> tuple[Flag, ...]:
    """Return the flags of what the table holds.

    These are unknown labels, excluded items, items that lost all probability when the classes were
    restricted, few groups, and more training labels than training items.
    """
    flags = [*_item_flags(predictions), *_count_flags(predictions)]
    if units.clustered and units.count < _FEW_GROUPS:
        sentence = (
            f"The items come from only {units.in_words}; intervals over so few are rough. Collect"
            f" at least {_FEW_GROUPS} groups."
        )
        flags.append(Flag(code="few-groups", sentence=sentence))
    return tuple(flags)


def _item_flags(predictions: Predictions) -> list[Flag]:
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
    without = predictions.header.provenance.get("items_without_probability", 0)
    if without:
        sentence = (
            f"{count_of(without, 'item')} had no probability left for any of the classes that were"
            " kept, and got the same for each. Their answers are guesses; restrict logits instead."
        )
        flags.append(Flag(code="items-without-probability", sentence=sentence))
    return flags


def _count_flags(predictions: Predictions) -> list[Flag]:
    counts, ids = predictions.header.training_label_counts, predictions.training_ids
    if counts is None or ids is None or sum(counts.values()) <= len(ids):
        return []
    sentence = (
        f"The training labels count {sum(counts.values()):,} items, but only {len(ids):,} are named"
        " as training items. Count every item once; baselines from these counts are off."
    )
    return [Flag(code="impossible-counts", sentence=sentence)]
