"""Trap 19: the threshold was tuned on the predictions that were reported; also for new trees."""

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.retrieval_evaluate import RetrievalSettings, evaluate_rankings
from fieldmark.predictions.rankings import Rankings, RankingsHeader, SimilarityMatrix
from fieldmark.synthetic.rankings import RankingShape, draw_rankings


def test_trap_19_no_rejection_threshold_comes_from_a_reported_query() -> None:
    drawn = draw_rankings(
        np.random.default_rng(0), RankingShape(d_prime=1.5, candidates=(4,) * 8, new_share=0.2)
    )
    header = RankingsHeader(similarity="other", contender="trees")
    rankings = Rankings(
        header, drawn.queries, drawn.gallery, SimilarityMatrix(drawn.similarities), training_ids=()
    )
    half = Rankings(
        header, drawn.queries[:40], drawn.gallery, SimilarityMatrix(drawn.similarities[:40])
    )
    with pytest.raises(
        PredictionsError, match=r"40 queries are in both .* Fit it on a calibration"
    ):
        evaluate_rankings(rankings, RetrievalSettings(calibration=half))
