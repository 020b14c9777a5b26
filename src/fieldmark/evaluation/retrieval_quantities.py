"""What is measured of ranked queries: ratios of sums over queries, and d'."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of
from fieldmark.evaluation.resampling import Statistic, Units
from fieldmark.evaluation.retrieval_forced_choice import pooled_d_prime
from fieldmark.evaluation.retrieval_metrics import RANKS
from fieldmark.evaluation.retrieval_places import RankedQueries

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Ratio:
    """A sum over queries divided by another.

    Attributes:
        metric: identifier in the catalogue.
        top: float64 (n,), what is summed.
        bottom: float64 (n,), what it is divided by.
        denominator: what the queries below are, in words.
        unknown: number of queries whose value is not known, since their lists end too early; where
            it is above 0 there is no value.
    """

    metric: str
    top: FloatArray
    bottom: FloatArray
    denominator: str
    unknown: int = 0

    @property
    def counted(self) -> BoolArray:
        """Which queries are divided by, bool (n,)."""
        return self.bottom > 0

    @property
    def n(self) -> int:
        """Number of queries that are divided by."""
        return int(np.count_nonzero(self.bottom))

    @property
    def successes(self) -> int | None:
        """How many queries have the property; None where the ratio is no plain share."""
        is_share = np.isin(self.top, (0.0, 1.0)).all() and np.isin(self.bottom, (0.0, 1.0)).all()
        return int(self.top.sum()) if is_share else None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Pooled:
    """A number that is no ratio of sums.

    Attributes:
        metric: identifier in the catalogue.
        statistic: one value from the weights of units.
        denominator: what the queries that count are, in words.
        counted: bool (n,), which queries count.
        ends: values at which the statistic has run into its border and is not defined.
        unknown: as in `Ratio`.
    """

    metric: str
    statistic: Statistic
    counted: BoolArray
    denominator: str
    ends: tuple[float, ...] = ()
    unknown: int = 0

    @property
    def n(self) -> int:
        """Number of queries that count."""
        return int(np.count_nonzero(self.counted))


def scope_ratios(ranked: RankedQueries) -> tuple[Ratio, ...]:
    """Return the shares and means of one scope; all but those of choices are over all queries."""
    covered, known = ranked.covered, ranked.is_known
    unlisted, broken = ~known, ~ranked.is_whole
    inverse = np.divide(1.0, ranked.first_right, out=np.zeros(ranked.n), where=covered)
    found: list[tuple[str, npt.ArrayLike, BoolArray]] = []
    for k in RANKS:
        unclear = unlisted & (ranked.first_right <= k)
        found.append((f"rank_{k}", covered & known & (ranked.first_right <= k), unclear))
    for k in RANKS[1:]:
        unclear = unlisted & (ranked.place <= k)
        found.append((f"identity_rank_{k}", covered & known & (ranked.place <= k), unclear))
    nothing = np.zeros(ranked.n, bool)
    chance = chance_by_identity(ranked)
    found += [
        ("mean_average_precision", ranked.average_precision, broken),
        ("map_at_r", ranked.precision_at_r, broken & (ranked.listed < ranked.right_photos)),
        ("mrr", inverse, unlisted),
        ("coverage", covered, nothing),
        ("trivial_queries", covered & (ranked.identities == 1), nothing),
        ("queries_without_candidate", ranked.photos == 0, nothing),
        ("tied_queries", ranked.tied, nothing),
        ("chance_by_identity", chance, nothing),
        ("chance_by_photo", ranked.right_photos / np.maximum(ranked.photos, 1), nothing),
        ("rank_1_above_chance", ranked.right - chance, unlisted & (ranked.place <= 1)),
    ]
    everyone = np.ones(ranked.n)
    words = f"all {count_of(ranked.n, 'query', 'queries')}; candidates are {ranked.scope.in_words}"
    over_all = [
        Ratio(
            metric=f"{metric}{ranked.scope.suffix}",
            top=np.asarray(values, np.float64),
            bottom=everyone,
            denominator=words,
            unknown=int(np.count_nonzero(unclear)),
        )
        for metric, values, unclear in found
    ]
    return (*over_all, *_choice_ratios(ranked))


def d_prime_quantity(
    ranked: RankedQueries, units: Units, *, among: BoolArray | None = None
) -> Pooled:
    """Return d' over the queries that ask for a choice.

    Args:
        ranked: the queries.
        units: what is drawn.
        among: bool (n,), which queries to look at; None for all.
    """
    counted = ranked.is_choice if among is None else ranked.is_choice & among
    statistic = pooled_d_prime(ranked.right, ranked.identities, units, counted=counted)
    return Pooled(
        metric=f"d_prime{ranked.scope.suffix}",
        statistic=statistic,
        counted=counted,
        denominator=choices_in_words(ranked, int(np.count_nonzero(counted))),
        ends=statistic.ends,
        unknown=int(np.count_nonzero(counted & ~ranked.is_known & (ranked.place <= 1))),
    )


def margins(ranked: RankedQueries) -> FloatArray:
    """Return the standardised margin of each query that asks for a choice, NaN for the others.

    It is the similarity of the right identity minus that of the best other one, divided by the
    pooled standard deviation of the other identities' similarities within a query. It is not
    defined (NaN throughout) when no query has two other identities, or they never differ.
    """
    others = ranked.identities - ranked.covered
    counted = ranked.is_choice & (ranked.best_right > -np.inf) & (ranked.best_other > -np.inf)
    freedom = np.maximum(others - 1, 0)[counted].sum()
    spread = np.sqrt(ranked.others_spread[counted].sum() / freedom) if freedom else 0.0
    found = np.full(ranked.n, np.nan)
    if spread > 0:
        found[counted] = (ranked.best_right[counted] - ranked.best_other[counted]) / spread
    return found


def chance_by_identity(ranked: RankedQueries) -> FloatArray:
    """Return the probability of naming the right candidate identity at random, float64 (n,)."""
    chance: FloatArray = ranked.covered / np.maximum(ranked.identities, 1)
    return chance


def choices_in_words(ranked: RankedQueries, n: int) -> str:
    """Return what the queries that ask for a choice are, in words."""
    queries = count_of(n, "query", "queries")
    return f"{queries} with a choice among the {ranked.scope.in_words}"


def _choice_ratios(ranked: RankedQueries) -> tuple[Ratio, ...]:
    counted = ranked.is_choice
    margin = margins(ranked)
    has_margin = np.isfinite(margin)
    unclear = counted & ~ranked.is_known
    unseen = counted & ~has_margin if has_margin.any() else np.zeros(ranked.n, bool)
    words = choices_in_words(ranked, int(np.count_nonzero(counted)))
    suffix = ranked.scope.suffix
    return (
        Ratio(
            metric=f"rank_1_of_choices{suffix}",
            top=(ranked.right & counted).astype(np.float64),
            bottom=counted.astype(np.float64),
            denominator=words,
            unknown=int(np.count_nonzero(unclear & (ranked.place <= 1))),
        ),
        Ratio(
            metric=f"standardised_margin{suffix}",
            top=np.where(has_margin, margin, 0.0),
            bottom=has_margin.astype(np.float64),
            denominator=words,
            unknown=int(np.count_nonzero(unseen)),
        ),
    )
