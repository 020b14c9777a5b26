import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.measuring import Resampling
from fieldmark.evaluation.onset_lead_time import (
    alarm_days,
    alarm_limit,
    fewest_unaffected,
    lead_quantities,
    needed_controls,
)
from fieldmark.evaluation.onset_prior import specimen_units
from fieldmark.evaluation.onset_quantities import estimates_of

NAN = np.nan


def test_the_limit_allows_exactly_the_rate():
    evidence = np.array([[0.1, 0.2], [0.3, NAN], [0.4, 0.1], [0.9, 0.9]])
    controls = np.array([True, True, True, False])
    assert alarm_limit(evidence, controls, rate=0.25) == 0.4
    assert alarm_limit(evidence, controls, rate=0.49) == 0.4
    assert alarm_limit(evidence, controls, rate=0.5) == 0.3


def test_too_few_controls_allow_no_alarm():
    evidence = np.zeros((19, 1))
    assert alarm_limit(evidence, np.ones(19, bool), rate=0.05) == 0.0
    assert alarm_limit(evidence[1:], np.ones(18, bool), rate=0.05) == np.inf
    assert [needed_controls(rate) for rate in (0.05, 0.1, 0.3, 0.5)] == [19, 9, 3, 1]


def test_ties_raise_no_alarm():
    evidence = np.full((4, 2), 0.5)
    limit = alarm_limit(evidence, np.ones(4, bool), rate=0.5)
    assert not (evidence > limit).any()


def test_alarms_are_above_the_limit_of_each_specimen(seen):
    trajectories = seen([[0.2, 0.6, 0.9], [0.9, None, 0.9]], [3.0, None])
    days = alarm_days(trajectories, trajectories.probability, np.array([0.6, 0.9]))
    assert days.tolist() == [3, np.inf]


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(PredictionsError, match="between 0 and 1; got"):
        alarm_limit(np.ones((1, 1)), np.array([True]), rate=rate)


def test_without_controls_there_is_no_threshold():
    with pytest.raises(PredictionsError, match="State which specimens are controls, or fit on"):
        alarm_limit(np.ones((1, 1)), np.array([False]), rate=0.05)


def values(trajectories, **options):
    units = specimen_units(trajectories)
    quantities = lead_quantities(trajectories, trajectories.probability, units=units, **options)
    how = Resampling(units=units, split="test", resamples=20)
    found = estimates_of(quantities, how, contenders=["probe"] * len(quantities))
    return {one.metric: one for one in found}


def test_each_group_is_judged_with_the_threshold_of_the_others(seen):
    rows = [[0.1, 0.6, 0.9], [0.1, 0.2, 0.3], [0.1, 0.6, 0.9], [0.1, 0.7, 0.2]]
    trajectories = seen(rows, [3.0, None, 3.0, None], groups=("a", "a", "b", "b"))
    found = values(trajectories, rate=0.5)
    assert found["lead_time"].value == pytest.approx((0 + 1) / 2)
    assert found["warned_by_onset"].value == 1.0
    assert found["alarmed_at_rate"].value == 1.0
    assert found["false_alarms_at_rate"].value == 0.5
    note = "threshold for 50 % false alarms from the other groups, taken as known"
    assert found["lead_time"].method.endswith(note)


def test_a_threshold_of_another_part(seen):
    part = seen([[0.5, 0.5, 0.5]], [None], split="calibration")
    trajectories = seen([[0.4, 0.6, 0.9], [0.1, 0.2, 0.3]], [1.0, 2.0])
    found = values(trajectories, rate=0.5, fitted=(part, part.probability))
    assert (found["lead_time"].value, found["lead_time"].n) == (-1.0, 1)
    assert found["warned_by_onset"].value == 0.0
    assert found["alarmed_at_rate"].value == 0.5
    assert found["false_alarms_at_rate"].value is None
    assert "from 'calibration', taken as known" in found["lead_time"].method


def test_the_controls_that_are_left_when_one_group_is_judged(seen):
    rows = [[0.5]] * 5
    one = seen(rows, [1.0, None, None, None, None], groups=("a", "a", "b", "b", "b"))
    assert fewest_unaffected(one, None) == 1
    assert fewest_unaffected(seen(rows[:2], [1.0, None]), one) == 4
