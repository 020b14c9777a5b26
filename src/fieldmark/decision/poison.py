"""Which classes a policy means by poisonous, where it names a column of the items."""

from collections.abc import Iterable
from typing import TypeVar

import polars as pl

from fieldmark.core.errors import DecisionError, ManifestError
from fieldmark.decision.policy import MinimumRisk, Policy
from fieldmark.manifest.hazards import HazardColumn, hazards_of

AnyPolicy = TypeVar("AnyPolicy", bound=Policy)


def with_poisonous_classes(policy: AnyPolicy, items: Iterable[pl.DataFrame]) -> AnyPolicy:
    """Return a policy that knows its poisonous classes by name; any other as it is.

    Args:
        policy: where it names a column of the items, that is looked up; the column stays stated.
        items: tables with labels and that column, such as those of every part: a class that occurs
            in none of them counts as harmless.

    Raises:
        DecisionError: the items have no such column, or none of them is poisonous.

    Example:
        >>> asked = MinimumRisk(cost="poison", poison={"column": "deadly", "cost": 100})
        >>> frame = pl.DataFrame({"label": ["cap", "cep"], "deadly": ["1", "0"]})
        >>> with_poisonous_classes(asked, [frame]).poison.classes
        ('cap',)
    """
    if not isinstance(policy, MinimumRisk) or policy.poison is None or policy.poison.classes:
        return policy
    told = HazardColumn(column=str(policy.poison.column), values=policy.poison.values)
    try:
        poisonous = hazards_of(items, told).poisonous
    except ManifestError as error:
        raise DecisionError(f"The policy counts poisonous classes by a column. {error}") from None
    section = policy.poison.model_copy(update={"classes": tuple(sorted(poisonous))})
    return policy.model_copy(update={"poison": section})
