import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.onset_prior import (
    constant_of_others,
    prevalence_by_day,
    prevalence_of,
    specimen_units,
)

ROWS = [[0.5, 0.5], [0.5, 0.5], [0.5, None]]
ONSETS = [1.0, 2.0, None]
GROUPS = ("a", "b", "b")


def test_units_are_groups_or_specimens(seen):
    assert specimen_units(seen(ROWS, ONSETS, groups=GROUPS)).count == 2
    assert specimen_units(seen(ROWS, ONSETS)).count == 3


def test_prevalence_comes_from_the_best_source_there_is(seen):
    one = seen(ROWS, ONSETS, groups=GROUPS, training_prevalence=0.2)
    stated = prevalence_of(one, stated=0.3)
    assert (stated.values.tolist(), stated.source) == ([0.3] * 3, "stated")
    trained = prevalence_of(one)
    assert (trained.values.tolist(), trained.source) == ([0.2] * 3, "the training labels")
    other = seen(ROWS, ONSETS, split="calibration")
    fitted = prevalence_of(seen(ROWS, ONSETS), fit_on=other)
    assert (fitted.values[0], fitted.source) == (3.5 / 6, "the labels of 'calibration'")


def test_prevalence_of_the_other_groups(seen):
    found = prevalence_of(seen(ROWS, ONSETS, groups=GROUPS))
    np.testing.assert_allclose(found.values, [1.5 / 4, 2.5 / 3, 2.5 / 3])
    assert found.source == "the labels of the other groups"


def test_the_day_alone_knows_the_share_of_the_others(seen):
    found = prevalence_by_day(seen(ROWS, ONSETS, groups=GROUPS))
    np.testing.assert_array_equal(found, [[0.0, 1.0], [1.0, 1.0], [1.0, np.nan]])


def test_a_day_that_the_others_miss_takes_their_last_one(seen):
    found = prevalence_by_day(seen([[0.5, 0.5, 0.5], [None, 0.5, None]], [None, 1.0]))
    np.testing.assert_array_equal(found[0], [0.0, 1.0, 1.0])


def test_a_part_to_fit_on_may_have_other_days(seen):
    fit_on = seen([[0.5, 0.5], [0.5, 0.5]], [2.0, 4.0], times=[2.0, 4.0])
    found = prevalence_by_day(seen([[0.5] * 4], [None]), fit_on=fit_on)
    np.testing.assert_array_equal(found, [[0.0, 0.5, 0.5, 1.0]])


def test_treatment_and_day(seen):
    rows = [[0.5, 0.5]] * 4
    one = seen(rows, [1.0, 2.0, None, None], control=(False, False, True, True))
    found = prevalence_by_day(one, by_treatment=True)
    np.testing.assert_array_equal(found, [[0, 1], [1, 1], [0, 0], [0, 0]])
    with pytest.raises(PredictionsError, match="which specimens are controls; it is not stated"):
        prevalence_by_day(seen(rows, [1.0, 2.0, None, None]), by_treatment=True)


def test_a_constant_is_chosen_on_other_groups(seen):
    one = seen(ROWS, ONSETS, groups=GROUPS)
    assert constant_of_others(one, lambda _, rows: rows.sum()).tolist() == [2, 1, 1]
    other = seen(ROWS[:2], ONSETS[:2])
    assert constant_of_others(one, lambda _, rows: rows.sum(), fit_on=other).tolist() == [2] * 3


def test_one_group_alone_cannot_be_judged_by_others(seen):
    with pytest.raises(PredictionsError, match=r"at least two groups, .* got 1"):
        prevalence_of(seen(ROWS, ONSETS, groups=("a",) * 3))
