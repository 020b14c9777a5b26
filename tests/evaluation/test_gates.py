import dataclasses

import pytest

from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.gates import (
    Flag,
    answer_flags,
    for_seed,
    label_flags,
    level_flags,
)


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


def test_classes_with_one_or_two_items_are_noted(answers):
    truth = [0] * 10 + [1] * 6 + [2] * 2
    (flag,) = label_flags([answers(truth, truth)])
    assert (flag.code, flag.dead) == ("few-items-per-class", False)
    assert flag.sentence.startswith(
        "1 of 3 classes among the labels have fewer than 3 items, so that averages over classes"
    )


def test_the_finest_rank_with_rare_classes_is_named(answers):
    leaf = answers([0, 1] * 10, [0, 1] * 10)
    truth = [0] * 19 + [1]
    coarse, genus = (
        dataclasses.replace(answers(truth, truth), rank=rank) for rank in ("family", "genus")
    )
    (flag,) = label_flags([leaf, coarse, genus])
    assert "1 of 2 classes among the labels at rank 'genus' have fewer" in flag.sentence


@pytest.mark.parametrize("truth", [[0, 1, 2], [0] * 20, [0, 1, 2] * 5 + [0] * 10])
def test_few_items_one_class_and_enough_items_are_not_noted(answers, truth):
    assert label_flags([answers(truth, truth)]) == ()


def test_flags_of_several_seeds_name_the_seed():
    flag = Flag(code="class-prior", sentence="All is lost.", dead=True)
    (named,) = for_seed([flag], "3")
    assert named == Flag(code="class-prior", sentence="Seed 3: All is lost.", dead=True)
    assert named.to_dict() == {
        "code": "class-prior",
        "sentence": "Seed 3: All is lost.",
        "dead": True,
    }
