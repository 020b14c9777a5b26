"""How sure a contender is that an item is a positive, beside whether it is one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.core.checks import nearest
from fieldmark.core.errors import DecisionError
from fieldmark.decision.log_scores import log_probability_blocks
from fieldmark.decision.operating_point import FittedOn
from fieldmark.evaluation.answers import BoolArray
from fieldmark.evaluation.resampling import FloatArray, Units
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.table import Predictions


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PositiveScores:
    """Scores and truth of the positives of one part.

    Attributes:
        acts_on: what the score is, in words, such as "P(pit)".
        score: float64 (n,), summed probability of the positive classes, 0 to 1.
        positive: bool (n,), whether the label is a positive class.
        lots: which lot each item belongs to.
        part: name of the part.
        items_digest: digest of its ids and labels.
    """

    acts_on: str
    score: FloatArray
    positive: BoolArray
    lots: Units
    part: str
    items_digest: str

    def fitted_on(self, units: int) -> FittedOn:
        """Return the part as the basis of an operating point that rests on ``units`` of it."""
        return FittedOn(
            part=self.part,
            items_digest=self.items_digest,
            n=len(self.score),
            units=units,
            unit="lot" if self.lots.clustered else "item",
        )


def positive_scores(
    predictions: Predictions, positive: Sequence[str], *, lots: Units
) -> PositiveScores:
    """Return the summed probability of the positive classes of each item.

    Args:
        predictions: logits or probabilities; similarities must be calibrated first.
        positive: names of the positive classes, such as the deadly species; at least one.
        lots: which lot each item belongs to.

    Raises:
        DecisionError: a name is no class, every class is positive, or the scores are similarities.

    Example:
        >>> import polars as pl
        >>> from fieldmark.evaluation.resampling import units_of
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> table = Predictions(
        ...     PredictionsHeader(score_kind="probabilities", contender="a"),
        ...     pl.DataFrame({"id": ["1"], "label": ["pit"]}),
        ...     LabelSpace(("clean", "pit")),
        ...     np.array([[0.25, 0.75]]),
        ... )
        >>> found = positive_scores(table, ["pit"], lots=units_of(None, n=1))
        >>> found.acts_on, found.score.tolist(), found.positive.tolist()
        ('P(pit)', [0.75], [True])
    """
    columns = _columns(predictions, positive)
    if predictions.header.score_kind is ScoreKind.SIMILARITIES:
        raise DecisionError(
            f"Expected probabilities or logits to set a threshold on; the scores of"
            f" '{predictions.header.contender}' are similarities, on which a threshold means"
            f" nothing. Name a calibrator, such as `calibrator: temperature`."
        )
    score = np.empty(predictions.n)
    for rows, logs in log_probability_blocks(predictions):
        score[rows] = np.exp(logs[:, columns]).sum(axis=1)
    names = " + ".join(positive) if len(positive) <= 3 else f"{len(positive)} classes"
    return PositiveScores(
        acts_on=f"P({names})",
        score=np.minimum(score, 1.0),
        positive=predictions.labels.is_in(list(positive)).to_numpy(),
        lots=lots,
        part=predictions.header.split,
        items_digest=predictions.items_digest,
    )


def _columns(predictions: Predictions, positive: Sequence[str]) -> list[int]:
    classes = predictions.label_space.classes
    place = {name: column for column, name in enumerate(classes)}
    unknown = [name for name in positive if name not in place]
    if unknown:
        guess = nearest(unknown[0], classes)
        hint = f"; did you mean '{guess}'?" if guess else "."
        raise DecisionError(
            f"Expected classes of the predictions as positive; '{unknown[0]}' is none{hint}"
        )
    if len(set(positive)) == len(classes):
        raise DecisionError("Expected at least one class that is not positive; all of them are.")
    return [place[name] for name in dict.fromkeys(positive)]
