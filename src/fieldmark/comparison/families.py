"""Several challengers against one reference: Holm's correction, with intervals that agree."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fieldmark.comparison.matching import Contender, tables_of
from fieldmark.comparison.outcome import Comparison
from fieldmark.comparison.paired_tests import fewest_resamples
from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.comparison.selection import SelectionLedger
from fieldmark.comparison.verdict import compare
from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import NotComparableError


def holm(p_values: Sequence[float], *, planned: int | None = None) -> tuple[float, ...]:
    """Return Holm's adjusted p-values: what is below alpha may be called different.

    Args:
        p_values: of the comparisons, each in [0, 1]; of none, none are returned.
        planned: number of comparisons that were planned; those that are missing count as ones that
            would not be called. None where all are there.

    Raises:
        NotComparableError: more comparisons are there than were planned.

    Source:
        Holm (1979), Scandinavian Journal of Statistics 6, 65 to 70.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        (0.03, 0.06, 0.06)
        >>> holm([0.01], planned=5)
        (0.05,)
    """
    family = _family(len(p_values), planned)
    order = np.argsort(p_values, kind="stable")
    raw = np.asarray(p_values, np.float64)[order] * (family - np.arange(len(order)))
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(raw), 1.0)
    return tuple(adjusted.tolist())


def holm_levels(
    p_values: Sequence[float], *, level: float = 0.95, planned: int | None = None
) -> tuple[float, ...]:
    """Return for each comparison the level at which Holm's procedure looks at it.

    The i-th smallest p-value of m is held against (1 - level) / (m - i); from the first that is not
    below, all others are held against the same. A test and its interval at this level say what
    the adjusted p-value says at ``level``.

    Example:
        >>> [round(one, 4) for one in holm_levels([0.01, 0.04, 0.03])]
        [0.9833, 0.975, 0.975]
    """
    family = _family(len(p_values), planned)
    levels = np.empty(len(p_values))
    step = 0
    for place in np.argsort(p_values, kind="stable"):
        levels[place] = 1 - (1 - level) / (family - step)
        step += p_values[place] < 1 - levels[place]
    return tuple(levels.tolist())


def compare_many(
    reference: Contender,
    challengers: Sequence[Contender],
    *,
    metric: str = "accuracy",
    rank: str | None = None,
    margin: float | None = None,
    rules: ComparisonRules = STRICT,
    selection: SelectionLedger | None = None,
) -> tuple[Comparison, ...]:
    """Return the verdict on each challenger against one reference, corrected for their number.

    At most one family in twenty with equal contenders holds a "better" or "worse", whatever the
    number of challengers and whichever of them is then shown. Each interval is at the level that
    Holm's procedure holds its comparison against, so that it agrees with the verdict.

    Args:
        reference: predictions of the contender that all are compared with.
        challengers: predictions of the others, each one table or several seeds.
        metric: as in `compare`.
        rank: as in `compare`.
        margin: as in `compare`.
        rules: as in `compare`; the level is that of the whole family.
        selection: as in `compare`.

    Raises:
        NotComparableError: there is no challenger, a name comes twice, or two tables may not stand
            side by side.
    """
    _require_family(reference, challengers)
    count = len(challengers)
    if count > 1:
        fewest = fewest_resamples(1 - (1 - rules.level) / count)
        rules = replace(rules, resamples=max(rules.resamples, fewest))

    def at_level(side: Contender, level: float) -> Comparison:
        return compare(
            side,
            reference,
            metric=metric,
            rank=rank,
            margin=margin,
            rules=replace(rules, level=level),
            selection=selection,
        )

    found = [at_level(side, rules.level) for side in challengers]
    if count == 1:
        return tuple(found)
    own = [one.p_value if one.p_adjusted is None else one.p_adjusted for one in found]
    levels = holm_levels(own, level=rules.level)
    return tuple(
        _adjusted(at_level(side, level), adjusted, count)
        for side, level, adjusted in zip(challengers, levels, holm(own), strict=True)
    )


def compare_pairs(
    pairs: Sequence[tuple[Contender, Contender]],
    *,
    metric: str = "accuracy",
    rules: ComparisonRules = STRICT,
) -> tuple[Comparison | NotComparableError, ...]:
    """Return the verdict on each pair, corrected for their number, or why there is none.

    Pairs may lie on different items, such as those of photos and those of observations. Holm's
    procedure runs over all that can be compared.

    Args:
        pairs: first and second side of each.
        metric: as in `compare`.
        rules: as in `compare`; the level is that of the whole family.
    """
    fewest = fewest_resamples(1 - (1 - rules.level) / max(len(pairs), 1))
    rules = replace(rules, resamples=max(rules.resamples, fewest))
    found = [_verdict_or_refusal(pair, metric, rules) for pair in pairs]
    made = {place: one for place, one in enumerate(found) if isinstance(one, Comparison)}
    if len(made) < 2:
        return tuple(found)
    own = [one.p_value for one in made.values()]
    words = f"Holm over {count_of(len(made), 'comparison')}"
    levels = holm_levels(own, level=rules.level)
    for (place, one), level, adjusted in zip(made.items(), levels, holm(own), strict=True):
        if level != rules.level:
            a, b = pairs[place]
            one = compare(a, b, metric=metric, rules=replace(rules, level=level))  # noqa: PLW2901
        found[place] = replace(one, p_adjusted=adjusted, adjustment=words)
    return tuple(found)


def _verdict_or_refusal(
    pair: tuple[Contender, Contender], metric: str, rules: ComparisonRules
) -> Comparison | NotComparableError:
    try:
        return compare(*pair, metric=metric, rules=rules)
    except NotComparableError as refusal:
        return refusal


def _adjusted(found: Comparison, p_adjusted: float, count: int) -> Comparison:
    chosen = "" if found.adjustment is None else f" {found.adjustment}"
    words = f"Holm over {count_of(count, 'challenger')}{chosen}"
    return replace(found, p_adjusted=p_adjusted, adjustment=words)


def _require_family(reference: Contender, challengers: Sequence[Contender]) -> None:
    if not challengers:
        raise NotComparableError("Expected at least one challenger to the reference; got none.")
    names = [tables_of(side)[0].header.contender for side in (reference, *challengers)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated and len(challengers) > 1:
        raise NotComparableError(
            f"Expected challengers with names of their own; {first_few(repeated)} came more than"
            " once. Give each contender one name, and its seeds the same one."
        )


def _family(found: int, planned: int | None) -> int:
    if planned is not None and planned < found:
        raise NotComparableError(
            f"Expected at most the {planned} comparisons that were planned; got {found}."
        )
    return found if planned is None else planned
