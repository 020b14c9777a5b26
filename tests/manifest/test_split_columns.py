import polars as pl
import pytest

from fieldmark.core.errors import SplitError
from fieldmark.manifest.split_columns import one_value_each, split_values
from fieldmark.manifest.table import Manifest


def test_values_are_text_without_outer_blanks(orchard: Manifest) -> None:
    values = pl.Series("day", [1, 1, 2, 2, 3, 3])
    manifest = Manifest(orchard.frame.with_columns(values), orchard.root)
    assert split_values(manifest, "day", "session").to_list() == ["1", "1", "2", "2", "3", "3"]
    assert split_values(manifest, None, "what is left out")[0] == "tree 1"


def test_a_missing_column_is_refused(orchard: Manifest) -> None:
    with pytest.raises(SplitError, match="Unknown column of the session 'grup'; did you mean"):
        split_values(orchard, "grup", "session")
    plain = Manifest(orchard.frame.drop("group"), orchard.root)
    with pytest.raises(SplitError, match="needs groups, to know what is left out; this study has"):
        split_values(plain, None, "what is left out")


def test_an_empty_cell_is_refused(orchard: Manifest) -> None:
    values = pl.Series("day", ["1", " ", None, "2", "3", "3"])
    manifest = Manifest(orchard.frame.with_columns(values), orchard.root)
    wanted = r"Column 'day' \(session\) is empty in 2 of 6 rows \(first id: 'a2'\). Fill it in"
    with pytest.raises(SplitError, match=wanted):
        split_values(manifest, "day", "session")


def test_two_values_of_one_unit_are_refused() -> None:
    units, values = pl.Series(["a", "a", "b"]), pl.Series(["x", "y", "x"])
    wanted = r"Expected one stratum for each group; 1 have several \('a': 'x' and 'y' for the first"
    with pytest.raises(SplitError, match=wanted):
        one_value_each(units, values, unit="group", what="stratum")
