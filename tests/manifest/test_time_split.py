from typing import Any

import polars as pl
import pytest

from fieldmark.core.errors import SplitError
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.time_split import split_by_time

CUTS = {"validation": "2024-05-10", "test": "2024-06-01"}


@pytest.fixture
def seasons(tmp_path) -> Manifest:
    """Twelve images of six plants, one of which is photographed all season long."""
    dates = [
        "2024-05-01",
        "2024-05-01 09:30",
        "2024-05-02",
        "2024-05-02",
        "2024-05-09T23:59",
        "2024-05-10",
        "2024-05-12",
        "2024-05-31",
        "2024-06-01",
        "2024-06-02",
        "2024-06-03",
        "2024-06-30",
    ]
    plants = ["a", "a", "b", "b", "b", "c", "c", "c", "d", "e", "e", "f"]
    rows = {
        "id": [f"{row:02}" for row in range(12)],
        "path": ["x.png"] * 12,
        "label": ["oak", "ash"] * 6,
        "date": dates,
        "day": [str(day) for day in (1, 1, 2, 2, 9, 10, 12, 31, 32, 33, 34, 61)],
        "group": plants,
    }
    return Manifest(pl.DataFrame(rows), tmp_path)


def with_column(manifest: Manifest, name: str, values: list[Any]) -> Manifest:
    return Manifest(manifest.frame.with_columns(pl.Series(name, values)), manifest.root)


def test_a_cut_is_the_first_time_of_its_part(seasons: Manifest) -> None:
    split = split_by_time(seasons, column="date", cuts=CUTS)
    assert list(split.parts) == ["train", "validation", "test"]
    assert split.ids("train") == ("00", "01", "02", "03", "04")
    assert split.ids("validation") == ("05", "06", "07")
    assert split.name == "by time, 'date'"


def test_numbers_are_times_too(seasons: Manifest) -> None:
    by_day = split_by_time(seasons, column="day", cuts={"validation": "10", "test": "32.0"})
    assert by_day == split_by_time(seasons, column="date", cuts=CUTS)


def test_shares_are_met_as_nearly_as_times_allow(seasons: Manifest) -> None:
    halves = {"train": 0.5, "test": 0.5}
    split = split_by_time(seasons, column="date", fractions=halves, straddling="allow")
    assert len(split.ids("train")) == 6
    thirds = {"train": 0.25, "test": 0.75}
    split = split_by_time(seasons, column="day", fractions=thirds, straddling="allow")
    assert split.ids("train") == ("00", "01")


def test_a_group_that_straddles_is_refused_left_out_or_allowed(seasons: Manifest) -> None:
    torn = with_column(seasons, "group", list("aabbbgcccaef"))
    wanted = (
        r"2 groups would straddle the parts \('a', 'c'; the first stands in 'train' and 'test'\)"
    )
    with pytest.raises(SplitError, match=wanted):
        split_by_time(torn, column="date", cuts=CUTS)
    kept = split_by_time(torn, column="date", cuts=CUTS, straddling="keep_latest")
    assert kept.ids("train") == ("02", "03", "04")
    assert kept.ids("test") == ("08", "09", "10", "11")
    with pytest.raises(SplitError, match="Part 'validation' stays empty"):
        split_by_time(
            with_column(torn, "group", list("aabbbdddddef")),
            column="date",
            cuts=CUTS,
            straddling="keep_latest",
        )
    allowed = split_by_time(torn, column="date", cuts=CUTS, straddling="allow")
    assert sum(map(len, allowed.parts.values())) == 12


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "needs either cuts or fractions; give one of them"),
        ({"cuts": CUTS, "fractions": {"train": 1.0}}, "needs either cuts or fractions"),
        ({"cuts": CUTS, "column": "dat"}, "Unknown column of the time 'dat'; did you mean 'date'"),
        ({"cuts": {"test": "June"}}, "Expected times in the cuts, .* got 'June'"),
        ({"cuts": CUTS, "column": "label"}, "Expected times in column 'label', .* got 'oak'"),
        ({"cuts": {"test": "12"}}, "The cuts are numbers, and the times are dates"),
        ({"cuts": CUTS, "column": "day"}, "The cuts are dates, and the times are numbers"),
        ({"cuts": {"v": "2024-06-01", "t": "2024-06-01"}}, "Expected cuts that follow each other"),
        ({"cuts": {"test": "2025-01-01"}}, "Part 'test' stays empty: the times .* reach from 2024"),
        ({"cuts": {"test": "2024-06-01T00:00Z"}}, "one states a time zone and the other does not"),
        ({"fractions": {"train": 0.5, "test": 0.2}}, "Expected shares above 0 that sum to 1"),
        ({"fractions": {"train": 1.0, "test": 0.0}}, "Expected shares above 0 that sum to 1"),
    ],
)
def test_what_is_no_split_by_time_is_refused(seasons, settings: Any, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        split_by_time(seasons, **{"column": "date", **settings})


def test_times_with_and_without_a_zone_have_no_order(seasons: Manifest) -> None:
    dates = ["2024-05-01T10:00Z", *seasons.frame["date"].to_list()[1:]]
    with pytest.raises(SplitError, match="Some times in column 'date' state a time zone"):
        split_by_time(with_column(seasons, "date", dates), column="date", cuts=CUTS)
