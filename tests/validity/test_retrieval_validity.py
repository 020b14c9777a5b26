"""d' is recovered, intervals of rankings cover, and a sure-looking wrong one does not."""

import numpy as np
import numpy.typing as npt
import pytest

from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.resampling import units_of
from fieldmark.evaluation.retrieval_estimates import Drawing, estimates_of
from fieldmark.evaluation.retrieval_forced_choice import forced_choice_accuracy, pooled_d_prime
from fieldmark.evaluation.retrieval_places import rank_queries
from fieldmark.evaluation.retrieval_quantities import Pooled, Ratio, d_prime_quantity
from fieldmark.evaluation.retrieval_scopes import Scope
from fieldmark.predictions.rankings import Rankings, RankingsHeader, SimilarityMatrix
from fieldmark.synthetic.rankings import RankingShape, draw_rankings

pytestmark = pytest.mark.validity

SIZES = np.array((2, 2, 2, 3, 3, 4, 5, 5, 6, 8, 10, 12) * 3)
RUNS = 1000


def estimates(
    right: npt.NDArray[np.bool_], sizes: npt.NDArray[np.int64], groups: list[str] | None, seed: int
) -> dict[str, Estimate]:
    """Return rank-1 accuracy, the same above chance, and d' of queries among so many."""
    n = len(right)
    units = units_of(groups, n=n)
    unit = "query" if groups is None else "group"
    drawing = Drawing(
        units=units, unit=unit, contender="t", split="s", candidates=1, resamples=300, seed=seed
    )
    ones, everyone = np.ones(n), np.ones(n, bool)
    statistic = pooled_d_prime(right, sizes, units, counted=everyone)
    found = estimates_of(
        [
            Ratio(metric="rank_1", top=right.astype(float), bottom=ones, denominator="all"),
            Ratio(
                metric="rank_1_above_chance", top=right - 1 / sizes, bottom=ones, denominator="all"
            ),
            Pooled(
                metric="d_prime",
                statistic=statistic,
                counted=everyone,
                denominator="all",
                ends=statistic.ends,
            ),
        ],
        drawing,
    )
    return {one.metric: one for one in found}


def holds(estimate: Estimate, value: float) -> bool:
    return estimate.low is not None and estimate.low <= value <= (estimate.high or 0.0)


def test_d_prime_is_recovered_from_rankings_of_any_mixture_of_sizes() -> None:
    for d_prime in (0.5, 1.35, 2.5):
        shape = RankingShape(
            d_prime=d_prime, candidates=tuple(SIZES.tolist()), photos_per_identity=2
        )
        values = []
        for seed in range(40):
            drawn = draw_rankings(np.random.default_rng([1, seed]), shape)
            header = RankingsHeader(similarity="other", contender="trees")
            matrix = SimilarityMatrix(drawn.similarities)
            ranked = rank_queries(
                Rankings(header, drawn.queries, drawn.gallery, matrix), Scope("group")
            )
            units = units_of(None, n=ranked.n)
            quantity = d_prime_quantity(ranked, units)
            values.append(quantity.statistic(np.ones((ranked.n, 1)))[0, 0])
        error = np.std(values) / np.sqrt(len(values))
        assert np.mean(values) == pytest.approx(d_prime, abs=4 * error)
        assert error < 0.02


def test_intervals_of_independent_queries_cover() -> None:
    sizes = np.repeat(SIZES, 2 * SIZES)
    chances = forced_choice_accuracy(1.35, sizes)
    truth = {
        "rank_1": float(chances.mean()),
        "rank_1_above_chance": float((chances - 1 / sizes).mean()),
        "d_prime": 1.35,
    }
    hits = dict.fromkeys(truth, 0)
    for seed in range(RUNS):
        right = np.random.default_rng([2, seed]).random(len(sizes)) < chances
        found = estimates(right, sizes, None, seed)
        for metric, value in truth.items():
            hits[metric] += holds(found[metric], value)
    for metric, count in hits.items():
        assert 0.93 < count / RUNS < 0.98, metric


def test_only_drawing_groups_covers_where_groups_differ() -> None:
    groups = np.repeat(np.arange(40), 15)
    names = [f"address {number}" for number in groups]
    sizes = np.full(len(groups), 5)
    spread = np.random.default_rng(0).standard_normal(400_000)
    truth = float(forced_choice_accuracy(1.35 + spread, 5).mean())
    hits = np.zeros(2)
    for seed in range(RUNS):
        rng = np.random.default_rng([3, seed])
        skill = 1.35 + rng.standard_normal(40)[groups]
        right = rng.random(len(groups)) < forced_choice_accuracy(skill, sizes)
        found = [estimates(right, sizes, drawn, seed)["rank_1"] for drawn in (names, None)]
        hits += [holds(one, truth) for one in found]
    clustered, independent = hits / RUNS
    assert 0.93 < clustered < 0.97
    assert independent < 0.8
