import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.slicing import MISSING, slicing_of


@pytest.fixture
def table(make, tree):
    """Return a maker of predictions whose items have one further column."""

    def made(values, *, labels=None, dtype=None):
        n = len(values)
        plain = make([[0.4, 0.3, 0.2, 0.1]] * n, labels or ["a"] * n, taxonomy=tree)
        items = plain.items.with_columns(pl.Series("column", values, dtype=dtype))
        return type(plain)(plain.header, items, plain.label_space, plain.scores, tree)

    return made


def test_each_value_is_a_slice(table) -> None:
    found = slicing_of(table(["wood", "meadow", "wood"]), "column")
    assert found.names == ("meadow", "wood")
    assert found.codes.tolist() == [1, 0, 1]
    assert found.note == "column: 2 values"


def test_few_numbers_are_values_in_their_order(table) -> None:
    found = slicing_of(table([str(number) for number in range(12, 0, -1)]), "column")
    assert found.names == tuple(str(number) for number in range(1, 13))
    assert found.codes.tolist() == list(range(11, -1, -1))


def test_many_numbers_are_cut_at_their_quartiles(table) -> None:
    found = slicing_of(table([str(number) for number in range(1, 101)]), "column")
    assert found.names == ("1 to 25", "above 25 to 50", "above 50 to 75", "above 75 to 100")
    assert [found.codes.tolist().count(code) for code in range(4)] == [25] * 4
    assert found.note == "column: cut at the quartiles of 100 numbers"


def test_equal_numbers_stay_together(table) -> None:
    found = slicing_of(table([0.0] * 60 + [float(number) for number in range(1, 21)]), "column")
    assert found.names == ("0 to 5", "above 5 to 20") or len(set(found.codes[:60].tolist())) == 1


def test_an_empty_cell_is_a_slice_of_its_own(table) -> None:
    texts = slicing_of(table(["wood", "", None]), "column")
    assert texts.names == ("wood", MISSING)
    assert texts.codes.tolist() == [0, 1, 1]
    assert texts.note == "column: 1 value, 2 items without one"
    numbers = slicing_of(table([None, *map(float, range(20))], dtype=pl.Float64), "column")
    assert numbers.names[-1] == MISSING
    assert numbers.codes[0] == 4


def test_numbers_that_are_not_finite_are_text(table) -> None:
    values = ["inf", *(str(number) for number in range(20))]
    assert len(slicing_of(table(values), "column").names) == 21


def test_booleans_and_dates_are_values(table) -> None:
    assert slicing_of(table([True, False, True]), "column").names == ("false", "true")


def test_a_rank_of_the_labels_is_a_column(table) -> None:
    found = slicing_of(table([1, 2, 3], labels=["a", "c", "d"]), "genus")
    assert found.names == ("K", "L", "M")
    assert found.codes.tolist() == [0, 1, 2]


def test_what_is_no_column_is_refused(table, make) -> None:
    with pytest.raises(PredictionsError, match="Unknown column to slice by 'colum'; did you mean"):
        slicing_of(table(["a"]), "colum")
    with pytest.raises(PredictionsError, match="Unknown column to slice by 'genus'"):
        slicing_of(make([[1.0]], ["a"]), "genus")


def test_too_many_values_are_refused(table) -> None:
    names = [f"place {number}" for number in range(61)]
    with pytest.raises(PredictionsError, match="at most 60 slices; 'column' has 61 values"):
        slicing_of(table(names), "column")


def test_a_number_that_is_none_is_missing(table) -> None:
    few = slicing_of(table([1.0, float("nan")]), "column")
    assert few.names == ("1.0", MISSING)
    many = slicing_of(table([float("nan"), *map(float, range(20))]), "column")
    assert many.names[-1] == MISSING


def test_a_column_without_any_value_is_one_slice(table) -> None:
    found = slicing_of(table(["", "", None]), "column")
    assert (found.names, found.codes.tolist()) == ((MISSING,), [0, 0, 0])


def test_integers_are_numbers(table) -> None:
    assert slicing_of(table([3, 1, 2]), "column").names == ("1", "2", "3")
    assert len(slicing_of(table(list(range(40))), "column").names) == 4
