import dataclasses
import json

import pytest

from fieldmark.comparison.outcome import VERDICTS, Comparison, verdict_of
from fieldmark.core.errors import NotComparableError


@pytest.fixture
def better():
    return Comparison(
        a="probe",
        b="incumbent",
        metric="accuracy",
        verdict="better",
        difference=0.031,
        low=0.004,
        high=0.058,
        p_value=0.0231,
        test="exact McNemar",
        n=1226,
        classes=2,
        split="test",
        a_value=0.95,
        b_value=0.919,
        discordant=(60, 22),
    )


def test_better_in_one_sentence(better):
    assert better.sentence() == (
        "probe is better than incumbent on accuracy: +3.10 points (95 % interval +0.4 to +5.8),"
        " p = 0.0231, exact McNemar, 60 against 22 discordant of 1,226."
    )


def test_worse_in_one_sentence(better):
    worse = dataclasses.replace(
        better, verdict="worse", difference=-0.031, low=-0.058, high=-0.004, p_value=1e-5
    )
    assert worse.sentence() == (
        "probe is worse than incumbent on accuracy: -3.10 points (95 % interval -5.8 to -0.4),"
        " p < 0.001, exact McNemar, 60 against 22 discordant of 1,226."
    )


def test_not_distinguishable_says_how_many_images_would_settle_it(better):
    unclear = dataclasses.replace(
        better,
        verdict="not distinguishable",
        difference=2 / 1226,
        low=-0.0064,
        high=0.0092,
        p_value=0.8318,
        discordant=(12, 10),
        needed_n=52_923,
    )
    assert unclear.sentence() == (
        "probe is not distinguishable from incumbent on accuracy: +0.16 points (95 % interval -0.6"
        " to +0.9), p = 0.83, exact McNemar, 12 against 10 discordant of 1,226; about 53,000 images"
        " would settle it."
    )


def test_no_difference_at_all_is_settled_by_no_number(better):
    equal = dataclasses.replace(
        better, verdict="not distinguishable", difference=0.0, low=-0.01, high=0.01, p_value=1.0
    )
    assert "0.00 points" in equal.sentence()
    assert equal.sentence().endswith("; without a difference no number of images would settle it.")


def test_equivalent_names_the_margin_and_admits_a_small_difference(better):
    equivalent = dataclasses.replace(
        better, verdict="equivalent", difference=0.002, low=0.001, high=0.003, margin=0.01
    )
    assert equivalent.sentence().startswith(
        "probe is equivalent to incumbent on accuracy within 1 point:"
    )
    assert equivalent.sentence().endswith("; a difference is shown, but smaller than the margin.")
    unclear = dataclasses.replace(equivalent, low=-0.001, p_value=0.3)
    assert "a difference is shown" not in unclear.sentence()


def test_a_rank_and_several_seeds_are_said(better):
    ranked = dataclasses.replace(
        better, rank="genus", discordant=None, test="sign flips over 40 groups"
    )
    assert "on accuracy at rank genus: " in ranked.sentence()
    assert ranked.sentence().endswith("sign flips over 40 groups, n = 1,226.")


def test_an_end_that_is_not_zero_does_not_read_as_zero(better):
    close = dataclasses.replace(better, low=0.00002)
    assert "interval +0.002 to +5.800" in close.sentence()


def test_the_record_goes_through_json(better):
    content = json.loads(json.dumps(dataclasses.replace(better, notes=("so",)).to_dict()))
    assert content["verdict"] == "better"
    assert content["discordant"] == [60, 22]
    assert content["notes"] == ["so"]
    assert content["sentence"] == better.sentence()
    assert {
        "difference",
        "low",
        "high",
        "p_value",
        "test",
        "n",
        "needed_n",
        "metric",
        "margin",
    } <= (content.keys())


@pytest.mark.parametrize(
    "change",
    [{"low": -0.001}, {"p_value": 0.06}, {"verdict": "worse"}, {"margin": 0.1}],
)
def test_a_verdict_that_contradicts_its_numbers_is_refused(better, change):
    with pytest.raises(NotComparableError, match=r"Expected the verdict '.*' from the interval"):
        dataclasses.replace(better, **change)


@pytest.mark.parametrize(
    ("interval", "p_value", "margin", "verdict"),
    [
        ((0.01, 0.03), 0.01, None, "better"),
        ((-0.03, -0.01), 0.01, None, "worse"),
        ((-0.01, 0.03), 0.3, None, "not distinguishable"),
        ((0.01, 0.03), 0.01, 0.02, "better"),
        ((0.01, 0.03), 0.01, 0.04, "equivalent"),
        ((-0.01, 0.03), 0.3, 0.04, "equivalent"),
        ((-0.05, 0.03), 0.3, 0.04, "not distinguishable"),
        ((-0.04, 0.03), 0.3, 0.04, "not distinguishable"),
    ],
)
def test_the_verdict_follows_from_interval_p_value_and_margin(interval, p_value, margin, verdict):
    assert verdict_of(interval, p_value, level=0.95, margin=margin) == verdict
    assert verdict in VERDICTS


@pytest.mark.parametrize("margin", [0.0, -0.1, float("nan")])
def test_a_margin_is_above_zero(margin):
    with pytest.raises(NotComparableError, match="a margin above 0; got"):
        verdict_of((-0.01, 0.01), 0.5, level=0.95, margin=margin)
