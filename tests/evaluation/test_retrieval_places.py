from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.retrieval_blocks import at_least
from fieldmark.evaluation.retrieval_distance import haversine_metres, near_places
from fieldmark.evaluation.retrieval_places import RankedQueries, rank_queries
from fieldmark.evaluation.retrieval_scopes import Scope
from fieldmark.predictions.rankings import (
    Rankings,
    RankingsHeader,
    SimilarityLists,
    SimilarityMatrix,
)

GALLERY = Scope("gallery")


def ranked(
    values: Sequence[Sequence[float]],
    *,
    queries: Sequence[str],
    gallery: Sequence[str],
    scope: Scope = GALLERY,
    sides: tuple[dict[str, object], dict[str, object]] = ({}, {}),
    lists: bool = False,
    **settings: bool,
) -> RankedQueries:
    array = np.array(values, np.float64)
    tables = [
        pl.DataFrame({"id": [f"{side}{n}" for n in range(len(names))], "identity": names} | extra)
        for side, names, extra in zip("qg", (queries, gallery), sides, strict=True)
    ]
    similarities: SimilarityMatrix | SimilarityLists = SimilarityMatrix(array)
    if lists:
        known = np.isfinite(array)
        offsets = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
        similarities = SimilarityLists(offsets, np.nonzero(known)[1], array[known], len(gallery))
    rankings = Rankings(
        RankingsHeader(similarity="other", contender="trees"), tables[0], tables[1], similarities
    )
    return rank_queries(rankings, scope, **settings)


def test_a_tie_goes_to_the_wrong_photo_wherever_it_stands() -> None:
    for names in (["oak", "ash"], ["ash", "oak"]):
        found = ranked([[0.5, 0.5]], queries=["oak"], gallery=names)
        assert (found.place.tolist(), found.first_right.tolist()) == ([2], [2])
        assert found.tied.all()
        assert not found.right.any()
        assert found.coded.names[found.first[0]] == "ash"
        assert found.average_precision.tolist() == [0.5]


def test_ties_among_right_photos_do_not_count_against_them() -> None:
    found = ranked([[0.5, 0.5, 0.4]], queries=["oak"], gallery=["oak", "oak", "ash"])
    assert found.place.tolist() == [1]
    assert found.average_precision.tolist() == [1.0]
    assert not found.tied.any()


def test_a_query_of_a_new_individual_is_last_and_never_right() -> None:
    found = ranked([[0.9, 0.1]], queries=["elm"], gallery=["oak", "ash"])
    assert not found.covered.any()
    assert (found.place.tolist(), found.first_right.tolist()) == ([3], [3])
    assert found.coded.names[found.first[0]] == "oak"
    assert (found.best.tolist(), found.average_precision.tolist()) == ([0.9], [0.0])


def test_a_query_without_candidate_has_none_of_anything() -> None:
    found = ranked(
        [[0.9]],
        queries=["oak"],
        gallery=["oak"],
        scope=Scope("group"),
        sides=({"group": ["a"]}, {"group": ["b"]}),
    )
    assert found.photos.tolist() == found.identities.tolist() == [0]
    assert found.first.tolist() == [len(found.coded.names)]
    assert np.isneginf(found.best).all()
    assert not found.right.any()


def test_a_single_candidate_is_right_without_being_a_choice() -> None:
    found = ranked([[-5.0]], queries=["oak"], gallery=["oak"])
    assert found.right.tolist() == [True]
    assert found.is_choice.tolist() == [False]


def test_the_same_photo_is_no_candidate() -> None:
    found = ranked(
        [[1.0, 0.2, 0.3]],
        queries=["oak"],
        gallery=["oak", "oak", "ash"],
        sides=({"id": ["same"]}, {"id": ["same", "b", "c"]}),
    )
    assert found.photos.tolist() == [2]
    assert found.place.tolist() == [2]


def test_photos_of_the_own_session_are_left_out_whatever_they_show() -> None:
    sides = ({"session": ["may", None]}, {"session": ["may", "may", "june", None]})
    given = {"queries": ["oak", "oak"], "gallery": ["oak", "ash", "oak", "ash"], "sides": sides}
    values = [[0.9, 0.8, 0.1, 0.7]] * 2
    found = ranked(values, other_sessions_only=True, **given)
    assert found.photos.tolist() == [2, 4]
    assert found.place.tolist() == [2, 1]
    assert ranked(values, **given).photos.tolist() == [4, 4]


