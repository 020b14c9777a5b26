"""Columns of a manifest that a rule of splitting reads, checked once."""

import polars as pl

from fieldmark.core.checks import first_few, unknown_choice
from fieldmark.core.errors import SplitError
from fieldmark.manifest.table import Manifest


def split_values(manifest: Manifest, column: str | None, what: str) -> pl.Series:
    """Return a column of the manifest as text without outer blanks.

    Args:
        manifest: the images.
        column: its name; None for the column of the groups.
        what: what the column says, such as "identity", for the messages.

    Raises:
        SplitError: there is no such column, or a cell of it is empty.
    """
    name = "group" if column is None else column
    if name not in manifest.frame.columns:
        if column is None:
            raise SplitError(
                f"The rule of the split needs groups, to know {what}; this study has none. Name "
                "their column: data.group, or the key of the rule."
            )
        raise SplitError(unknown_choice(f"column of the {what}", name, manifest.frame.columns))
    values = manifest.frame[name].cast(pl.String).str.strip_chars()
    empty = manifest.ids.filter(values.is_null() | (values == ""))
    if len(empty):
        raise SplitError(
            f"Column '{name}' ({what}) is empty in {len(empty):,} of {len(manifest):,} rows (first "
            f"id: '{empty[0]}'). Fill it in, or leave the rows out."
        )
    return values.alias(name)


def one_value_each(units: pl.Series, values: pl.Series, *, unit: str, what: str) -> dict[str, str]:
    """Return the value that each unit has in all of its rows.

    Args:
        units: the unit of each row.
        values: the value of each row.
        unit: what a unit is, such as "group", for the message.
        what: what the value is, such as "stratum", for the message.

    Raises:
        SplitError: a unit has two values.

    Example:
        >>> one_value_each(pl.Series(["a", "a"]), pl.Series(["x", "x"]), unit="group", what="size")
        {'a': 'x'}
    """
    found: dict[str, str] = {}
    torn: dict[str, str] = {}
    for name, value in zip(units, values, strict=True):
        if found.setdefault(name, value) != value:
            torn.setdefault(name, value)
    if torn:
        first, other = next(iter(torn.items()))
        raise SplitError(
            f"Expected one {what} for each {unit}; {len(torn):,} have several "
            f"({first_few(list(torn))}: '{found[first]}' and '{other}' for the first). Correct the "
            "column, or name another."
        )
    return found
