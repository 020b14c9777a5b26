"""What a metric is: its name, formula, denominator, aggregation and direction."""

from dataclasses import dataclass
from typing import Literal

Scale = Literal["share", "number"]
_NAMES = ("Brier", "Matthews")


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDefinition:
    """What a metric is; two numbers with the same identifier mean the same.

    Args:
        identifier: the name in files and commands.
        title: the name on a page.
        definition: one sentence that fixes the formula.
        denominator: what the numerator is divided by.
        aggregation: how items become one number.
        direction: which way is better.
        scale: a share lies in [0, 1] and is written in per cent.
    """

    identifier: str
    title: str
    definition: str
    denominator: str
    aggregation: str
    direction: Literal["higher", "lower", "neither"] = "higher"
    scale: Scale = "share"

    @property
    def in_words(self) -> str:
        """The name within a sentence, such as "macro F1" or "AUROC of the confidence"."""
        first = self.title.split()[0]
        is_name = first.isupper() or first in _NAMES
        return self.title if is_name else f"{self.title[0].lower()}{self.title[1:]}"