def test_places_beyond_a_list_are_known_to_be_unknown() -> None:
    nan = np.nan
    found = ranked(
        [[0.9, 0.8, nan, nan], [0.9, nan, nan, 0.8], [nan, nan, nan, nan]],
        queries=["oak", "oak", "oak"],
        gallery=["ash", "elm", "oak", "oak"],
        lists=True,
    )
    assert found.is_known.tolist() == [False, True, False]
    assert found.is_whole.tolist() == [False, False, False]
    assert found.place.tolist() == [3, 2, 1]
    assert found.first_right.tolist() == [3, 2, 1]
    assert found.listed.tolist() == [2, 2, 0]
    assert found.photos.tolist() == [4, 4, 4]
    assert found.right.tolist() == [False, False, False]


@pytest.mark.parametrize("many", [5, 120])
def test_long_rows_are_counted_as_short_ones(many: int) -> None:
    values = np.random.default_rng(0).integers(0, 50, (7, 5000)).astype(np.float32)
    limits = np.random.default_rng(1).integers(-1, 52, (7, many)).astype(np.float32)
    expected = (values[:, None, :] >= limits[:, :, None]).sum(axis=2)
    assert np.array_equal(at_least(values, limits), expected)
    for width in (200, 900):
        short = (values[:, None, :width] >= limits[:, :, None]).sum(axis=2)
        assert np.array_equal(at_least(values[:, :width], limits), short)


def test_the_radius_is_exact_and_places_may_be_unknown() -> None:
    degree = 1 / 111_195.08
    sides = (
        {"latitude": [52.0, None], "longitude": [13.0, 13.0]},
        {"latitude": [52.0 + 49.9 * degree, 52.0 + 50.1 * degree, None], "longitude": [13.0] * 3},
    )
    found = ranked(
        [[0.1, 0.9, 0.9]] * 2,
        queries=["oak", "oak"],
        gallery=["oak", "ash", "elm"],
        scope=Scope("radius", 50.0),
        sides=sides,
    )
    assert found.photos.tolist() == [1, 0]
    assert found.right.tolist() == [True, False]


def test_near_places_hold_every_pair_within_the_radius() -> None:
    rng = np.random.default_rng(0)
    here = np.stack([rng.uniform(-89, 89, 300), rng.uniform(-180, 180, 300)], axis=1)
    there = np.stack([rng.uniform(-89, 89, 200), rng.uniform(-180, 180, 200)], axis=1)
    here[3] = np.nan
    pairs = {
        (row, column)
        for rows, columns in near_places(here, there, radius_metres=900_000)
        for row in rows.tolist()
        for column in columns.tolist()
    }
    near = np.argwhere(haversine_metres(here, there) <= 900_000)
    assert len(near) > 100
    assert {(row, column) for row, column in near.tolist()} <= pairs
    rows = [row for rows, _ in near_places(here, there, radius_metres=1e9) for row in rows.tolist()]
    assert sorted(rows) == [row for row in range(300) if row != 3]


@pytest.mark.parametrize(
    ("here", "there", "metres"),
    [
        ((0, 0), (0, 180), 20_015_114),
        ((0, 179.9), (0, -179.9), 22_239),
        ((52.5, 13.4), (48.1, 11.6), 505_400),
        ((10, 10), (10, 10), 0),
    ],
)
def test_known_distances(here, there, metres) -> None:
    found = haversine_metres(np.array([here], float), np.array([there], float))[0, 0]
    assert found == pytest.approx(metres, rel=1e-3)


def test_a_scope_must_be_whole() -> None:
    with pytest.raises(PredictionsError, match="a radius in metres for the scope 'radius' and for"):
        Scope("radius")
    with pytest.raises(PredictionsError, match=r"got 5.0 for 'group'"):
        Scope("group", 5.0)
    with pytest.raises(PredictionsError, match="a radius above 0 metres; got -1"):
        Scope("radius", -1.0)


def test_columns_that_a_scope_needs() -> None:
    given = {"queries": ["oak"], "gallery": ["oak"]}
    with pytest.raises(PredictionsError, match="Expected latitude and longitude in queries and"):
        ranked([[1]], scope=Scope("radius", 5.0), **given)
    with pytest.raises(PredictionsError, match="a column 'group' in queries and gallery; the"):
        ranked([[1]], scope=Scope("group"), **given)
    with pytest.raises(PredictionsError, match="a column 'session' in queries and gallery; the"):
        ranked([[1]], other_sessions_only=True, **given)
