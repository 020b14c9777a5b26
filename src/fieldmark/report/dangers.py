"""How often one contender takes poisonous for harmless, and which classes it confuses so."""

from dataclasses import dataclass

import numpy as np

from fieldmark.decision.dangerous_answers import dangerous_answers
from fieldmark.decision.outcome_estimates import Reporting
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.resampling import units_of
from fieldmark.manifest.hazards import Hazards
from fieldmark.predictions.table import Predictions
from fieldmark.report.confusions import shared_by
from fieldmark.report.exhibits import TakenFor

_MOST_PAIRS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """What one contender makes of poisonous and harmless classes.

    Attributes:
        contender: whose answers.
        split: the part that they were given on.
        source: what says which classes are poisonous, in words.
        estimates: ``dangerous_answers``, ``unknown_hazard_answers`` and ``false_warnings``.
        mix_ups: how many images of poisonous classes were answered with a harmless one.
        pairs: which poisonous class was taken for which harmless one, most frequent first, at most
            twelve.
    """

    contender: str
    split: str
    source: str
    estimates: tuple[Estimate, ...]
    mix_ups: int
    pairs: tuple[TakenFor, ...]

    def estimate(self, metric: str) -> Estimate:
        """Return one of the estimates."""
        return next(one for one in self.estimates if one.metric == metric)


def danger_of(
    predictions: Predictions,
    leaf: Answers,
    hazards: Hazards,
    *,
    level: float = 0.95,
    resamples: int = 2000,
) -> Danger:
    """Return how often a contender takes poisonous for harmless, and the reverse.

    Args:
        predictions: of one contender on one part.
        leaf: its answers at the leaf.
        hazards: which classes are poisonous.
        level: coverage of the intervals, in (0, 1).
        resamples: bootstrap draws of whole groups, where items have groups.
    """
    header = predictions.header
    names = np.array(leaf.classes, dtype=np.object_)
    how = Reporting(
        units=units_of(predictions.groups, n=predictions.n),
        split=header.split,
        classes=len(predictions.label_space),
        contender=header.contender,
        level=level,
        resamples=resamples,
    )
    pairs = _pairs(predictions, leaf, hazards)
    return Danger(
        contender=header.contender,
        split=header.split,
        source=hazards.source,
        estimates=dangerous_answers(
            names[leaf.truth].tolist(), names[leaf.predicted].tolist(), hazards, how
        ),
        mix_ups=sum(pair.count for pair in pairs),
        pairs=pairs[:_MOST_PAIRS],
    )


def _pairs(predictions: Predictions, leaf: Answers, hazards: Hazards) -> tuple[TakenFor, ...]:
    known = np.array([hazards.of(name) for name in leaf.classes], dtype=np.object_)
    is_danger = (known[leaf.truth] == "poisonous") & (known[leaf.predicted] == "harmless")
    codes = np.stack([leaf.truth[is_danger], leaf.predicted[is_danger]], axis=1)
    found, counts = np.unique(codes, axis=0, return_counts=True)
    labelled = np.bincount(leaf.truth, minlength=len(leaf.classes))
    order = np.argsort(-counts, kind="stable")
    return tuple(
        TakenFor(
            truth=leaf.classes[truth],
            predicted=leaf.classes[answer],
            count=int(counts[row]),
            of=int(labelled[truth]),
            shared=shared_by(predictions.taxonomy, leaf.classes[truth], leaf.classes[answer]),
        )
        for row, (truth, answer) in zip(order, found[order].tolist(), strict=True)
    )
