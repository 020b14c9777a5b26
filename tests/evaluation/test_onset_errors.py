import numpy as np
import pytest

from fieldmark.evaluation.measuring import Resampling
from fieldmark.evaluation.onset_errors import error_quantities
from fieldmark.evaluation.onset_prior import specimen_units
from fieldmark.evaluation.onset_quantities import estimates_of


def errors(trajectories, decoded):
    units = specimen_units(trajectories)
    quantities = error_quantities(trajectories, np.array(decoded, float), units)
    how = Resampling(units=units, split="test", resamples=20)
    found = estimates_of(quantities, how, contenders=["probe"] * len(quantities))
    return {one.metric: one for one in found}


@pytest.fixture
def field(seen):
    """Six plants over ten days: four onsets, one beyond the end, and one control."""
    rows = [[0.5] * 10] * 5 + [[0.5] * 4 + [None] * 6]
    onset = [3.0, 5.0, 7.0, 9.0, 12.0, None]
    return seen(rows, onset, control=(False,) * 5 + (True,))


def test_errors_over_detected_onsets_and_shares_over_all(field):
    found = errors(field, [4, 3, np.inf, 9, 8, np.inf])
    values = {metric: estimate.value for metric, estimate in found.items()}
    assert values["onset_mae"] == pytest.approx((1 + 2 + 0) / 3)
    assert values["onset_bias"] == pytest.approx((1 - 2 + 0) / 3)
    assert values["onset_error_to_end"] == pytest.approx((1 + 2 + 3 + 0) / 4)
    assert (values["onset_within_1"], values["onset_within_3"]) == (0.5, 0.75)
    assert values["onset_undetected"] == 0.25
    assert [found[metric].n for metric in ("onset_mae", "onset_within_1")] == [3, 4]


def test_false_alarms_are_those_of_controls_by_plant_and_by_imaged_day(field):
    none = errors(field, [np.inf] * 6)
    assert none["false_alarms_per_control"].value == 0.0
    one = errors(field, [np.inf] * 5 + [2])
    assert one["false_alarms_per_control"].value == 1.0
    assert one["false_alarms_per_control_day"].value == 0.25
    assert one["false_alarms_per_control_day"].n == 4


def test_with_nothing_detected_the_error_is_not_defined(field):
    found = errors(field, [np.inf] * 6)
    assert found["onset_mae"].value is None
    assert found["onset_undetected"].value == 1.0
    assert found["onset_error_to_end"].value == pytest.approx((7 + 5 + 3 + 1) / 4)
    assert found["onset_c_index"].value == 0.5


def test_an_alarm_before_a_later_onset_is_no_false_alarm(field):
    found = errors(field, [np.inf] * 4 + [2, np.inf])
    assert found["false_alarms_per_control"].value == 0.0
    assert found["onset_mae"].value is None


def test_without_anybody_unaffected_false_alarms_are_not_known(seen):
    found = errors(seen([[0.5, 0.5]] * 2, [1.0, 2.0]), [1, 2])
    assert found["false_alarms_per_control"].value is None
    assert found["false_alarms_per_control_day"].value is None
