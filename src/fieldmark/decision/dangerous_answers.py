"""How often a poisonous class is taken for a harmless one, over all items of poisonous classes."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.decision.outcome_estimates import Reporting, estimates_of, share
from fieldmark.evaluation.estimates import Estimate
from fieldmark.manifest.hazards import Hazards

DANGEROUS, UNKNOWN, WARNED = "dangerous_answers", "unknown_hazard_answers", "false_warnings"

_Names = npt.NDArray[np.object_]


def dangerous_answers(
    labels: Sequence[str], answers: Sequence[str], hazards: Hazards, how: Reporting
) -> tuple[Estimate, ...]:
    """Return how often poisonous is answered harmless, with what is unknown, and the reverse.

    The denominators are fixed: every item whose label is a poisonous class, and every item whose
    label is a harmless one, whatever was answered. Items of independent units have exact
    intervals; where items have groups, whole groups are resampled.

    Args:
        labels: the label of each item.
        answers: the class that each was answered with.
        hazards: which classes are poisonous.
        how: what all numbers share.

    Returns:
        Three estimates: ``dangerous_answers``, ``unknown_hazard_answers``, ``false_warnings``.

    Example:
        >>> from fieldmark.evaluation.resampling import units_of
        >>> known = Hazards(poisonous=frozenset({"death cap"}), harmless=frozenset({"cep"}))
        >>> how = Reporting(units=units_of(None, n=3), split="test", classes=2, contender="probe")
        >>> found = dangerous_answers(["death cap"] * 2 + ["cep"], ["cep", "death cap", "cep"],
        ...                           known, how)
        >>> [one.value for one in found]
        [0.5, 0.0, 0.0]
    """
    truth, answer = (_hazards_of(names, hazards) for names in (labels, answers))
    poisonous, harmless = truth == "poisonous", truth == "harmless"
    over = f"all {count_of(int(poisonous.sum()), 'item')} of poisonous classes"
    of_harmless = f"all {count_of(int(harmless.sum()), 'item')} of harmless classes"
    measures = [
        share(DANGEROUS, answer == "harmless", poisonous, denominator=over),
        share(UNKNOWN, answer == "unknown", poisonous, denominator=over),
        share(WARNED, answer == "poisonous", harmless, denominator=of_harmless),
    ]
    return estimates_of(measures, how)


def _hazards_of(names: Sequence[str], hazards: Hazards) -> _Names:
    distinct, codes = np.unique(np.array(names, dtype=np.str_), return_inverse=True)
    known = np.array([hazards.of(str(name)) for name in distinct], dtype=np.object_)
    return known[codes]
