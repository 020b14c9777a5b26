from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.special import softmax

from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.accepted_names import with_accepted_names
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions

CLASSES = ("old a", "b", "new a", "old c")
ACCEPTED = {"old a": "new a", "older a": "new a", "old c": "new c", "z": "y"}
LOGITS = np.random.default_rng(0).normal(0, 3, (50, 4)).astype(np.float32)


def given(kind: str, scores: np.ndarray) -> Predictions:
    labels = [(*CLASSES, "older a")[row % 5] for row in range(len(scores))]
    items = pl.DataFrame({"id": [f"i{row}" for row in range(len(scores))], "label": labels})
    header = PredictionsHeader(score_kind=kind, contender="theirs", label_version="v1")
    return Predictions(header, items, LabelSpace(CLASSES), scores, training_ids=("t",))


def test_probabilities_of_classes_that_become_one_are_summed(tmp_path: Path) -> None:
    before = given("probabilities", softmax(LOGITS, axis=1))
    after = with_accepted_names(before, ACCEPTED, folder=tmp_path / "x")
    assert after.label_space.classes == ("new a", "b", "new c")
    expected = np.stack(
        [before.scores[:, [0, 2]].sum(axis=1), before.scores[:, 1], before.scores[:, 3]], axis=1
    )
    assert np.asarray(after.scores) == pytest.approx(expected, abs=1e-6)
    assert after.items["label"].to_list()[:5] == ["new a", "b", "new a", "new c", "new a"]
    assert (after.header.label_version, after.training_ids) == (None, ("t",))
    assert before.label_space.classes == CLASSES


def test_logits_merge_so_that_their_softmax_does(tmp_path: Path) -> None:
    logits = with_accepted_names(given("logits", LOGITS), ACCEPTED, folder=tmp_path / "x")
    shares = given("probabilities", softmax(LOGITS, axis=1))
    summed = with_accepted_names(shares, ACCEPTED, folder=tmp_path / "y")
    assert softmax(logits.scores, axis=1) == pytest.approx(np.asarray(summed.scores), abs=1e-5)


def test_of_similarities_the_larger_counts(tmp_path: Path) -> None:
    after = with_accepted_names(given("similarities", LOGITS), ACCEPTED, folder=tmp_path / "x")
    assert np.array_equal(after.scores[:, 0], LOGITS[:, [0, 2]].max(axis=1))
    assert np.array_equal(after.scores[:, 1], LOGITS[:, 1])


def test_a_name_alone_is_renamed_in_its_place(tmp_path: Path) -> None:
    after = with_accepted_names(given("logits", LOGITS), {"b": "q"}, folder=tmp_path / "x")
    assert after.label_space.classes == ("old a", "q", "new a", "old c")
    assert np.array_equal(after.scores, LOGITS)


def test_where_no_name_gives_way_nothing_is_written(tmp_path: Path) -> None:
    before = given("logits", LOGITS)
    for accepted in ({}, {"z": "y"}):
        assert with_accepted_names(before, accepted, folder=tmp_path / "x") is before
    assert not (tmp_path / "x").exists()


def test_training_items_are_counted_by_accepted_names(tmp_path: Path) -> None:
    before = given("logits", LOGITS)
    counts = {"old a": 3, "b": 2, "new a": 4}
    header = before.header.model_copy(update={"training_label_counts": counts})
    after = with_accepted_names(replace(before, header=header), ACCEPTED, folder=tmp_path / "x")
    assert after.header.training_label_counts == {"new a": 7, "b": 2}
