import dataclasses

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.trajectories import Trajectories, seen_until

NAN = np.nan


def trajectories(**fields):
    facts = {
        "contender": "probe",
        "split": "test",
        "specimens": ("p1", "p2", "p3"),
        "times": np.array([1.0, 4.0, 6.0]),
        "probability": np.array([[0.1, 0.8, NAN], [0.2, NAN, 0.3], [NAN, NAN, 0.9]]),
        "imaged": np.array([[1, 1, 0], [1, 0, 1], [0, 0, 1]], bool),
        "positive": np.array([[0, 1, 0], [0, 0, 0], [0, 0, 1]], bool),
        "onset": (3.0, None, 6.0),
        "groups": ("a", "a", "b"),
        "control": (False, True, False),
        "folds": ("f", "f", "g"),
        "items_digest": "items",
        "header_digest": "header",
    }
    return Trajectories(**(facts | fields))


def test_never_is_infinitely_late_and_controls_are_unaffected():
    seen = trajectories()
    assert seen.onset_times.tolist() == [3.0, np.inf, 6.0]
    assert seen.begins.tolist() == [True, False, True]
    assert seen.unaffected.tolist() == [False, True, False]
    assert (seen.n, seen.end, seen.contradictions) == (3, 6.0, 0)


def test_without_stated_controls_those_that_never_begin_are_unaffected():
    assert trajectories(control=None).unaffected.tolist() == [False, True, False]


def test_a_droughted_plant_that_never_begins_is_no_control():
    seen = trajectories(onset=(None, None, 6.0), positive=np.zeros((3, 3), bool))
    assert seen.unaffected.tolist() == [False, True, False]


def test_labels_that_contradict_the_onset_are_counted():
    assert trajectories(onset=(5.0, None, 6.0)).contradictions == 1


def test_arrays_are_read_only_and_the_callers_stay_writeable():
    times = np.array([1.0, 4.0, 6.0])
    seen = trajectories(times=times)
    for array in (seen.times, seen.probability, seen.imaged, seen.positive):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    times[0] = 0.5


def test_the_days_after_a_day_are_dropped_and_the_truth_stays():
    cut = seen_until(trajectories(), 5)
    assert cut.specimens == ("p1", "p2")
    assert cut.times.tolist() == [1.0, 4.0]
    assert cut.imaged.tolist() == [[True, True], [True, False]]
    assert (cut.onset, cut.groups) == ((3.0, None), ("a", "a"))
    assert (cut.control, cut.folds) == ((False, True), ("f", "f"))
    assert seen_until(trajectories(groups=None, folds=None, control=None), 9).groups is None


def test_an_onset_beyond_the_last_day_has_not_been_observed():
    cut = seen_until(trajectories(), 1)
    assert cut.begins.tolist() == [False, False]
    assert cut.unaffected.tolist() == [False, True]


def test_before_the_first_day_nothing_was_seen():
    with pytest.raises(PredictionsError, match=r"on or before 0\.5; the first is 1\."):
        seen_until(trajectories(), 0.5)


FILLED = np.array([[0.1, 0.8, 0.5], [0.2, NAN, 0.3], [NAN, NAN, 0.9]])
UNSEEN = np.array([[1, 1, 0], [1, 0, 1], [0, 0, 0]], bool)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"specimens": ()}, "at least one specimen and one time; got 0 and 3"),
        ({"specimens": ("p1", "p1", "p3")}, "Expected every specimen once"),
        ({"imaged": np.ones((3, 2), bool)}, r"imaged of shape \(3, 3\) .*; got \(3, 2\)"),
        ({"groups": ("a",)}, "Expected groups for each of 3 specimens; got 1"),
        ({"times": np.array([1.0, 1.0, 2.0])}, "finite times, each after the one before"),
        ({"probability": np.full((3, 3), 1.5)}, "probabilities from 0 to 1 on every imaged day"),
        ({"probability": FILLED}, "such days are never filled"),
        ({"onset": (3.0, None, np.inf)}, "write None for 'never'"),
        ({"onset": (3.0, 5.0, 6.0)}, r"no onset for a control; 1 have one \(first: 'p2'\)"),
    ],
)
def test_what_is_not_as_stated_is_refused(fields, message):
    with pytest.raises(PredictionsError, match=message):
        trajectories(**fields)


def test_a_specimen_that_was_never_imaged_is_refused():
    seen = trajectories()
    with pytest.raises(PredictionsError, match="imaged at least once; 'p3' is not"):
        dataclasses.replace(
            seen,
            imaged=UNSEEN,
            probability=np.where(UNSEEN, seen.probability, NAN),
            positive=seen.positive & UNSEEN,
        )
