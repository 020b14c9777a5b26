"""The rules by which an onset is read off probabilities over time.

A rule turns the probabilities into evidence that grows with what has been seen, and says "begun"
where the evidence reaches a threshold. Days without an image give no evidence and change nothing.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import PredictionsError

RuleKind = Literal["first-crossing", "consecutive", "change-point", "cusum"]
Reading = Literal["median", "argmax"]

#: What each kind of rule does when no threshold is stated.
DEFAULT_THRESHOLDS: dict[str, float] = {
    "first-crossing": 0.5,
    "consecutive": 0.5,
    "change-point": 0.5,
    "cusum": 3.0,
}


@dataclass(frozen=True, slots=True)
class OnsetRule:
    """How an onset is read off probabilities.

    Attributes:
        kind: "first-crossing": the first imaged day with a probability of at least the threshold;
            "consecutive": the first of ``run`` imaged days in a row that reach it; "change-point":
            E16, from all days seen; "cusum": the start of the excursion of the cumulative sum of
            log likelihood ratios that reaches the threshold.
        threshold: a probability; of the change point the posterior probability that it has begun
            (0.5 is the posterior median); of "cusum" in logits. None is the default of the kind.
        run: number of imaged days in a row ("consecutive"), at least 1.
        kappa: factor of the log likelihood ratios in (0, 1], below 1 for days that repeat each
            other ("change-point" read by its median, and "cusum").
        reading: of the change point, its posterior "median" or its "argmax".
        never: probability of "never" beforehand (change point read by its median); None makes it as
            likely as each imaged day.

    Raises:
        PredictionsError: a setting is out of range.

    Example:
        >>> OnsetRule("consecutive", run=3).in_words
        '3 imaged days in a row at 0.5 or above'
    """

    kind: RuleKind = "first-crossing"
    threshold: float | None = None
    run: int = 2
    kappa: float = 1.0
    reading: Reading = "median"
    never: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in DEFAULT_THRESHOLDS:
            raise PredictionsError(unknown_choice("rule", self.kind, DEFAULT_THRESHOLDS))
        if self.reading not in ("median", "argmax"):
            raise PredictionsError(unknown_choice("reading", self.reading, ("median", "argmax")))
        if self.run < 1:
            raise PredictionsError(f"Expected a run of at least 1 imaged day; got {self.run}.")
        if not 0 < self.kappa <= 1:
            raise PredictionsError(f"Expected a kappa above 0 and at most 1; got {self.kappa}.")
        if self.never is not None and not 0 < self.never < 1:
            raise PredictionsError(
                f"Expected a probability of 'never' between 0 and 1; got {self.never}."
            )
        highest = np.inf if self.kind == "cusum" else 1.0
        if not 0 < self.limit <= highest:
            allowed = "above 0" if self.kind == "cusum" else "above 0 and at most 1"
            raise PredictionsError(
                f"Expected a threshold {allowed} for {self.kind}; got {self.limit}."
            )

    @property
    def limit(self) -> float:
        """The threshold that is used."""
        return DEFAULT_THRESHOLDS[self.kind] if self.threshold is None else self.threshold

    @property
    def in_words(self) -> str:
        """What the rule does, for a table."""
        kappa = "" if self.kappa == 1 else f", kappa {self.kappa:.3g}"
        if self.kind == "first-crossing":
            return f"first imaged day at {self.limit:g} or above"
        if self.kind == "consecutive":
            return f"{self.run} imaged days in a row at {self.limit:g} or above"
        if self.kind == "cusum":
            return f"CUSUM of logits reaching {self.limit:g}{kappa}"
        if self.reading == "argmax":
            return "most likely change point, from all days seen"
        where = "median" if self.limit == 0.5 else f"quantile {self.limit:g}"
        return f"change point, posterior {where} from all days seen{kappa}"
