import numpy as np
import pytest

from fieldmark.predictions import summary as module
from fieldmark.predictions.summary import summarise


def test_the_answer_and_the_rank_of_the_truth(make) -> None:
    scores = np.array([[0.1, 0.6, 0.3], [0.1, 0.6, 0.3], [0.1, 0.6, 0.3]])
    found = summarise(make(scores, ["a", "b", "c"], kind="probabilities"))
    assert found.predicted.tolist() == [1, 1, 1]
    assert found.truth_position.tolist() == [0, 1, 2]
    assert found.truth_rank.tolist() == [3, 1, 2]
    assert found.right.tolist() == [False, True, False]
    assert found.top_score.tolist() == [0.6, 0.6, 0.6]
    assert found.truth_score.tolist() == [0.1, 0.6, 0.3]
    assert found.truth_log_probability == pytest.approx(np.log([0.1, 0.6, 0.3]))


def test_ties_go_to_the_class_that_comes_first(make) -> None:
    scores = np.array([[1.0, 2.0, 2.0, 2.0, 1.0]] * 5)
    found = summarise(make(scores, list("abcde"), kind="similarities"))
    assert found.predicted.tolist() == [1] * 5
    assert found.truth_rank.tolist() == [4, 1, 2, 3, 5]


def test_equal_scores_everywhere_give_the_class_order(make) -> None:
    found = summarise(make(np.zeros((4, 4)), list("abcd")))
    assert found.truth_rank.tolist() == [1, 2, 3, 4]
    assert found.right.tolist() == [True, False, False, False]


def test_an_unknown_label_is_never_right(make) -> None:
    found = summarise(make(np.array([[0.0, 1.0]]), ["z"]))
    assert found.unknown.tolist() == [True]
    assert found.truth_position.tolist() == [2]
    assert found.truth_rank.tolist() == [3]
    assert found.truth_score.tolist() == [0.0]
    assert found.truth_log_probability.tolist() == [-np.inf]
    assert not found.right.any()


def test_logits_become_probabilities(make) -> None:
    logits = np.array([[0.0, np.log(3.0)], [1000.0, 1000.0]])
    found = summarise(make(logits, ["a", "b"]))
    assert found.truth_score == pytest.approx([0.25, 0.5])
    assert found.top_score == pytest.approx([0.75, 0.5])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_the_logarithm_does_not_underflow(make, kind) -> None:
    found = summarise(make(np.array([[0.0, 5000.0]], kind), ["a"]))
    assert found.truth_score.tolist() == [0.0]
    assert found.truth_log_probability.tolist() == [-5000.0]


def test_the_largest_logits_do_not_overflow(make) -> None:
    found = summarise(make(np.array([[3e38, -3e38]], np.float32), ["a"]))
    assert found.top_score.tolist() == [1.0]


def test_a_probability_of_zero_has_no_finite_logarithm(make) -> None:
    found = summarise(make(np.array([[0.0, 1.0]]), ["a"], kind="probabilities"))
    assert found.truth_log_probability.tolist() == [-np.inf]


def test_similarities_stay_and_have_no_probability(make) -> None:
    found = summarise(make(np.array([[-0.5, 0.25]]), ["a"], kind="similarities"))
    assert found.truth_log_probability is None
    assert (found.top_score.item(), found.truth_score.item()) == (0.25, -0.5)


def test_types_are_as_stated_and_arrays_read_only(make) -> None:
    found = summarise(make(np.zeros((2, 2), np.float16), ["a", "b"]))
    assert {found.predicted.dtype, found.truth_position.dtype, found.truth_rank.dtype} == {
        np.dtype(np.int32)
    }
    assert {found.top_score.dtype, found.truth_score.dtype} == {np.dtype(np.float64)}
    with pytest.raises(ValueError, match="read-only"):
        found.truth_rank[0] = 7


def test_one_class_is_always_right(make) -> None:
    found = summarise(make(np.array([[5.0]]), ["a"]))
    assert (found.truth_rank.tolist(), found.top_score.tolist()) == ([1], [1.0])


def test_blocks_do_not_show(make, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.random.default_rng(0).integers(0, 4, (50, 7)).astype(np.float32)
    labels = [str(column) for column in np.random.default_rng(1).integers(0, 9, 50)]
    table = make(scores, labels, classes=list("0123456"))
    whole = summarise(table)
    monkeypatch.setattr(module, "_BLOCK_BYTES", 1)
    pieces = summarise(table)
    assert np.array_equal(whole.truth_rank, pieces.truth_rank)
    assert np.array_equal(whole.predicted, pieces.predicted)
    assert np.array_equal(whole.truth_score, pieces.truth_score)
