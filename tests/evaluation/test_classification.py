import dataclasses

import numpy as np
import pytest

from fieldmark.evaluation.answers import leaf_answers
from fieldmark.evaluation.classification import item_metrics, path_metrics
from fieldmark.evaluation.hierarchical import answers_at_all_ranks
from fieldmark.predictions.summary import summarise


def leaf(table):
    return leaf_answers(table, summarise(table))


def named(metrics):
    return {metric.metric: metric for metric in metrics}


def test_metrics_of_probabilities(make):
    found = named(item_metrics(leaf(make([[0.7, 0.3], [0.6, 0.4]], ["a", "b"]))))
    assert found["accuracy"].values.tolist() == [True, False]
    assert found["log_loss"].values == pytest.approx(-np.log([0.7, 0.4]))
    assert found["mean_confidence"].values.tolist() == [0.7, 0.6]
    assert found["mean_confidence_right"].counted.tolist() == [True, False]
    assert found["mean_confidence_wrong"].counted.tolist() == [False, True]
    assert found["mean_confidence_wrong"].denominator == "the 1 item answered wrongly"


@pytest.mark.parametrize(("classes", "is_there"), [(5, False), (6, True)])
def test_top_5_needs_six_candidates(make, classes, is_there):
    table = make(np.full((1, classes), 1 / classes), ["a"])
    assert ("top_5_accuracy" in named(item_metrics(leaf(table)))) is is_there


def test_top_5_says_of_how_many_candidates(make):
    table = make(np.full((2, 7), 1 / 7), ["e", "f"])
    top = named(item_metrics(leaf(table)))["top_5_accuracy"]
    assert top.values.tolist() == [True, False]
    assert top.classes == 7


def test_similarities_have_neither_loss_nor_confidence(make):
    table = make(np.arange(14.0).reshape(2, 7), ["g", "a"], kind="similarities")
    assert set(named(item_metrics(leaf(table)))) == {
        "accuracy",
        "top_3_accuracy",
        "top_5_accuracy",
    }


def test_an_impossible_label_costs_a_bounded_loss(make):
    loss = named(item_metrics(leaf(make([[1.0, 0.0]], ["b"]))))["log_loss"]
    assert loss.values == pytest.approx([-np.log(1e-15)])


def test_the_loss_counts_known_labels_only_and_says_so(make):
    found = named(item_metrics(leaf(make([[0.7, 0.3], [0.6, 0.4]], ["a", "z"]))))
    assert found["log_loss"].n == 1
    assert found["log_loss"].denominator == "the 1 item whose label is a candidate"
    assert found["accuracy"].denominator == "all 2 items"
    assert found["accuracy"].is_share_of_all
    assert not found["log_loss"].is_share_of_all


def test_all_ranks_right_equals_the_accuracy_at_the_leaves(make, tree):
    rng = np.random.default_rng(0)
    table = make(rng.dirichlet(np.ones(4), 50), rng.choice(list("abcd"), 50), taxonomy=tree)
    answers = leaf(table)
    found = named(path_metrics(*answers_at_all_ranks(table, tree)))
    assert np.array_equal(found["all_ranks_right"].values, answers.right)
    assert found["contradiction_rate"].values.dtype == np.bool_


def test_similarities_have_no_contradiction_rate(make, tree):
    table = make([[1.0, 2.0, 3.0, 4.0]], ["a"], kind="similarities", taxonomy=tree)
    answers, path = answers_at_all_ranks(table, tree)
    assert set(named(path_metrics(answers, path))) == {"all_ranks_right"}


def test_a_wrong_rank_breaks_the_path(make, tree):
    table = make([[0.9, 0.1, 0.0, 0.0]], ["a"], taxonomy=tree)
    answers, path = answers_at_all_ranks(table, tree)
    torn = dataclasses.replace(path.ranks[0], predicted=np.array([1]))
    broken = dataclasses.replace(path, ranks=(torn, path.ranks[1]))
    assert named(path_metrics(answers, broken))["all_ranks_right"].values.tolist() == [False]
