import polars as pl
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.metadata_columns import MetadataColumn, learn_column, require_no_leak


def test_months_are_categories_however_they_are_written() -> None:
    column = learn_column(pl.DataFrame({"month": ["12", "1", None, " 12 ", ""]}), "month")
    assert column.values == ("1", "12")
    assert column.codes(pl.Series([12.0, 1.0, None, 7.0])).tolist() == [1, 0, 2, 2]
    assert column.codes(pl.Series(["12.0", "01"])).tolist() == [1, 2]
    assert column.in_words == "month (2 categories)"


def test_bins_hold_equally_many_training_items_and_their_ends_are_open() -> None:
    training = pl.DataFrame({"height": [str(10 * number) for number in range(1, 9)]})
    column = learn_column(training, "height", bins=4)
    assert column.edges == (27.5, 45.0, 62.5)
    assert column.size == 4
    found = column.codes(pl.Series([-500.0, 27.5, 30.0, 9000.0, None]))
    assert found.tolist() == [0, 1, 1, 3, 4]
    assert column.in_words == "height (4 bins between quantiles of training)"


def test_bins_with_the_same_edge_become_one() -> None:
    column = learn_column(pl.DataFrame({"height": [1, 1, 1, 1, 2]}), "height", bins=4)
    assert column.edges == (1.0,)


@pytest.mark.parametrize("bins", [None, 3])
def test_a_column_without_a_value_is_refused(bins: int | None) -> None:
    empty = pl.DataFrame({"habitat": ["", None]})
    with pytest.raises(DecisionError, match=r"values of 'habitat' .* all 2 cells are empty"):
        learn_column(empty, "habitat", bins=bins)


@pytest.mark.parametrize("text", ["high", "inf", "nan"])
def test_bins_need_numbers(text: str) -> None:
    training = pl.DataFrame({"height": ["1", text, "3"]})
    with pytest.raises(DecisionError, match=rf"'height'.* 1 value of 3 are none \(first: '{text}'"):
        learn_column(training, "height", bins=2)


def leak_of(training: dict[str, list[str]], *, accept: bool = False, name: str = "m") -> None:
    table = pl.DataFrame(training)
    require_no_leak(table, learn_column(table, name), accept=accept)


def test_a_name_of_each_observation_is_refused_even_where_it_is_accepted() -> None:
    names = {"label": ["a", "b"] * 5, "group": [f"{i // 2}" for i in range(10)]}
    for accept in (False, True):
        with pytest.raises(
            DecisionError, match="5 values for 5 groups of training, almost one for"
        ):
            leak_of(names | {"m": [f"x{i // 2}" for i in range(10)]}, accept=accept)


def test_a_property_of_the_label_is_refused_unless_it_is_accepted() -> None:
    names = {
        "id": [f"{i}" for i in range(40)],
        "label": ["cap"] * 20 + ["cep"] * 20,
        "m": ["poisonous"] * 20 + ["edible"] * 20,
    }
    with pytest.raises(DecisionError, match=r"'m' has one value only for all items of a label"):
        leak_of(names)
    leak_of(names, accept=True)


def test_a_habitat_that_is_the_same_for_all_photos_of_an_observation_is_no_leak() -> None:
    leak_of(
        {
            "group": [f"{i // 3}" for i in range(30)],
            "label": ["cap" if i // 3 % 2 else "cep" for i in range(30)],
            "m": ["wood" if i // 3 % 3 else "park" for i in range(30)],
        }
    )


def test_one_value_and_one_label_say_nothing_and_leak_nothing() -> None:
    leak_of({"label": ["cap"] * 9, "m": ["wood", "park", "lawn"] * 3})
    leak_of({"label": ["cap", "cep"] * 4, "m": ["wood"] * 8})


def test_a_column_is_a_plain_record() -> None:
    assert MetadataColumn(name="m", values=("a",)) == MetadataColumn(name="m", values=("a",))
