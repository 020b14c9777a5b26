from typing import Any

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.out_of_fold import pool_folds
from fieldmark.predictions.table import Predictions

TREES = LabelSpace(("ash", "oak"))


def fold(name: str | None, ids: str, *, trees: LabelSpace = TREES, **facts: Any) -> Predictions:
    given = {"score_kind": "logits", "contender": "probe", "split": "test", "seed": 0}
    header = PredictionsHeader(**(given | facts), fold=name)
    labels = ["ash" if id_ < "c" else "oak" for id_ in ids]
    items = pl.DataFrame({"id": list(ids), "label": labels, "group": list(ids)})
    scores = np.array([[ord(id_), -ord(id_)] for id_ in ids], np.float32)
    return Predictions(header, items, trees, scores)


def test_each_item_keeps_its_label_group_and_scores() -> None:
    found = pool_folds([fold("2", "ca"), fold("1", "db")], expected="abcd")
    assert found.ids.to_list() == list("abcd")
    assert found.labels.to_list() == ["ash", "ash", "oak", "oak"]
    assert found.groups is not None
    assert found.groups.to_list() == list("abcd")
    assert found.scores[:, 0].tolist() == [97, 98, 99, 100]
    assert found.header.fold is None
    assert found.training_ids is None


def test_the_order_of_folds_plays_no_role() -> None:
    folds = [fold("1", "ab", split_digest="x"), fold("2", "cd", split_digest="y")]
    first, second = pool_folds(folds), pool_folds(folds[::-1])
    assert first == second
    assert first.header.split_digest not in (None, "x", "y")
    assert pool_folds([fold("1", "ab")]).header.split_digest is None


def test_training_counts_are_means_and_unreadable_items_are_summed() -> None:
    counts = [{"ash": 4, "oak": 2}, {"ash": 2}]
    folds = [
        fold(str(place), ids, training_label_counts=own, excluded=1)
        for place, (ids, own) in enumerate(zip(("ab", "c"), counts, strict=True))
    ]
    found = pool_folds(folds, expected="abcde")
    assert found.header.training_label_counts == {"ash": 3, "oak": 1}
    assert found.header.excluded == 2
    assert pool_folds([folds[0], fold("7", "d")]).header.training_label_counts is None


@pytest.mark.parametrize(
    ("folds", "message"),
    [
        ([], "Expected the predictions of at least one fold; got none."),
        ([fold(None, "a")], r"Expected one table for each fold, .* got \[None\]"),
        ([fold("1", "a"), fold("1", "b")], r"got \['1', '1'\]. Leave copies out"),
        ([fold("1", "a"), fold("2", "b", seed=1)], "fold 1 and fold 2 differ in seed: 0 against 1"),
        ([fold("1", "a"), fold("2", "b", split="val")], "differ in part: test against val"),
        ([fold("1", "a"), fold("2", "b", tap={"tap": "x"})], r"differ in tap \(digest\)"),
        (
            [fold("1", "a"), fold("2", "b", trees=LabelSpace(("oak", "ash")))],
            r"differ in classes \(digest\)",
        ),
        ([fold("1", "ab"), fold("2", "bc")], r"1 item came in several \('b'\)"),
    ],
)
def test_tables_that_are_no_folds_of_one_run_are_refused(folds: Any, message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        pool_folds(folds)


def test_an_item_that_was_not_predicted_or_not_expected_is_refused() -> None:
    folds = [fold("1", "a"), fold("2", "b")]
    with pytest.raises(PredictionsError, match=r"1 were not predicted \('c'\), and none besides"):
        pool_folds(folds, expected="abc")
    with pytest.raises(PredictionsError, match=r"\(none\), and 1 others \('b'\) were"):
        pool_folds(folds, expected="a")
