"""Which numbers may stand in one column: only those that mean the same."""

from collections.abc import Sequence

from fieldmark.core.checks import field_differences
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.estimates import Estimate

_WAY_OUT = {
    "metric": "Give each definition a column of its own.",
    "rank": "Give each rank a column of its own.",
    "classes": "Restrict all to the common classes, or compare at one universe.",
    "split": "Report all on one part of the split.",
    "denominator": "Evaluate all on the same items.",
}


def shared_column(estimates: Sequence[Estimate]) -> tuple[Estimate, ...]:
    """Return estimates that mean the same, and so may stand in one column, or refuse in words.

    They must have the same metric identifier (pooled and averaged over folds are two), rank, number
    of candidates, part of the split and denominator.

    Args:
        estimates: of the contenders, in the order of the rows; of none, none are returned.

    Raises:
        NotComparableError: they mean different things; the message says what, and the way out.

    Example:
        >>> facts = {"value": 0.9, "low": None, "high": None, "n": 9, "method": "none",
        ...     "split": "test", "classes": 2, "denominator": "all 9 items"}
        >>> column = shared_column([Estimate(metric="accuracy", contender="a", **facts),
        ...     Estimate(metric="accuracy", contender="b", **facts)])
        >>> len(column)
        2
    """
    for other in estimates[1:]:
        first = estimates[0]
        differences = field_differences(_meaning(first), _meaning(other))
        if differences:
            raise NotComparableError(
                f"{first.metric} of {first.contender} and {other.metric} of {other.contender} may"
                f" not share a column: {'; '.join(differences)}. {_way_out(first, other)}"
            )
    return tuple(estimates)


def _way_out(first: Estimate, other: Estimate) -> str:
    """Return what to do about the first field that differs."""
    meanings = _meaning(first), _meaning(other)
    differing = [name for name in _WAY_OUT if meanings[0][name] != meanings[1][name]]
    return _WAY_OUT[differing[0]]


def _meaning(estimate: Estimate) -> dict[str, object]:
    return {
        "metric": estimate.metric,
        "rank": estimate.rank or "the leaves",
        "classes": estimate.classes,
        "split": estimate.split,
        "denominator": estimate.denominator,
    }
