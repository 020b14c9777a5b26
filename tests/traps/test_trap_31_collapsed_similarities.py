"""Trap 31: embeddings collapsed (median cosine 0.997), and a threshold of 0.7 accepted all."""

import numpy as np
import polars as pl

from fieldmark.evaluation.retrieval_evaluate import RetrievalSettings, evaluate_rankings
from fieldmark.evaluation.retrieval_record import RetrievalEvaluation
from fieldmark.predictions.rankings import EmbeddingPair, Rankings, RankingsHeader


def evaluated(spread: float, threshold: float | None = 0.7) -> RetrievalEvaluation:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal(64) + spread * rng.standard_normal((30, 64))
    noise = 0.4 * spread
    sides, vectors = [], []
    for side, count in (("q", 25), ("g", 20)):
        names = [f"tree {n}" for n in range(count) for _ in range(4)]
        rows = np.repeat(centres[:count], 4, axis=0)
        vectors.append(rows + noise * rng.standard_normal(rows.shape))
        sides.append(pl.DataFrame({"id": [f"{side}{n}" for n in range(4 * count)]}))
        sides[-1] = sides[-1].with_columns(identity=pl.Series(names))
    header = RankingsHeader(similarity="cosine", contender="trees")
    rankings = Rankings(header, *sides, EmbeddingPair(*vectors), training_ids=())
    return evaluate_rankings(rankings, RetrievalSettings(threshold=threshold, resamples=50))


def test_trap_31_a_collapsed_space_and_its_threshold_are_flagged() -> None:
    found = evaluated(spread=0.05)
    codes = {flag.code: flag.sentence for flag in found.warnings}
    assert found.levels.different > 0.99
    assert "no threshold on the similarity means anything" in codes["collapsed-similarities"]
    assert "0.7 accepts 100.0 % of the pairs" in codes["threshold-accepts-all"]
    assert found.estimate("baus").value == 0.0
    assert found.estimate("baks_baus").value == 0.0
    assert found.estimate("rank_1").value > 0.5


def test_trap_31_a_space_that_did_not_collapse_is_let_be() -> None:
    found = evaluated(spread=2.0)
    assert found.warnings == ()
    assert found.estimate("baus").value > 0.9


def test_trap_31_identical_embeddings_are_never_right() -> None:
    found = evaluated(spread=0.0)
    codes = {flag.code for flag in found.warnings}
    assert {"collapsed-similarities", "tied-similarities", "chance-level"} <= codes
    assert found.is_dead
    assert found.estimate("rank_1").value == 0.0
    assert found.estimate("tied_queries").value == 0.8
