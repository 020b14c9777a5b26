import dataclasses

import numpy as np
import pytest

from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.evaluation.answers import leaf_answers, rows_in_order_of
from fieldmark.predictions.summary import summarise


def test_leaf_answers_code_labels_the_model_does_not_know_behind_the_classes(make):
    table = make([[0.7, 0.3], [0.2, 0.8], [0.9, 0.1]], ["a", "z", "k"])
    answers = leaf_answers(table, summarise(table))
    assert answers.classes == ("a", "b", "k", "z")
    assert answers.candidates == 2
    assert answers.truth.tolist() == [0, 3, 2]
    assert answers.predicted.tolist() == [0, 1, 0]
    assert answers.known.tolist() == [True, False, False]
    assert answers.right.tolist() == [True, False, False]
    assert answers.place.tolist() == [1, 3, 3]
    assert answers.confidence.tolist() == [0.7, 0.8, 0.9]
    assert answers.log_probability.tolist() == pytest.approx([np.log(0.7), -np.inf, -np.inf])


def test_similarities_have_places_but_no_probabilities(make):
    table = make([[7.0, 9.0]], ["a"], kind="similarities")
    answers = leaf_answers(table, summarise(table))
    assert answers.place.tolist() == [2]
    assert answers.confidence is None
    assert answers.log_probability is None
    assert answers.sum_of_squares is None


def test_arrays_are_read_only_and_the_arrays_given_stay_as_they_were(answers):
    truth = np.array([0, 1])
    made = dataclasses.replace(answers([0, 1], [0, 0]), truth=truth)
    with pytest.raises(ValueError, match="read-only"):
        made.truth[0] = 2
    truth[0] = 2


def test_reordered_answers_keep_every_array_together(make):
    table = make([[0.7, 0.3], [0.2, 0.8]], ["a", "z"])
    answers = leaf_answers(table, summarise(table))
    turned = answers.reordered(np.array([1, 0]))
    for name, array in answers.arrays().items():
        assert np.array_equal(turned.arrays()[name], array[::-1])


def test_arrays_of_different_length_are_refused(answers):
    with pytest.raises(PredictionsError, match=r"same items, at least one; got .*\[1, 2\]"):
        answers([0, 1], [0])


def test_no_item_is_refused(answers):
    with pytest.raises(PredictionsError, match="at least one"):
        answers([], [])


def test_an_answer_outside_the_candidates_is_refused(answers):
    with pytest.raises(PredictionsError, match="codes from 0 to 2; got 0 to 3"):
        answers([0, 0], [0, 3])
    with pytest.raises(PredictionsError, match="codes from 0 to 2; got -1 to 0"):
        answers([-1, 0], [0, 0])


def test_rows_are_matched_by_id(make):
    first = make(np.full((3, 2), 0.5), ["a", "b", "a"])
    other = make(np.full((3, 2), 0.5), ["a", "a", "b"], ids=["i2", "i0", "i1"])
    assert rows_in_order_of(first, other).tolist() == [1, 2, 0]


def test_other_items_are_refused_with_how_many_and_the_first(make):
    first = make(np.full((3, 2), 0.5), ["a", "b", "a"])
    other = make(np.full((2, 2), 0.5), ["b", "a"], ids=["i1", "x"], header={"contender": "old"})
    with pytest.raises(
        NotComparableError,
        match=r"probe and old are not on the same items: 2 items only in probe \(first: 'i0' and 1"
        r" more\); 1 item only in old \(first: 'x'\). Predict both",
    ):
        rows_in_order_of(first, other)


def test_a_subset_of_the_items_is_refused(make):
    first = make(np.full((2, 2), 0.5), ["a", "b"])
    longer = make(np.full((3, 2), 0.5), ["a", "b", "a"], header={"contender": "old"})
    with pytest.raises(NotComparableError, match=r"nothing is only in probe; 1 item only in old"):
        rows_in_order_of(first, longer)


def test_other_labels_are_refused_with_both_labels_of_the_first(make):
    first = make(np.full((2, 2), 0.5), ["a", "b"])
    other = make(np.full((2, 2), 0.5), ["b", "b"], header={"contender": "old"})
    with pytest.raises(
        NotComparableError, match=r"1 item of 2 have different labels .*'i0', 'a' against 'b'"
    ):
        rows_in_order_of(first, other)


@pytest.mark.parametrize("kind", ["probabilities", "logits"])
def test_squares_are_summed_over_the_probabilities_of_all_candidates(make, kind):
    shares = np.array([[0.7, 0.2, 0.1], [0.0, 0.5, 0.5]])
    with np.errstate(divide="ignore"):
        scores = shares if kind == "probabilities" else np.maximum(np.log(shares), -900.0) + 3
    table = make(scores, ["a", "z"], kind=kind)
    found = leaf_answers(table, summarise(table)).sum_of_squares
    assert found == pytest.approx(np.square(shares).sum(axis=1))
