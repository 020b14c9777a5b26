import itertools

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.answers import leaf_answers
from fieldmark.evaluation.candidate_sets import (
    expected_estimates,
    expected_metrics,
    expected_top_k,
)
from fieldmark.predictions.summary import summarise


def enumerated(place: int, candidates: int, smaller: int, k: int) -> float:
    """Return the share of sets, by trying every one, in which the label is among the best k."""
    others = [number for number in range(1, candidates + 1) if number != place]
    drawn = list(itertools.combinations(others, smaller - 1))
    return float(np.mean([sum(other < place for other in one) < k for one in drawn]))


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize(
    ("candidates", "smaller"), [(1, 1), (2, 1), (2, 2), (6, 3), (7, 6), (8, 8)]
)
def test_every_set_is_counted(candidates: int, smaller: int, k: int) -> None:
    places = range(1, candidates + 1)
    found = expected_top_k(list(places), candidates=candidates, smaller=smaller, k=k)
    expected = [enumerated(place, candidates, smaller, k) for place in places]
    assert found == pytest.approx(expected, abs=1e-12)


def test_the_whole_set_gives_the_accuracy_itself() -> None:
    place = np.array([1, 2, 5, 9])
    assert expected_top_k(place, candidates=9, smaller=9).tolist() == [1, 0, 0, 0]
    assert expected_top_k(place, candidates=9, smaller=9, k=5).tolist() == [1, 1, 1, 0]
    assert expected_top_k(place, candidates=9, smaller=1).tolist() == [1, 1, 1, 1]


def test_a_label_that_is_no_candidate_is_never_right() -> None:
    assert expected_top_k([3, 4], candidates=2, smaller=1, k=5).tolist() == [0, 0]
    assert expected_top_k([], candidates=3, smaller=2).shape == (0,)


@pytest.mark.parametrize(
    ("place", "settings", "message"),
    [
        ([1], {"candidates": 4, "smaller": 5}, "a set of 1 to 4 of 4 candidates"),
        ([1], {"candidates": 4, "smaller": 0}, "got a set of 0 and the best 1"),
        ([1], {"candidates": 4, "smaller": 2, "k": 0}, "got a set of 2 and the best 0"),
        ([0], {"candidates": 4, "smaller": 2}, "Expected places from 1 on; got 0."),
    ],
)
def test_numbers_out_of_range_are_refused(place, settings, message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        expected_top_k(place, **settings)


def test_the_metrics_say_the_number_of_candidates(random_table) -> None:
    table = random_table(n=60, classes=20)
    answers = leaf_answers(table, summarise(table))
    accuracy, top_3, top_5 = expected_metrics(answers, smaller=6)
    assert [one.metric for one in (accuracy, top_3, top_5)] == [
        "expected_accuracy",
        "expected_top_3_accuracy",
        "expected_top_5_accuracy",
    ]
    assert accuracy.classes == 6
    assert accuracy.denominator == (
        "all 60 items, each over all sets of 6 candidates out of 20 that hold the label"
    )
    assert len(expected_metrics(answers, smaller=3)) == 1
    assert accuracy.values.mean() < top_3.values.mean() < top_5.values.mean()


def test_without_an_order_nothing_is_expected(answers) -> None:
    assert expected_metrics(answers([0, 1], [0, 1]), smaller=2) == ()


def test_estimates_hold_between_the_accuracy_and_one(random_table) -> None:
    table = random_table(n=150, classes=20, groups=[f"g{row // 3}" for row in range(150)])
    answers = leaf_answers(table, summarise(table))
    first, *_ = expected_estimates(table, answers, smaller=5, resamples=200)
    assert (first.metric, first.classes, first.contender) == ("expected_accuracy", 5, "probe")
    assert answers.right.mean() < first.value < 1
    assert first.low < first.value < first.high
    assert "50 groups" in first.method
