import numpy as np
import pytest

from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.guesses import (
    PRIOR_OF_EVALUATED,
    PRIOR_OF_TRAINING,
    chance_estimates,
    prior_subject,
)


def expected(subject):
    return {
        (metric.metric, metric.rank): float(np.asarray(metric.values)[metric.counted].mean())
        if metric.counted is not None
        else float(metric.values.mean())
        for metric in subject.seeds[0].item_metrics
    }


def test_a_guess_by_the_prior_of_the_evaluated_labels(make):
    judged = judge(make(np.full((4, 2), 0.5), ["a", "a", "a", "b"]))
    subject = prior_subject(judged, taxonomy=None, training_labels=None)
    assert subject.name == PRIOR_OF_EVALUATED
    assert expected(subject) == pytest.approx(
        {
            ("accuracy", None): 0.75**2 + 0.25**2,
            ("log_loss", None): -(0.75 * np.log(0.75) + 0.25 * np.log(0.25)),
            ("brier_score", None): 1 - (0.75**2 + 0.25**2),
        }
    )


def test_the_prior_of_the_training_labels_is_taken_when_it_is_known(make):
    judged = judge(make(np.full((2, 2), 0.5), ["a", "b"]))
    subject = prior_subject(judged, taxonomy=None, training_labels={"a": 9, "b": 1, "x": 90})
    assert subject.name == PRIOR_OF_TRAINING
    assert expected(subject)["accuracy", None] == pytest.approx(0.5)
    assert expected(subject)["log_loss", None] == pytest.approx(-np.log([0.9, 0.1]).mean())


def test_a_label_that_training_never_saw_costs_a_bounded_loss(make):
    judged = judge(make(np.full((1, 2), 0.5), ["b"]))
    found = expected(prior_subject(judged, taxonomy=None, training_labels={"a": 9}))
    assert found["log_loss", None] == pytest.approx(-np.log(1e-15))
    assert found["brier_score", None] == pytest.approx(2.0)


def test_each_rank_has_its_own_prior(make, tree):
    judged = judge(make(np.full((4, 4), 0.25), ["a", "b", "c", "d"], taxonomy=tree))
    found = expected(prior_subject(judged, taxonomy=tree, training_labels=None))
    assert found["accuracy", None] == pytest.approx(1 / 4)
    assert found["accuracy", "genus"] == pytest.approx((0.5 * 2 + 0.25 * 2) / 4)
    assert found["accuracy", "family"] == pytest.approx((0.75 * 3 + 0.25) / 4)


def test_similarities_have_an_expected_accuracy_only(make):
    judged = judge(make([[1.0, 2.0]], ["a"], kind="similarities"))
    subject = prior_subject(judged, taxonomy=None, training_labels={"a": 1, "b": 3})
    assert expected(subject) == {("accuracy", None): 0.25}


def test_only_unknown_labels_have_no_expected_loss(make):
    judged = judge(make([[0.9, 0.1]], ["z"]))
    found = expected(prior_subject(judged, taxonomy=None, training_labels={"a": 1}))
    assert found == pytest.approx({("accuracy", None): 0.0, ("brier_score", None): 2.0})


def test_the_expected_brier_score_of_chance_with_unknown_labels(make):
    judged = judge(make(np.full((4, 2), 0.5), ["a", "b", "a", "z"]))
    found = {e.metric: e.value for e in chance_estimates(judged, split="test")}
    assert found["brier_score"] == pytest.approx((3 * 0.5 + 1.5) / 4)
