import dataclasses

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.baselines import (
    MAJORITY_OF_EVALUATED,
    MAJORITY_OF_TRAINING,
    majority_subject,
    skill_estimates,
    skill_of,
)
from fieldmark.evaluation.estimates import Estimate, find_estimate
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.guesses import CHANCE, chance_estimates
from fieldmark.evaluation.measuring import Judged


@pytest.fixture
def share():
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


def constant(share, value, metric="accuracy", name="chance"):
    return dataclasses.replace(
        share, metric=metric, value=value, low=value, high=value, contender=name
    )


def test_the_majority_of_the_evaluated_labels_says_so(answers):
    subject = majority_subject(
        Judged(answers([2, 2, 0], [0, 0, 0])), taxonomy=None, training_labels=None
    )
    assert subject.name == MAJORITY_OF_EVALUATED
    assert subject.seeds[0].leaf.predicted.tolist() == [2, 2, 2]
    assert subject.seeds[0].leaf.place.tolist() == [1, 1, 2]


def test_the_majority_of_the_training_labels_is_taken_when_it_is_known(answers):
    counts = {"class 1": 5, "class 2": 3, "never seen": 100}
    subject = majority_subject(
        Judged(answers([2, 2, 0], [0, 0, 0])), taxonomy=None, training_labels=counts
    )
    assert subject.name == MAJORITY_OF_TRAINING
    assert subject.seeds[0].leaf.predicted.tolist() == [1, 1, 1]
    assert subject.seeds[0].leaf.place.tolist() == [2, 2, 3]


def test_equally_frequent_classes_are_taken_in_class_order(answers):
    subject = majority_subject(
        Judged(answers([2, 1, 0], [0, 0, 0])), taxonomy=None, training_labels=None
    )
    assert subject.seeds[0].leaf.predicted.tolist() == [0, 0, 0]


def test_training_labels_without_any_class_are_refused(answers):
    with pytest.raises(PredictionsError, match="training labels to hold at least one class"):
        majority_subject(Judged(answers([0], [0])), taxonomy=None, training_labels={"elsewhere": 4})


def test_each_rank_has_its_own_majority(make, tree):
    scores = np.full((4, 4), 0.25)
    judged = judge(make(scores, ["d", "d", "a", "b"], taxonomy=tree))
    subject = majority_subject(
        judged, taxonomy=tree, training_labels={"a": 2, "b": 2, "d": 3, "x": 9}
    )
    leaf, family, genus = subject.seeds[0].levels
    assert leaf.classes[leaf.predicted[0]] == "d"
    assert family.classes[family.predicted[0]] == "F"
    assert genus.classes[genus.predicted[0]] == "K"


def test_a_baseline_names_no_class_that_the_contender_could_not(make):
    judged = judge(make(np.full((3, 2), 0.5), ["z", "z", "b"]))
    subject = majority_subject(judged, taxonomy=None, training_labels=None)
    assert subject.seeds[0].leaf.predicted.tolist() == [1, 1, 1]


def test_chance_is_one_over_the_candidates(make):
    judged = judge(make(np.full((2, 10), 0.1), ["a", "b"]))
    found = chance_estimates(judged, split="test")
    assert {estimate.metric: estimate.value for estimate in found} == pytest.approx(
        {
            "accuracy": 0.1,
            "top_3_accuracy": 0.3,
            "top_5_accuracy": 0.5,
            "balanced_accuracy": 0.1,
            "macro_recall": 0.1,
            "macro_recall_all_classes": 0.02,
            "weighted_recall": 0.1,
            "log_loss": np.log(10),
            "brier_score": 0.9,
        }
    )
    assert {estimate.contender for estimate in found} == {CHANCE}
    assert all(estimate.low == estimate.value == estimate.high for estimate in found)


def test_chance_cannot_hit_what_the_contender_does_not_know(make):
    judged = judge(make(np.full((4, 2), 0.5), ["a", "a", "a", "z"]))
    found = chance_estimates(judged, split="test")
    assert find_estimate(found, "accuracy").value == pytest.approx(3 / 8)
    assert find_estimate(found, "balanced_accuracy").value == pytest.approx(1 / 4)


def test_skill_is_taken_over_the_best_baseline(share):
    skill = skill_of(share, [constant(share, 0.3), constant(share, 0.6, name="majority")])
    assert (skill.value, skill.low, skill.high) == pytest.approx((0.75, 0.5, 0.875))
    assert skill.metric == "accuracy_skill"
    assert skill.method == "Wilson; against majority (0.6000)"


def test_skill_of_a_loss_turns_the_interval_around(share):
    loss = dataclasses.replace(share, metric="log_loss", value=1.0, low=0.5, high=1.5)
    skill = skill_of(loss, [constant(share, 2.0, "log_loss")])
    assert (skill.value, skill.low, skill.high) == pytest.approx((0.5, 0.25, 0.75))


def test_skill_below_the_baseline_is_negative(share):
    assert skill_of(share, [constant(share, 0.95)]).value == pytest.approx(-1.0)


def test_skill_over_a_perfect_baseline_is_not_defined(share):
    skill = skill_of(dataclasses.replace(share, seed_values=(0.9, 0.9)), [constant(share, 1.0)])
    assert (skill.value, skill.low, skill.high, skill.seed_values) == (None, None, None, ())


def test_skill_of_seeds_keeps_their_values(share):
    skill = skill_of(dataclasses.replace(share, seed_values=(0.8, 1.0)), [constant(share, 0.6)])
    assert skill.seed_values == pytest.approx((0.5, 1.0))


def test_skill_without_a_baseline_is_refused(share):
    nothing = dataclasses.replace(share, value=None, low=None, high=None)
    with pytest.raises(PredictionsError, match="a baseline of accuracy with a value; got none"):
        skill_of(share, [nothing])


def test_only_metrics_with_a_baseline_get_a_skill(share):
    confidence = dataclasses.replace(share, metric="mean_confidence")
    genus = dataclasses.replace(share, rank="genus")
    found = skill_estimates([share, confidence, genus], [constant(share, 0.5)])
    assert [(estimate.metric, estimate.rank) for estimate in found] == [("accuracy_skill", None)]
