import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.error_table import ROOT, error_table


@pytest.fixture
def table(make, tree):
    """Return four answers to the label a: right, its sister, its cousin, and nothing shared."""
    scores = [
        [0.7, 0.1, 0.1, 0.1],
        [0.3, 0.5, 0.1, 0.1],
        [0.2, 0.1, 0.6, 0.1],
        [0.3, 0.1, 0.2, 0.4],
    ]
    return make(scores, ["a"] * 4, taxonomy=tree, groups=["g0", "g0", "g1", "g1"])


def test_each_wrong_item_says_where_it_went_wrong(table) -> None:
    found = error_table(table)
    assert found["id"].to_list() == ["i1", "i2", "i3"]
    assert found["predicted"].to_list() == ["b", "c", "d"]
    assert found["first_wrong_rank"].to_list() == ["species", "genus", "family"]
    assert found["lca"].to_list() == ["K", "F", ROOT]
    assert found["lca_rank"].to_list() == ["genus", "family", ROOT]
    assert found["lca_height"].to_list() == [1, 2, 3]
    assert found["place"].to_list() == [2, 2, 2]
    assert found["probability_of_answer"].to_list() == pytest.approx([0.5, 0.6, 0.4])
    assert found["probability_of_label"].to_list() == pytest.approx([0.3, 0.2, 0.3])
    assert found["contradictory"].to_list() == [False, False, True]
    assert found["group"].to_list() == ["g0", "g1", "g1"]


def test_every_item_can_be_listed(table) -> None:
    found = error_table(table, errors_only=False)
    assert found["right"].to_list() == [True, False, False, False]
    right = found.row(0, named=True)
    assert (right["first_wrong_rank"], right["lca"], right["lca_height"]) == (None, "a", 0)


def test_an_unknown_label_has_no_place_but_a_relative(make, tree) -> None:
    row = error_table(make([[0.9, 0.1]], ["b"], classes=["a", "d"], taxonomy=tree)).row(
        0, named=True
    )
    assert (row["label"], row["predicted"], row["place"], row["candidates"]) == ("b", "a", None, 2)
    assert (row["probability_of_label"], row["lca"]) == (0.0, "K")


def test_similarities_have_no_probabilities(make, tree) -> None:
    row = error_table(make([[3.0, 5.0]], ["a"], kind="similarities", taxonomy=tree)).row(
        0, named=True
    )
    assert row["probability_of_answer"] is None
    assert row["contradictory"] is None
    assert row["place"] == 2


def test_without_a_tree_there_are_no_columns_of_it(make) -> None:
    found = error_table(make([[1.0, 0.0]], ["a"]))
    assert found.height == 0
    assert "lca" not in found.columns


def test_a_column_that_is_there_already_is_refused(table) -> None:
    items = table.items.with_columns(pl.lit("x").alias("lca"))
    clash = type(table)(table.header, items, table.label_space, table.scores, table.taxonomy)
    with pytest.raises(PredictionsError, match="'lca' is a column of the table of errors"):
        error_table(clash)
