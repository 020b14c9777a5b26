import dataclasses
import json

import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.estimates import (
    Estimate,
    clopper_pearson,
    estimate_from_dict,
    find_estimate,
    require_level,
    wilson,
)


@pytest.fixture
def estimate():
    return Estimate(
        metric="accuracy",
        value=0.9,
        low=0.8,
        high=0.95,
        n=100,
        method="Wilson",
        split="test",
        classes=3,
        denominator="all 100 items",
        contender="probe",
    )


def test_the_record_goes_through_json_and_back(estimate):
    several = dataclasses.replace(estimate, seed_values=(0.89, 0.91), rank="genus")
    content = json.loads(json.dumps(several.to_dict(), allow_nan=False))
    assert estimate_from_dict(content) == several
    assert content["seed_values"] == [0.89, 0.91]
    assert {"metric", "value", "low", "high", "n", "method", "split", "classes"} <= content.keys()


def test_a_stored_record_with_an_unknown_field_is_refused(estimate):
    with pytest.raises(PredictionsError, match=r"not a stored Estimate: .*surprise"):
        estimate_from_dict(estimate.to_dict() | {"surprise": 1})


def test_a_share_reads_in_per_cent(estimate):
    assert str(estimate) == "90.00 % (95 % interval 80.0 to 95.0, n = 100, Wilson)"


def test_what_is_not_defined_reads_as_a_question_mark(estimate):
    empty = dataclasses.replace(estimate, value=None, low=None, high=None, n=0)
    assert str(empty) == "? (no interval, n = 0, Wilson)"


def test_a_number_keeps_its_scale(estimate):
    loss = dataclasses.replace(estimate, metric="log_loss", value=1.25, low=1.0, high=1.5)
    assert str(loss).startswith("1.250 (95 % interval 1.000 to 1.500")


def test_a_metric_outside_the_catalogue_reads_as_a_plain_number(estimate):
    assert dataclasses.replace(estimate, metric="days").value_text() == "0.900"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"low": 0.91}, r"low <= value <= high for accuracy; got 0.91 <= 0.9 <= 0.95"),
        ({"high": 0.5}, r"low <= value <= high"),
        ({"n": -1}, r"n of at least 0 for accuracy; got -1"),
        ({"value": float("nan")}, r"finite numbers for accuracy; got .*nan.* Write None"),
        ({"high": float("inf")}, r"finite numbers"),
        ({"low": None}, r"both ends of the interval of accuracy, with a value, or neither"),
        ({"value": None}, r"both ends of the interval"),
        ({"level": 1.0}, r"level between 0 and 1, such as 0.95; got 1.0"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(estimate, change, message):
    with pytest.raises(PredictionsError, match=message):
        dataclasses.replace(estimate, **change)


def test_a_value_without_an_interval_is_allowed(estimate):
    assert dataclasses.replace(estimate, low=None, high=None).interval_text() == "no interval"


def test_find_estimate_looks_at_metric_and_rank(estimate):
    genus = dataclasses.replace(estimate, rank="genus")
    assert find_estimate([genus, estimate], "accuracy") is estimate
    assert find_estimate([genus, estimate], "accuracy", "genus") is genus
    assert find_estimate([genus, estimate], "macro_f1") is None


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_no_item_says_nothing(interval):
    assert interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_none_and_all_right_end_exactly_at_the_border(interval):
    assert interval(0, 7)[0] == 0.0
    assert interval(7, 7)[1] == 1.0
    assert interval(0, 7)[1] == pytest.approx(1 - interval(7, 7)[0])


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
@pytest.mark.parametrize("successes", [-1, 11])
def test_an_impossible_count_is_refused(interval, successes):
    with pytest.raises(PredictionsError, match=f"between 0 and n = 10; got {successes}"):
        interval(successes, 10)


@pytest.mark.parametrize("level", [0, 1, -0.1, 95])
def test_a_level_is_a_coverage(level):
    with pytest.raises(PredictionsError, match=r"level between 0 and 1, such as 0\.95; got"):
        require_level(level)


def test_a_higher_level_gives_a_wider_interval():
    assert wilson(5, 20, level=0.99)[0] < wilson(5, 20, level=0.9)[0]
    assert clopper_pearson(5, 20, level=0.99)[1] > clopper_pearson(5, 20, level=0.9)[1]
