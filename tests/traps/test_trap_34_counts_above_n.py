"""Trap 34: confusion counts were summed over epochs: 6,735 confusions in a class of under 900."""

import dataclasses

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.class_metrics import class_metrics
from fieldmark.evaluation.confusion_counts import confusion_counts, top_confused_pairs
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
    truth, given = np.random.default_rng(0).integers(5, size=(2, 300))
    answers = Answers(rank=None, classes=tuple("abcde"), candidates=5, truth=truth, predicted=given)
    statistic = class_metrics([answers], units_of(None, n=300))
    counts, items = statistic.levels[0], statistic.lineages @ np.ones((300, 1))
    for codes, part in ((truth, counts.labelled), (given, counts.predicted)):
        assert (part @ items)[:, 0].tolist() == np.bincount(codes).tolist()
    assert (counts.right @ items).sum() == (truth == given).sum()


def test_trap_34_a_resample_holds_as_many_items_as_the_table():
    rng = np.random.default_rng(0)
    truth, given = rng.integers(5, size=(2, 300))
    answers = Answers(rank=None, classes=tuple("abcde"), candidates=5, truth=truth, predicted=given)
    units = units_of(None, n=300)
    statistic = class_metrics([answers], units)
    counts, items = statistic.levels[0], statistic.lineages @ next(draw_weights(units, 50, rng))
    assert ((counts.labelled @ items).sum(axis=0) == 300).all()
    assert ((counts.predicted @ items).sum(axis=0) == 300).all()
    assert (counts.right @ items <= counts.labelled @ items).all()


def test_trap_34_confusions_that_were_summed_over_epochs_are_refused():
    truth, given = np.random.default_rng(0).integers(5, size=(2, 300))
    answers = Answers(rank=None, classes=tuple("abcde"), candidates=5, truth=truth, predicted=given)
    one_epoch = confusion_counts(answers)
    assert one_epoch.count.max() <= one_epoch.labelled.max() <= 300
    with pytest.raises(
        PredictionsError,
        match=r"sum to the 300 items; they sum to 2,400\. Count every item once, from one table",
    ):
        dataclasses.replace(one_epoch, count=one_epoch.count * 8)


def test_trap_34_no_pair_is_confused_more_often_than_its_class_has_items():
    truth, given = np.random.default_rng(0).integers(5, size=(2, 300))
    answers = Answers(rank=None, classes=tuple("abcde"), candidates=5, truth=truth, predicted=given)
    for pair in top_confused_pairs(answers):
        assert pair.count <= pair.n == np.sum(truth == "abcde".index(pair.truth))
