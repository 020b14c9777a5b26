"""Choosing the best of several candidates, as an entry of the ledger with its own optimism."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fieldmark.comparison.judged_tables import require_comparable
from fieldmark.comparison.matching import match
from fieldmark.comparison.measures import statistics_of
from fieldmark.comparison.optimism import bootstrap_optimism
from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.comparison.selection import Choice
from fieldmark.comparison.trial import Trial
from fieldmark.core.errors import NotComparableError
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.averages import stacked, value_of
from fieldmark.evaluation.metrics import definition_of
from fieldmark.evaluation.resampling import resampled
from fieldmark.predictions.table import Predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is chosen, for whom, and by what.

    Attributes:
        contender: whose checkpoint, threshold, weight or prompt it is.
        what: what is chosen, such as "checkpoint".
        metric: by which metric of the catalogue.
        rank: at which rank of the taxonomy; None for the leaves.
    """

    contender: str
    what: str
    metric: str = "accuracy"
    rank: str | None = None


def choose_best(
    candidates: Mapping[str, Predictions],
    question: Question,
    *,
    rules: ComparisonRules = STRICT,
) -> Choice:
    """Return the choice of the best candidate, the first of equals, with its expected optimism.

    Args:
        candidates: name -> its predictions, all on the same items; at least one.
        question: what is chosen, for whom, and by what.
        rules: what may differ between the candidates, and how items are drawn.

    Returns:
        An entry for the ledger. Its optimism comes from repeating the choice in every resample of
        items or groups.

    Raises:
        NotComparableError: there is no candidate, or two may not stand side by side.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> label = np.arange(60) % 2
        >>> def epoch(right: int) -> Predictions:
        ...     answer = np.where(np.arange(60) < right, label, 1 - label)
        ...     return Predictions(PredictionsHeader(score_kind="logits", contender="probe"),
        ...         pl.DataFrame({"id": [f"{i}" for i in range(60)],
        ...         "label": ["pit" if one else "clean" for one in label]}),
        ...         LabelSpace(("clean", "pit")), np.eye(2)[answer])
        >>> found = choose_best({"epoch 1": epoch(41), "epoch 2": epoch(48), "epoch 3": epoch(47)},
        ...     Question(contender="probe", what="checkpoint"))
        >>> found.chosen, found.candidates
        ('epoch 2', 3)
    """
    require_comparable(question.metric)
    if not candidates:
        raise NotComparableError(f"Expected at least one {question.what} to choose; got none.")
    tables = list(candidates.values())
    first = tables[0]
    statistics, drawn = [], []
    for table in tables:
        found = match(first, table, metric=question.metric, rank=question.rank, rules=rules)
        trial = Trial(metric=question.metric, units=found.units, rank=found.rank)
        statistics.append(statistics_of(found.a, found.b, trial)[1])
        drawn.append(statistics_of(found.a, found.b, trial, drawn=True)[1])
    sign = -1.0 if definition_of(question.metric).direction == "lower" else 1.0
    values = sign * value_of(stacked(statistics), trial.units)
    rng = generator_for("choice", rules.seed)
    draws = resampled(stacked(drawn), trial.units, resamples=rules.resamples, rng=rng)
    return Choice(
        contender=question.contender,
        what=question.what,
        chosen=list(candidates)[int(np.argmax(values))],
        candidates=len(candidates),
        metric=question.metric,
        part=first.header.split,
        items_digest=first.items_digest,
        optimism=bootstrap_optimism(values, sign * draws),
    )
