"""Who always fails, whom they are taken for, and which groups hold the errors."""

import numpy as np
import numpy.typing as npt
import polars as pl

from fieldmark.evaluation.retrieval_forced_choice import forced_choice_accuracy
from fieldmark.evaluation.retrieval_places import RankedQueries
from fieldmark.evaluation.retrieval_record import FailingIdentity, GroupErrors

FloatArray = npt.NDArray[np.float64]

FEWEST_QUERIES = 3
_WORST = 10


def expected_right(ranked: RankedQueries, d_prime: float | None) -> FloatArray | None:
    """Return the probability of each query to be right at one d', or None without d'.

    It depends on the number of candidates alone: 1 for one, 0 where the identity is none of them.
    """
    if d_prime is None:
        return None
    sizes, place = np.unique(ranked.identities, return_inverse=True)
    of_sizes = forced_choice_accuracy(d_prime, np.maximum(sizes, 1))
    return np.where(ranked.covered, of_sizes[place], 0.0)


def failing_identities(
    ranked: RankedQueries, groups: pl.Series | None, expected: FloatArray | None
) -> tuple[tuple[FailingIdentity, ...], float | None]:
    """Return the identities that are never right, and how many there would be by chance.

    Looks at identities with at least three queries that ask for a choice.

    Args:
        ranked: the queries.
        groups: group of each query, None without groups.
        expected: probability of each query to be right, as `expected_right` gives it.

    Returns:
        The failing identities, those that chance explains least first, then those with most
        queries, then by name; and the expected number of such identities if d' were the same for
        all, None without ``expected``.
    """
    chosen = np.flatnonzero(ranked.is_choice)
    truth = ranked.coded.truth[chosen]
    size = len(ranked.coded.names)
    queries = np.bincount(truth, minlength=size)
    right = np.bincount(truth, ranked.right[chosen], minlength=size)
    enough = queries >= FEWEST_QUERIES
    by_chance, several = None, None
    if expected is not None:
        with np.errstate(divide="ignore"):
            logs = np.log1p(-expected[chosen])
        by_chance = np.exp(np.bincount(truth, np.maximum(logs, -700.0), minlength=size))
        several = float(by_chance[enough].sum())
    found = [
        _failing(ranked, code, groups, None if by_chance is None else float(by_chance[code]))
        for code in np.flatnonzero(enough & (right == 0)).tolist()
    ]
    return tuple(sorted(found, key=_least_by_chance)), several


def worst_groups(
    ranked: RankedQueries, groups: pl.Series | None, expected: FloatArray | None
) -> tuple[GroupErrors, ...]:
    """Return the ten groups with most errors, then by name; nothing without groups or errors.

    Args:
        ranked: the queries.
        groups: group of each query, None without groups.
        expected: probability of each query to be right, as `expected_right` gives it.
    """
    wrong = ~ranked.right
    if groups is None or not wrong.any():
        return ()
    frame = pl.DataFrame(
        {
            "group": groups,
            "errors": wrong,
            "candidates": ranked.identities,
            "expected": np.zeros(ranked.n) if expected is None else 1.0 - expected,
        }
    )
    table = (
        frame.group_by("group")
        .agg(
            pl.len().alias("queries"),
            pl.col("errors").sum(),
            pl.col("candidates").max(),
            pl.col("expected").sum(),
        )
        .filter(pl.col("errors") > 0)
        .sort(["errors", "group"], descending=[True, False])
        .head(_WORST)
    )
    return tuple(
        GroupErrors(
            group=row["group"],
            queries=row["queries"],
            errors=row["errors"],
            expected_errors=None if expected is None else row["expected"],
            candidates=row["candidates"],
            share_of_errors=row["errors"] / int(wrong.sum()),
        )
        for row in table.iter_rows(named=True)
    )


def _least_by_chance(one: FailingIdentity) -> tuple[float, int, str]:
    return (one.by_chance or 0.0, -one.queries, one.identity)


def _failing(
    ranked: RankedQueries, code: int, groups: pl.Series | None, by_chance: float | None
) -> FailingIdentity:
    rows = np.flatnonzero(ranked.is_choice & (ranked.coded.truth == code))
    leaders = np.bincount(ranked.first[rows], minlength=len(ranked.coded.names))
    leaders = leaders[: len(ranked.coded.names)]
    twin = int(leaders.argmax())
    return FailingIdentity(
        identity=ranked.coded.names[code],
        group=None if groups is None else groups[int(rows[0])],
        queries=len(rows),
        photos=int(ranked.right_photos[rows].max()),
        twin=ranked.coded.names[twin],
        taken_for_twin=int(leaders[twin]),
        by_chance=by_chance,
    )
