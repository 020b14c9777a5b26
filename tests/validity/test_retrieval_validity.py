"""d' is recovered, intervals of rankings cover, and a sure-looking wrong one does not."""

import numpy as np
import pytest

from fieldmark.evaluation.resampling import units_of
from fieldmark.evaluation.retrieval_estimates import Drawing, estimates_of, units_of_queries
from fieldmark.evaluation.retrieval_forced_choice import forced_choice_accuracy
from fieldmark.evaluation.retrieval_places import rank_queries
from fieldmark.evaluation.retrieval_quantities import Ratio, d_prime_quantity, scope_ratios
from fieldmark.evaluation.retrieval_scopes import Scope
from fieldmark.predictions.rankings import Rankings, RankingsHeader, SimilarityMatrix
from fieldmark.synthetic.rankings import RankingShape, draw_rankings

pytestmark = pytest.mark.validity

SIZES = (2, 2, 2, 3, 3, 4, 5, 5, 6, 8, 10, 12) * 3
RUNS = 500


def estimates(seed: int, shape: RankingShape, *, clustered: bool) -> dict[str, object]:
    drawn = draw_rankings(np.random.default_rng([1, seed]), shape)
    rankings = Rankings(
        RankingsHeader(similarity="other", contender="trees"),
        drawn.queries,
        drawn.gallery,
        SimilarityMatrix(drawn.similarities),
    )
    ranked = rank_queries(rankings, Scope("group"))
    units, unit = units_of_queries(rankings, "group")
    if not clustered:
        units, unit = units_of(None, n=rankings.n), "query"
    drawing = Drawing(
        units=units, unit=unit, contender="t", split="s", candidates=1, resamples=150, seed=seed
    )
    wanted = ("rank_1_in_group", "rank_1_above_chance_in_group", "mrr_in_group")
    ratios: list[Ratio] = [one for one in scope_ratios(ranked) if one.metric in wanted]
    found = estimates_of([*ratios, d_prime_quantity(ranked, units)], drawing)
    return {one.metric: one for one in found}


def covered(shape: RankingShape, truth: dict[str, float], *, clustered: bool) -> dict[str, float]:
    hits = dict.fromkeys(truth, 0)
    for seed in range(RUNS):
        found = estimates(seed, shape, clustered=clustered)
        for metric, value in truth.items():
            hits[metric] += found[metric].low <= value <= found[metric].high
    return {metric: count / RUNS for metric, count in hits.items()}


def test_d_prime_is_recovered_from_any_mixture_of_sizes() -> None:
    for d_prime in (0.5, 1.35, 2.5):
        shape = RankingShape(d_prime=d_prime, candidates=SIZES, photos_per_identity=2)
        values = [
            estimates(seed, shape, clustered=False)["d_prime_in_group"].value for seed in range(60)
        ]
        assert np.mean(values) == pytest.approx(d_prime, abs=0.03)


def test_intervals_of_independent_queries_cover() -> None:
    shape = RankingShape(d_prime=1.35, candidates=SIZES, queries_per_identity=2)
    sizes = np.array(SIZES)
    accuracy = np.average(forced_choice_accuracy(1.35, sizes), weights=sizes)
    truth = {
        "rank_1_in_group": accuracy,
        "rank_1_above_chance_in_group": accuracy - len(sizes) / sizes.sum(),
        "d_prime_in_group": 1.35,
    }
    for metric, share in covered(shape, truth, clustered=False).items():
        assert 0.925 < share < 0.975, metric


def test_only_drawing_groups_covers_when_groups_differ() -> None:
    sizes = (5,) * 36
    shape = RankingShape(d_prime=1.35, candidates=sizes, queries_per_identity=4, group_spread=1.0)
    spread = np.random.default_rng(0).standard_normal(400_000)
    truth = {"rank_1_in_group": float(forced_choice_accuracy(1.35 + spread, 5).mean())}
    clustered = covered(shape, truth, clustered=True)["rank_1_in_group"]
    independent = covered(shape, truth, clustered=False)["rank_1_in_group"]
    assert 0.92 < clustered < 0.98
    assert independent < 0.8
