import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.subsets import named, subset
from fieldmark.predictions.table import Predictions


@pytest.fixture
def table() -> Predictions:
    """Return three items."""
    items = pl.DataFrame({"id": ["x", "y", "z"], "label": ["oak", "ash", "oak"]})
    header = PredictionsHeader(score_kind="logits", contender="probe", split="test")
    return Predictions(header, items, LabelSpace(("oak", "ash")), np.arange(6.0).reshape(3, 2))


def test_a_subset_keeps_the_order_and_its_scores(table: Predictions) -> None:
    found = subset(table, np.array([True, False, True]))
    assert found.ids.to_list() == ["x", "z"]
    assert found.scores.tolist() == [[0.0, 1.0], [4.0, 5.0]]
    assert found.header == table.header


def test_a_subset_of_nothing_is_refused(table: Predictions) -> None:
    with pytest.raises(PredictionsError, match="at least one item"):
        subset(table, np.zeros(3, dtype=bool))


def test_another_name_changes_the_split_alone(table: Predictions) -> None:
    found = named(table, "dev")
    assert found.header.split == "dev"
    assert found.items.equals(table.items)
    assert table.header.split == "test"
