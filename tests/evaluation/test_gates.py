import numpy as np
import pytest

from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.gates import (
    Flag,
    answer_flags,
    for_seed,
    level_flags,
    score_flags,
    table_flags,
)
from fieldmark.evaluation.resampling import units_of


def accuracy(value, low, high, classes=4):
    return Estimate(
        metric="accuracy",
        value=value,
        low=low,
        high=high,
        n=100,
        method="Wilson",
        split="test",
        classes=classes,
        denominator="all 100 items",
    )


def test_one_class_throughout_is_a_dead_run(answers):
    (flag,) = answer_flags(answers([0] * 12 + [1] * 8, [0] * 20))
    assert flag.code == "constant-prediction"
    assert flag.dead
    assert flag.sentence.startswith(
        "All 20 items were answered 'class 0', though the labels hold 2 classes; the accuracy is"
        " the share of that class, 60.00 %. The run is dead"
    )


def test_an_accuracy_equal_to_a_class_prior_is_a_dead_run(answers):
    truth = [0] * 60 + [1] * 40
    given = [1] + [0] * 98 + [1]
    (flag,) = answer_flags(answers(truth, given))
    assert flag.code == "class-prior"
    assert flag.dead
    assert "98 of 100 items were answered 'class 0'" in flag.sentence
    assert "60.00 %" in flag.sentence


@pytest.mark.parametrize(
    ("truth", "given"),
    [
        ([0] * 20, [0] * 20),
        ([0, 0, 1], [0, 0, 0]),
        ([0] * 97 + [1] * 3, [0] * 97 + [1] * 3),
        ([0, 1] * 10, [0, 1] * 10),
    ],
    ids=["labels of one class", "too few items", "imbalanced and right", "alive"],
)
def test_what_is_no_sign_of_death(answers, truth, given):
    assert answer_flags(answers(truth, given)) == ()


def test_an_interval_that_reaches_chance_is_a_dead_run():
    (flag,) = level_flags(
        [accuracy(0.3, 0.2, 0.4)], chance=[accuracy(0.25, 0.25, 0.25)], majority=[]
    )
    assert (flag.code, flag.dead) == ("chance-level", True)
    assert (
        "30.00 % (95 % interval 20.0 to 40.0) cannot be told from chance, 25.00 %" in flag.sentence
    )


def test_no_better_than_the_majority_is_a_note():
    (flag,) = level_flags(
        [accuracy(0.6, 0.5, 0.7)],
        chance=[accuracy(0.25, 0.25, 0.25)],
        majority=[accuracy(0.55, 0.45, 0.65)],
    )
    assert (flag.code, flag.dead) == ("no-skill", False)
    assert "does not lie above 55.00 %" in flag.sentence


def test_better_than_both_is_not_flagged():
    chance, majority = accuracy(0.25, 0.25, 0.25), accuracy(0.4, 0.3, 0.5)
    assert level_flags([accuracy(0.6, 0.5, 0.7)], chance=[chance], majority=[majority]) == ()


def test_one_candidate_is_nothing_to_tell_apart():
    one = accuracy(1.0, 1.0, 1.0, classes=1)
    assert level_flags([one], chance=[one], majority=[one]) == ()


def test_raw_similarities_called_logits_are_flat(make):
    cosines = np.random.default_rng(0).uniform(0.2, 0.3, size=(30, 20))
    (flag,) = score_flags(make(cosines, ["a"] * 30, kind="logits"))
    assert flag.code == "flat-scores"
    assert not flag.dead
    assert "nearly equal for all 20 classes" in flag.sentence
    assert "similarities put through a softmax" in flag.sentence


def test_decisions_stored_as_probabilities_are_saturated(make):
    (flag,) = score_flags(make(np.eye(3), ["a", "b", "c"]))
    assert flag.code == "saturated-scores"


def test_ordinary_probabilities_similarities_and_one_class_are_not_flagged(make):
    assert score_flags(make([[0.7, 0.3]], ["a"])) == ()
    assert score_flags(make([[0.7, 0.7]], ["a"], kind="similarities")) == ()
    assert score_flags(make([[1.0]], ["a"])) == ()


def test_what_the_table_holds_is_noted(make):
    table = make(
        np.full((4, 2), 0.5),
        ["a", "b", "z", "a"],
        groups=["x", "x", "y", "y"],
        header={"excluded": 3},
    )
    flags = table_flags(table, units_of(table.groups, n=4))
    assert [flag.code for flag in flags] == ["unknown-labels", "excluded-items", "few-groups"]
    assert flags[0].sentence.startswith("1 item of 4 bear a label")
    assert flags[1].sentence.startswith("3 images were excluded as unreadable and are in no number")
    assert flags[2].sentence.startswith("The items come from only 2 groups")
    assert not any(flag.dead for flag in flags)


def test_a_plain_table_has_nothing_to_note(make):
    assert table_flags(make([[0.5, 0.5]], ["a"]), units_of(None, n=1)) == ()


def test_flags_of_several_seeds_name_the_seed():
    flag = Flag(code="class-prior", sentence="All is lost.", dead=True)
    (named,) = for_seed([flag], "3")
    assert named == Flag(code="class-prior", sentence="Seed 3: All is lost.", dead=True)
    assert named.to_dict() == {
        "code": "class-prior",
        "sentence": "Seed 3: All is lost.",
        "dead": True,
    }
