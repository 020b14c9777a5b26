import dataclasses

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.pooled_photos import grouped_by, photos_of_several, photos_pooled
from fieldmark.predictions.pooling import pool
from fieldmark.predictions.table import Predictions


def photos(names: list[str], **columns: list[str]) -> Predictions:
    n = len(names)
    label = [f"c{sum(map(ord, name)) % 3}" for name in names]
    items = {"id": [f"{i}" for i in range(n)], "label": label, "seen": names} | columns
    return Predictions(
        PredictionsHeader(score_kind="logits", contender="probe", split="test"),
        pl.DataFrame(items),
        LabelSpace(("c0", "c1", "c2")),
        np.random.default_rng(n).normal(size=(n, 3)),
    )


def test_each_photo_gets_the_scores_of_its_observation() -> None:
    table = photos(["b", "a", "b", "c", "a", "b"])
    pooled = pool(table, "seen")
    given = photos_pooled(table, "seen")
    assert given.ids.to_list() == table.ids.to_list()
    assert given.header.contender == "probe + photos pooled"
    assert given.header.provenance["pooled_by"] == "seen"
    place = {name: row for row, name in enumerate(pooled.ids)}
    for row, name in enumerate(table.items["seen"]):
        assert np.array_equal(given.scores[row], pooled.scores[place[name]])
    assert given.groups is not None
    assert given.groups.to_list() == ["b", "a", "b", "c", "a", "b"]


def test_a_lone_photo_keeps_its_answer() -> None:
    table = photos(["a", "b", "c"])
    given = photos_pooled(table, "seen")
    assert np.array_equal(given.scores.argmax(axis=1), table.scores.argmax(axis=1))


def test_groups_that_hold_whole_observations_stay() -> None:
    table = photos(["a", "a", "b", "c"], group=["site 1", "site 1", "site 1", "site 2"])
    assert grouped_by(table, "seen") is table
    torn = photos(["a", "a", "b", "c"], group=["site 1", "site 2", "site 1", "site 2"])
    found = grouped_by(torn, "seen").groups
    assert found is not None
    assert found.to_list() == ["a", "a", "b", "c"]


def test_numbers_name_observations_too() -> None:
    table = photos(["a", "a", "b"])
    numbered = dataclasses.replace(table, items=table.items.with_columns(seen=pl.Series([1, 1, 2])))
    found = grouped_by(numbered, "seen").groups
    assert found is not None
    assert found.to_list() == ["1", "1", "2"]
    assert photos_pooled(numbered, "seen").n == 3
    assert photos_of_several(numbered, "seen").tolist() == [True, True, False]


def test_groups_may_be_the_observations() -> None:
    table = photos(["a", "a", "b"], group=["a", "a", "b"])
    assert grouped_by(table, "group") is table
    assert photos_pooled(table, "group").n == 3


def test_a_photo_without_an_observation_is_refused() -> None:
    table = photos(["a", "a", "b"])
    names = pl.Series("seen", ["a", None, "b"])
    torn = dataclasses.replace(table, items=table.items.with_columns(names))
    with pytest.raises(PredictionsError, match=r"1 photo of 3 have none \(first: '1'\)"):
        grouped_by(torn, "seen")


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(PredictionsError, match="column 'tree' that names the observation"):
        grouped_by(photos(["a"]), "tree")
    with pytest.raises(PredictionsError, match="Unknown column to pool by 'tree'"):
        photos_pooled(photos(["a"]), "tree")
