"""Trap 30: the search radius equalled the filter that had built the data."""

import numpy as np
import pytest

from fieldmark.evaluation.retrieval_evaluate import RetrievalSettings, evaluate_rankings
from fieldmark.predictions.rankings import Rankings, RankingsHeader, SimilarityMatrix
from fieldmark.synthetic.rankings import RankingShape, draw_rankings

SHAPE = RankingShape(d_prime=1.5, candidates=(3,) * 20, position_metres=10.0)


def flags(radius: float | None, **stated: object) -> dict[str, str]:
    drawn = draw_rankings(np.random.default_rng(0), SHAPE)
    header = RankingsHeader(similarity="other", contender="trees", **stated)
    rankings = Rankings(
        header, drawn.queries, drawn.gallery, SimilarityMatrix(drawn.similarities), training_ids=()
    )
    settings = RetrievalSettings(radius_metres=radius, resamples=50)
    return {flag.code: flag.sentence for flag in evaluate_rankings(rankings, settings).warnings}


def test_trap_30_a_stated_filter_that_decides_is_named() -> None:
    found = flags(50, filtered_by=("latitude", "view"), filter_radius_metres=50)
    assert "filtered by 'latitude', 'distance up to 50 m', which" in found["filter-in-decision"]
    assert "coverage is right by construction" in found["filter-in-decision"]
    assert "'group'" in flags(None, filtered_by=("group",))["filter-in-decision"]


def test_trap_30_a_filter_that_decides_nothing_is_let_be() -> None:
    assert flags(200, filtered_by=("view",), filter_radius_metres=500) == {}
    assert flags(None, filter_radius_metres=50) == {}


@pytest.mark.parametrize(("radius", "is_doubtful"), [(55, True), (200, False), (45, False)])
def test_trap_30_a_radius_just_beyond_the_farthest_photo_is_doubted(
    radius: float, is_doubtful: bool
) -> None:
    assert ("radius-like-filter" in flags(radius)) == is_doubtful
