"""The rules of a comparison: what may differ between two tables, and how the test is made."""

from dataclasses import dataclass
from typing import Literal

from fieldmark.comparison.paired_tests import require_resamples
from fieldmark.comparison.trial import TESTS, TestName
from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.estimates import require_level

Classes = Literal["refuse", "common"]
Labels = Literal["refuse", "first", "second"]
ACROSS = ("contract", "dead-run", "split", "tap")
_CLASSES: tuple[Classes, ...] = ("refuse", "common")
_LABELS: tuple[Labels, ...] = ("refuse", "first", "second")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRules:
    """How two contenders are compared, whatever the metric.

    Attributes:
        classes: "refuse" different classes, or restrict all tables to the "common" ones.
        labels: "refuse" different labels of the same items, or take those of the "first" or the
            "second" side for both.
        across: differences that are allowed because they are the question: "contract", "tap",
            "split" or "dead-run".
        universe: number of candidates of a random set, at which both are compared in expectation;
            None to compare as they stand.
        test: one of `TESTS`; "default" takes the test of record.
        level: coverage of the interval, in (0, 1); the test is at 1 - level.
        resamples: number of draws, at least; 10 / (1 - level) is the fewest.
        seed: of the draws.

    Raises:
        NotComparableError: a word is none of the choices, or there are too few resamples.
        PredictionsError: the level is no coverage.

    Example:
        >>> ComparisonRules(across=frozenset({"tap"}), resamples=500).level
        0.95
    """

    classes: Classes = "refuse"
    labels: Labels = "refuse"
    across: frozenset[str] = frozenset()
    universe: int | None = None
    test: TestName = "default"
    level: float = 0.95
    resamples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        require_level(self.level)
        require_resamples(self.resamples, self.level)
        for what, word, choices in (
            ("test", self.test, TESTS),
            ("treatment of classes", self.classes, _CLASSES),
            ("choice of labels", self.labels, _LABELS),
            *(("difference to compare across", name, ACROSS) for name in sorted(self.across)),
        ):
            if word not in choices:
                raise NotComparableError(unknown_choice(what, word, choices))
        if self.universe is not None and self.universe < 2:
            raise NotComparableError(
                f"Expected a universe of at least 2 candidates; got {self.universe}."
            )


#: Refuse whatever differs; test at 5 %.
STRICT = ComparisonRules()
