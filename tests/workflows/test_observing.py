import polars as pl
import pytest

from fieldmark.core.errors import StudyError
from fieldmark.experiments.observing import YearsConfig
from fieldmark.workflows.observing import of_years

ITEMS = pl.DataFrame({"id": list("abcde"), "year": ["2019", "2020.0", None, " 2021 ", ""]})


@pytest.mark.parametrize(
    ("bounds", "kept"),
    [
        ({"before": 2021}, "ab"),
        ({"since": 2020}, "bd"),
        ({"since": 2020, "before": 2021}, "b"),
    ],
)
def test_items_without_a_year_are_left_out(bounds: dict[str, int], kept: str) -> None:
    found = of_years(ITEMS, YearsConfig(column="year", **bounds))
    assert "".join(found["id"]) == kept


def test_numbers_are_years_too() -> None:
    numbers = pl.DataFrame({"id": ["a", "b"], "year": [2019.0, 2022.0]})
    assert of_years(numbers, YearsConfig(column="year", before=2021))["id"].to_list() == ["a"]


def test_years_that_nobody_has_are_refused() -> None:
    with pytest.raises(StudyError, match=r"year before 2000.* among 5, whose years run from 2019"):
        of_years(ITEMS, YearsConfig(column="year", before=2000))


def test_what_is_no_year_is_refused() -> None:
    wrong = ITEMS.with_columns(year=pl.lit("spring"))
    with pytest.raises(StudyError, match=r"5 cells of 5 hold others \(first: 'spring'\)"):
        of_years(wrong, YearsConfig(column="year", before=2000))
