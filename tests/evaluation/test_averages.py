import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.averages import (
    item_averages,
    mean_of,
    stacked,
    value_of,
)
from fieldmark.evaluation.resampling import units_of


def test_item_averages_weigh_units():
    units = units_of(["x", "x", "y"], n=3)
    statistic = item_averages([([1, 0, 1], None), ([2, 4, 9], [True, False, True])], units)
    weights = np.array([[1.0, 2.0, 0.0], [1.0, 0.0, 2.0]])
    assert statistic(weights).tolist() == [[2 / 3, 0.5, 1.0], [5.5, 2.0, 9.0]]


def test_a_mean_over_nothing_is_not_a_number():
    statistic = item_averages([([1, 0], [False, False])], units_of(None, n=2))
    assert np.isnan(value_of(statistic, units_of(None, n=2))).all()


def test_values_of_items_that_are_not_counted_do_not_matter():
    units = units_of(None, n=2)
    statistic = item_averages([([np.inf, 3.0], [False, True])], units)
    assert value_of(statistic, units).tolist() == [3.0]


def test_flags_take_a_byte_and_count_as_numbers_do():
    units, rng = units_of(None, n=20_000), np.random.default_rng(0)
    flags, counted = rng.random((2, 20_000)) > 0.4
    weights = rng.integers(5, size=(20_000, 3)).astype(float)
    found = item_averages([(flags, None), (flags, counted), (counted, None)], units)
    assert found.flags.dtype == np.bool_
    assert (len(found.flags), len(found.values)) == (4, 0)
    numbers = item_averages(
        [(column.astype(float), mask) for column, mask in ((flags, None), (flags, counted))], units
    )
    assert np.array_equal(found(weights)[:2], numbers(weights))


def test_the_mean_of_statistics_is_taken_inside_each_draw():
    units = units_of(None, n=2)
    first, second = (item_averages([(values, None)], units) for values in ([1, 0], [1, 1]))
    weights = np.array([[2.0, 0.0], [0.0, 2.0]])
    assert mean_of([first, second])(weights).tolist() == [[1.0, 0.5]]
    assert mean_of([first]) is first


def test_stacked_statistics_keep_their_order():
    units = units_of(None, n=2)
    first, second = (item_averages([(values, None)], units) for values in ([1, 0], [1, 1]))
    assert value_of(stacked([first, second]), units).tolist() == [0.5, 1.0]


def test_nothing_to_average_or_to_stack_is_refused():
    with pytest.raises(PredictionsError, match="at least one statistic to average"):
        mean_of([])
    with pytest.raises(PredictionsError, match="at least one statistic to stack"):
        stacked([])
