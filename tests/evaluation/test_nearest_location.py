import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.nearest_location import nearest_rows, places_of


def test_places_may_be_text_and_missing():
    frame = pl.DataFrame({"latitude": ["55.5", None, "1"], "longitude": [12.0, 3.0, None]})
    assert np.isnan(places_of(frame)[1:]).all()
    assert places_of(frame)[0].tolist() == [55.5, 12.0]


@pytest.mark.parametrize(
    ("latitude", "longitude", "message"),
    [
        (["95"], [0.0], r"latitude in degrees between -90 and 90; 1 of 1 are not \(first: '95'\)"),
        (["north"], [0.0], "latitude in degrees .*'north'"),
        (["1"], [181.0], "longitude in degrees between -180 and 180"),
        (["1"], [float("nan")], "longitude in degrees"),
    ],
)
def test_what_is_not_on_earth_is_refused(latitude, longitude, message):
    with pytest.raises(PredictionsError, match=message):
        places_of(pl.DataFrame({"latitude": latitude, "longitude": longitude}))


def test_the_date_line_does_not_tear_neighbours_apart():
    known = np.array([[0.0, 179.9], [0.0, 170.0]])
    assert nearest_rows(known, np.array([[0.0, -179.9]]), None).tolist() == [0]


def test_the_own_group_is_passed_over_however_large():
    rng = np.random.default_rng(0)
    places = np.concatenate([rng.normal(0, 0.01, size=(200, 2)), [[10.0, 10.0], [40.0, 40.0]]])
    groups = np.array([0] * 200 + [1, 2])
    found = nearest_rows(places, places, (groups, groups))
    assert (found[:200] == 200).all()
    assert groups[found[200]] == 0
    assert found[201] == 200


def test_missing_places_and_a_single_group_have_no_nearest():
    places = np.array([[1.0, 1.0], [np.nan, np.nan]])
    one = np.zeros(2, np.int64)
    assert nearest_rows(places, places, (one, one)).tolist() == [-1, -1]
    assert nearest_rows(places[1:], places, None).tolist() == [-1, -1]
