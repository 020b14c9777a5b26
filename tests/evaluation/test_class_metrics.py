import dataclasses

import numpy as np
import pytest

from fieldmark.evaluation.averages import value_of
from fieldmark.evaluation.class_metrics import CLASS_METRICS, PRESENT_CLASSES, class_metrics
from fieldmark.evaluation.resampling import draw_weights, units_of


def measured(answers, units=None):
    units = units or units_of(None, n=answers.n)
    return dict(zip(CLASS_METRICS, value_of(class_metrics([answers], units), units), strict=True))


def present(answers, truth, given, weights=None):
    made = answers(truth, given, 1 + max(*truth, *given))
    units = units_of(None, n=made.n)
    weights = np.ones((made.n, 1)) if weights is None else weights
    return class_metrics([made], units)(weights)[: len(PRESENT_CLASSES), 0].tolist()


def test_a_class_that_is_only_predicted_is_no_term_of_the_mean(answers):
    recall, f1, precision, again = present(answers, [0, 0, 1, 1], [0, 2, 1, 1])
    assert recall == again == pytest.approx(0.75)
    assert f1 == pytest.approx((2 / 3 + 1) / 2)
    assert precision == pytest.approx(1.0)


def test_a_class_that_is_never_predicted_has_precision_zero(answers):
    assert present(answers, [0, 1], [0, 0]) == pytest.approx([0.5, 1 / 3, 0.25, 0.5])


def test_a_resample_averages_over_its_own_classes(answers):
    without_the_third = np.array([[1.0], [2.0], [0.0]])
    assert present(answers, [0, 1, 2], [0, 1, 0], without_the_third) == [1.0, 1.0, 1.0, 1.0]


def test_one_class_and_one_item(answers):
    assert present(answers, [4], [4]) == [1.0] * 4
    assert present(answers, [4], [2]) == [0.0] * 4


def test_averages_over_all_classes_count_those_without_items_as_zero(answers):
    found = measured(answers([0, 0, 1], [0, 1, 1], 4))
    for metric in ("macro_f1", "macro_precision", "macro_recall"):
        assert found[f"{metric}_all_classes"] == pytest.approx(found[metric] * 2 / 4)


def test_weighted_recall_is_the_accuracy(answers):
    assert measured(answers([0, 0, 1, 2], [0, 1, 1, 0]))["weighted_recall"] == pytest.approx(0.5)


def test_a_label_that_is_no_candidate_is_a_class_without_right_answers(answers):
    made = dataclasses.replace(
        answers([0, 1], [0, 0], 2), truth=np.array([0, 2]), classes=tuple("abz")
    )
    found = measured(made)
    assert found["balanced_accuracy"] == pytest.approx(0.5)
    assert found["macro_recall_all_classes"] == pytest.approx(0.5)
    assert found["weighted_precision"] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("truth", "given", "expected"),
    [([0, 1], [0, 1], 1.0), ([0, 1], [1, 0], -1.0), ([0, 1], [0, 0], 0.0), ([0, 0], [0, 1], 0.0)],
)
def test_the_correlation_of_the_extremes(answers, truth, given, expected):
    assert measured(answers(truth, given))["matthews_correlation"] == pytest.approx(expected)


def test_coarse_ranks_are_summed_from_the_lineages_of_the_leaves(answers):
    rng = np.random.default_rng(1)
    leaf = answers(rng.integers(8, size=90), rng.integers(8, size=90), 8)
    coarse = answers(leaf.truth // 3, leaf.predicted // 3, 3)
    units = units_of(None, n=90)
    together = class_metrics([leaf, coarse], units)
    weights = next(draw_weights(units, 7, rng))
    apart = [class_metrics([one], units)(weights) for one in (leaf, coarse)]
    right = np.where(leaf.right, leaf.truth, np.where(coarse.right, 8 + coarse.truth, -1))
    of_each_kind = [len(np.unique(codes)) for codes in (leaf.truth, leaf.predicted, right)]
    assert together.lineages.shape[0] == sum(of_each_kind)
    assert together(weights) == pytest.approx(np.concatenate(apart))


def test_ranks_that_are_no_path_split_the_lineages(answers):
    rng = np.random.default_rng(2)
    levels = [answers(*rng.integers(3, size=(2, 50))) for _ in range(2)]
    units = units_of(None, n=50)
    values = value_of(class_metrics(levels, units), units)
    apart = [value_of(class_metrics([one], units), units) for one in levels]
    assert values == pytest.approx(np.concatenate(apart))
