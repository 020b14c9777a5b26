"""How a difference is tested, and what was measured."""

import math
from dataclasses import dataclass
from typing import Literal

from fieldmark.comparison.paired_tests import PairedDifference
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.metrics import definition_of
from fieldmark.evaluation.resampling import Units

TestName = Literal["default", "mcnemar", "sign-flips", "swaps", "paired-bootstrap"]
#: What each test is for; "default" takes the first that fits.
TESTS: dict[TestName, str] = {
    "default": "McNemar, else sign flips, else swaps: the first that fits; calibration errors:"
    " a paired bootstrap",
    "mcnemar": "exact; a share of independent items, one seed a side",
    "sign-flips": "means over items, by items or whole groups, over any number of seeds",
    "swaps": "any metric, by swapping the answers of items or whole groups",
    "paired-bootstrap": "an interval of the difference of any metric",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Two contenders on one metric.

    Attributes:
        a_value: metric of the first, the mean over its seeds.
        b_value: metric of the second.
        paired: their difference, with interval and p-value.
        discordant: how many items only the first, and only the second, has right; None where
            several seeds are averaged or the metric is no share of items.
        needed_n: number of items that would show a difference of this size with 80 % power; None
            when the difference is 0.
        same_items: whether the metric counts the same items for both.
    """

    a_value: float
    b_value: float
    paired: PairedDifference
    discordant: tuple[int, int] | None
    needed_n: int | None
    same_items: bool = True


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Trial:
    """How a difference is tested.

    Attributes:
        metric: one of `COMPARABLE`.
        units: items, or groups that stay whole.
        rank: a rank above the leaves; None for the leaves.
        test: one of `TESTS`.
        level: coverage of the interval; the test is at 1 - level.
        resamples: number of draws.
        seed: of the draws.
        universe: number of candidates of a random set, at which both are compared in expectation;
            None to compare as they stand.
    """

    metric: str
    units: Units
    rank: str | None = None
    test: TestName = "default"
    level: float = 0.95
    resamples: int = 2000
    seed: int = 0
    universe: int | None = None

    @property
    def limit(self) -> float:
        """Largest difference that is possible; inf where the metric has no bound."""
        return 1.0 if definition_of(self.metric).scale == "share" else math.inf

    def misfit(self, why: str, *, instead: TestName) -> NotComparableError:
        """Return the refusal of a test that does not fit the metric."""
        return NotComparableError(
            f"The test '{self.test}' does not fit {self.metric}, which {why}. Use '{instead}', or"
            " leave the test out."
        )
