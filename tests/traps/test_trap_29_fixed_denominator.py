"""Trap 29: trivial queries counted as right, queries without a candidate were dropped."""

import numpy as np
import polars as pl

from fieldmark.evaluation.retrieval_evaluate import RetrievalSettings, evaluate_rankings
from fieldmark.evaluation.retrieval_record import RetrievalEvaluation
from fieldmark.predictions.rankings import Rankings, RankingsHeader, SimilarityMatrix


def evaluated() -> RetrievalEvaluation:
    """Return four alone at their address, two wrong of four, two without any candidate."""
    truth = [f"lone {n}" for n in range(4)] + ["oak", "oak", "ash", "ash", "elm", "yew"]
    groups = [f"a{n}" for n in range(4)] + ["b"] * 4 + ["c", "d"]
    gallery = [f"lone {n}" for n in range(4)] + ["oak", "ash"]
    values = np.zeros((10, 6))
    values[[4, 6], [4, 5]] = 1.0
    values[[5, 7], [5, 4]] = 1.0
    rankings = Rankings(
        RankingsHeader(similarity="cosine", contender="trees"),
        pl.DataFrame({"id": [f"q{n}" for n in range(10)], "identity": truth, "group": groups}),
        pl.DataFrame(
            {
                "id": [f"g{n}" for n in range(6)],
                "identity": gallery,
                "group": ["a0", "a1", "a2", "a3", "b", "b"],
            }
        ),
        SimilarityMatrix(values),
    )
    return evaluate_rankings(rankings, RetrievalSettings(resamples=50))


def test_trap_29_every_query_is_in_the_denominator() -> None:
    found = evaluated()
    rank_1 = found.estimate("rank_1_in_group")
    assert (rank_1.value, rank_1.n) == (0.6, 10)
    for name in ("mrr", "mean_average_precision", "rank_10"):
        assert found.estimate(f"{name}_in_group").n == 10
        assert found.estimate(f"{name}_in_group").value <= 0.8


def test_trap_29_coverage_and_triviality_are_columns_of_their_own() -> None:
    found = evaluated()
    assert found.estimate("coverage_in_group").value == 0.8
    assert found.estimate("trivial_queries_in_group").value == 0.4
    assert found.estimate("queries_without_candidate_in_group").value == 0.2
    choices = found.estimate("rank_1_of_choices_in_group")
    assert (choices.value, choices.n) == (0.5, 4)
    assert found.estimate("rank_1_above_chance_in_group").value == 0.0
