import dataclasses

import numpy as np

from fieldmark.evaluation.entropy import entropy_metrics
from fieldmark.evaluation.resampling import units_of
from fieldmark.evaluation.table_gates import score_flags, table_flags
from fieldmark.predictions.universe import restrict


def flags_of(table):
    return score_flags(entropy_metrics(table))


def test_raw_similarities_called_logits_are_flat(make):
    cosines = np.random.default_rng(0).uniform(0.2, 0.3, size=(30, 20))
    (flag,) = flags_of(make(cosines, ["a"] * 30, kind="logits"))
    assert flag.code == "flat-scores"
    assert not flag.dead
    assert "nearly equal for all 20 classes" in flag.sentence
    assert "similarities put through a softmax" in flag.sentence


def test_decisions_stored_as_probabilities_are_saturated(make):
    (flag,) = flags_of(make(np.eye(3), ["a", "b", "c"]))
    assert flag.code == "saturated-scores"


def test_ordinary_probabilities_similarities_and_one_class_are_not_flagged(make):
    assert flags_of(make([[0.7, 0.3]], ["a"])) == ()
    assert flags_of(make([[0.7, 0.7]], ["a"], kind="similarities")) == ()
    assert flags_of(make([[1.0]], ["a"])) == ()


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


def test_probabilities_of_one_that_hide_the_order_of_the_rest_are_noted(make):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(30, 3))
    logits[:20] = [800.0, 0.0, 0.0]
    (flag,) = flags_of(make(logits, ["a"] * 30, kind="logits"))
    assert (flag.code, flag.dead) == ("saturated-confidences", False)
    assert flag.sentence.startswith("20 of the 30 items looked at have a probability of 1, so that")
    assert flags_of(make(logits[10:], ["a"] * 20, kind="logits"))[0].code == flag.code
    assert flags_of(make(logits[15:], ["a"] * 15, kind="logits")) == ()


def test_items_that_lost_all_probability_are_noted(make):
    whole = make([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.2, 0.3, 0.5]], ["a", "b", "a"])
    kept = restrict(whole, ["a", "b"])
    (flag,) = table_flags(kept, units_of(None, n=3))
    assert flag.code == "items-without-probability"
    assert flag.sentence.startswith("1 item had no probability left for any of the classes")


def test_more_training_labels_than_training_items_are_impossible(make):
    counted = make([[0.5, 0.5]], ["a"], header={"training_label_counts": {"a": 6, "b": 4}})
    named = dataclasses.replace(counted, training_ids=("t1", "t2"))
    (flag,) = table_flags(named, units_of(None, n=1))
    assert flag.code == "impossible-counts"
    assert "count 10 items, but only 2 are named as training items" in flag.sentence
    assert table_flags(counted, units_of(None, n=1)) == ()
