import dataclasses

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.confusion_counts import (
    confusion_counts,
    row_normalised,
    top_confused_pairs,
)


@pytest.fixture
def mixed(answers):
    return answers([0, 0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 0, 2, 0])


def test_cells_come_by_label_then_answer_and_only_where_there_is_an_item(mixed):
    counts = confusion_counts(mixed)
    cells = zip(counts.truth, counts.predicted, counts.count, strict=True)
    assert [tuple(map(int, cell)) for cell in cells] == [
        (0, 0, 1), (0, 1, 2), (1, 0, 1), (1, 1, 1), (2, 0, 1), (2, 2, 1),
    ]  # fmt: skip
    assert counts.dense().tolist() == [[1, 2, 0], [1, 1, 0], [1, 0, 1]]
    assert counts.labelled.tolist() == [3, 2, 2]
    assert counts.answered.tolist() == [3, 3, 1]
    assert counts.right.tolist() == [1, 1, 1]


def test_rows_are_shares_of_the_class(mixed):
    counts = confusion_counts(mixed)
    shares = np.zeros((3, 3))
    shares[counts.truth, counts.predicted] = row_normalised(counts)
    assert shares.sum(axis=1) == pytest.approx(np.ones(3))
    assert shares[0, 1] == pytest.approx(2 / 3)


def test_the_most_frequent_mix_up_comes_first_and_ties_by_class_order(mixed):
    pairs = top_confused_pairs(mixed, 3)
    assert [(pair.truth, pair.predicted, pair.count, pair.n) for pair in pairs] == [
        ("class 0", "class 1", 2, 3),
        ("class 1", "class 0", 1, 2),
        ("class 2", "class 0", 1, 2),
    ]


def test_no_mix_up_is_no_pair(answers):
    assert top_confused_pairs(answers([0, 1], [0, 1])) == ()


def test_thousands_of_classes_stay_sparse(answers):
    rng = np.random.default_rng(0)
    counts = confusion_counts(
        answers(rng.integers(2829, size=500), rng.integers(2829, size=500), 2829)
    )
    assert len(counts.count) <= 500
    assert counts.labelled.sum() == counts.answered.sum() == counts.n == 500


def test_counts_that_are_not_of_the_items_are_refused(mixed):
    counts = confusion_counts(mixed)
    with pytest.raises(PredictionsError, match=r"sum to the 7 items; they sum to 14\. Count every"):
        dataclasses.replace(counts, count=2 * counts.count)


def test_no_pair_at_all_is_refused(mixed):
    with pytest.raises(PredictionsError, match="at least 1 pair to show; got 0"):
        top_confused_pairs(mixed, 0)
