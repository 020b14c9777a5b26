import pytest

from fieldmark.core.errors import FieldmarkError
from fieldmark.report.tables import Cell, Column, Table


def test_a_row_of_another_length_is_refused() -> None:
    heads = (Column("part"), Column("images"))
    with pytest.raises(FieldmarkError, match=r"2 cells in every row of the table 'sizes'.* have 1"):
        Table("sizes", "Sizes", heads, ((Cell("train"), Cell("9")), (Cell("test"),)))


def test_a_table_may_have_no_rows() -> None:
    assert Table("sizes", "Sizes", (Column("part"),), ()).rows == ()
