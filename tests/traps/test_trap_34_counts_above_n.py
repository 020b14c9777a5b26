"""Trap 34: confusion counts were summed over epochs: 6,735 confusions in a class of under 900."""

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.averages import class_averages
from fieldmark.evaluation.estimates import clopper_pearson, wilson
from fieldmark.evaluation.resampling import draw_weights, units_of


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_trap_34_more_confusions_than_images_are_impossible(interval):
    with pytest.raises(
        PredictionsError,
        match=r"between 0 and n = 900; got 6735\. A count above n is impossible: the items were"
        " counted more than once",
    ):
        interval(6735, 900)


def test_trap_34_every_item_is_counted_once():
    rng = np.random.default_rng(0)
    truth, given = rng.integers(5, size=(2, 300))
    statistic = class_averages(truth, given, units_of(None, n=300))
    ones = np.ones((300, 1))
    cells = statistic.cells @ ones
    assert cells.sum() == 300
    assert (statistic.labelled @ cells)[:, 0].tolist() == np.bincount(truth).tolist()
    assert (statistic.right @ cells <= statistic.labelled @ cells).all()


def test_trap_34_a_resample_holds_as_many_items_as_the_table():
    rng = np.random.default_rng(0)
    truth, given = rng.integers(5, size=(2, 300))
    units = units_of(None, n=300)
    statistic = class_averages(truth, given, units)
    weights = next(draw_weights(units, 50, rng))
    cells = statistic.cells @ weights
    assert (cells.sum(axis=0) == 300).all()
    assert (statistic.right @ cells <= np.minimum(statistic.labelled @ cells, 300)).all()
