import numpy as np
import pytest

from fieldmark.evaluation.entropy import entropy_metrics, relative_entropies, sampled_rows


def test_rows_are_spread_from_the_first_to_the_last():
    assert sampled_rows(3).tolist() == [0, 1, 2]
    rows = sampled_rows(5000)
    assert (len(rows), rows[0], rows[-1]) == (1000, 0, 4999)


def test_logits_and_their_probabilities_have_the_same_entropy(make):
    logits = np.random.default_rng(0).normal(size=(5, 4))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    rows = np.arange(5)
    first = relative_entropies(make(logits, ["a"] * 5, kind="logits"), rows)
    assert first == pytest.approx(relative_entropies(make(shares, ["a"] * 5), rows))
    by_hand = -(shares * np.log(shares)).sum(axis=1) / np.log(4)
    assert first == pytest.approx(by_hand)


def test_similarities_and_a_single_class_have_no_entropy(make):
    assert relative_entropies(make([[1.0, 2.0]], ["a"], kind="similarities"), np.array([0])) is None
    assert entropy_metrics(make([[1.0]], ["a"])) == ()


def test_the_metric_says_how_many_items_were_looked_at(make):
    (few,) = entropy_metrics(make(np.full((3, 2), 0.5), ["a"] * 3))
    assert (few.denominator, few.n, few.counted) == ("all 3 items", 3, None)
    (many,) = entropy_metrics(make(np.full((1500, 2), 0.5), ["a"] * 1500))
    assert many.denominator == "1,000 items spread evenly over the table"
    assert many.n == 1000
    assert many.values[many.counted].mean() == pytest.approx(1.0)
