import numpy as np
import pytest

from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.shares import Shares, softmax


def test_probabilities_are_shares_of_one_as_they_are() -> None:
    block = np.array([[0.2, 0.8]], np.float32)
    shares, wholes = Shares(ScoreKind.PROBABILITIES)(block, np.array([0.8]))
    assert shares is block
    assert wholes.tolist() == [1.0]


def test_shares_of_logits_are_their_softmax_in_double_precision() -> None:
    block = np.random.default_rng(0).normal(size=(6, 9)).astype(np.float32) * 20
    shares, wholes = Shares(ScoreKind.LOGITS)(block, block.max(axis=1).astype(np.float64))
    exact = np.exp(block.astype(np.float64))
    expected = exact / exact.sum(axis=1, keepdims=True)
    assert shares.dtype == np.float64
    assert shares / wholes[:, None] == pytest.approx(expected, rel=1e-12)


def test_the_largest_logits_do_not_overflow() -> None:
    block = np.array([[1.7e308, -1.7e308]])
    shares, wholes = Shares(ScoreKind.LOGITS)(block, np.array([1.7e308]))
    assert shares.tolist() == [[1.0, 0.0]]
    assert wholes.tolist() == [1.0]


def test_a_block_of_fewer_rows_uses_the_buffer_again() -> None:
    shares_of = Shares(ScoreKind.LOGITS)
    first, _ = shares_of(np.zeros((4, 3)), np.zeros(4))
    second, _ = shares_of(np.ones((2, 3)), np.zeros(2))
    assert second.shape == (2, 3)
    assert np.shares_memory(first, second)


def test_similarities_have_no_shares() -> None:
    assert [Shares(kind).exist for kind in ScoreKind] == [
        kind is not ScoreKind.SIMILARITIES for kind in ScoreKind
    ]


def test_softmax_of_nothing_is_nothing() -> None:
    assert softmax(np.empty((0, 3), dtype=np.float32)).shape == (0, 3)
    assert softmax(np.array([[1000.0, 0.0]])).tolist() == [[1.0, 0.0]]
