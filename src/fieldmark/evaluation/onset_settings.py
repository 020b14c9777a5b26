"""How an evaluation over time is made."""

from dataclasses import dataclass, field

from fieldmark.evaluation.onset_rules import OnsetRule


@dataclass(frozen=True, slots=True, kw_only=True)
class OnsetSettings:
    """How an evaluation over time is made.

    Attributes:
        rule: how an onset is read.
        prevalence: share of positive labels that the probabilities assume; None takes it from the
            best source that there is.
        false_alarm_rate: false alarms per control that the threshold of the lead time allows.
        resamples: bootstrap draws, at least 1.
        seed: of the draws.
        level: coverage that intervals aim at, in (0, 1).
    """

    rule: OnsetRule = field(default_factory=OnsetRule)
    prevalence: float | None = None
    false_alarm_rate: float = 0.05
    resamples: int = 2000
    seed: int = 0
    level: float = 0.95
