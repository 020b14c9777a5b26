"""What is doubtful in single rows of a table: no name, or a number that contradicts it."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from fieldmark.core.checks import count_of
from fieldmark.core.errors import ManifestError
from fieldmark.manifest.findings import Finding
from fieldmark.manifest.part_names import PART
from fieldmark.manifest.text_tables import TextTable

_NO_CLASS: Final = "-1"
_SHOWN: Final = 5


def leave_out_unnamed(
    table: TextTable, *, label: str, ranks: Sequence[str], id_column: str
) -> tuple[TextTable, list[Finding]]:
    """Return a table without the rows that have no label, and the finding that says which.

    Args:
        table: as it was read.
        label: the column of the labels.
        ranks: the rank columns, coarse to fine; empty without.
        id_column: the column with the ids, for the examples.

    Raises:
        ManifestError: no row has a label.
    """
    named = table.frame[label].str.strip_chars().replace("", None).is_not_null()
    if named.all():
        return table, []
    if not named.any():
        raise ManifestError(
            f"{table.source}: column '{label}' (label) is empty in every row. Name another column."
        )
    rows = table.frame.filter(~named)
    known = pl.coalesce([pl.lit(None, pl.String), *reversed(ranks[:-1])]) if ranks[:-1] else None
    placed = 0 if known is None else rows.select(known.is_not_null().sum()).item()
    first = rows.select(id_column, *ranks[-2:-1]).row(0)
    example = f"'{first[0]}'"
    if len(first) > 1 and first[1] is not None:
        example += f", {ranks[-2]} '{first[1]}'"
    parts = ""
    if PART in rows.columns:
        counts = rows.group_by(PART, maintain_order=True).len().iter_rows()
        parts = "; " + ", ".join(f"{part} {number:,}" for part, number in counts)
    message = (
        f"Images without a name at '{label}': {len(rows):,} of {len(table.frame):,} (first: "
        f"{example}{parts}), {placed:,} of them named at a coarser rank. They are left out: they "
        "can neither be learnt nor judged as one of the classes."
    )
    examples = tuple(str(id_) for id_ in rows[id_column].head(_SHOWN))
    return table.rows(named), [Finding("unnamed_image", "warning", message, len(rows), examples)]


def number_findings(frame: pl.DataFrame, *, number: str, label: str, as_read: str) -> list[Finding]:
    """Return where a column of class numbers contradicts the names.

    One number for two names, or one name, as it was read, with two numbers. The number -1, which
    FungiTastic gives to whatever training lacks, says nothing.

    Args:
        frame: the rows.
        number: the column of class numbers.
        label: the column of names, after synonyms were replaced.
        as_read: the column of names as they were read; may be the same.
    """
    pairs = (
        frame.filter(pl.col(number).is_not_null() & (pl.col(number) != _NO_CLASS))
        .select(number=number, name=label, as_read=as_read)
        .group_by("number", "name", "as_read")
        .len("rows")
        .sort("rows", "number", "name", descending=[True, False, False])
    )
    shared = _second_best(pairs, unit="number", value="name")
    torn = _second_best(pairs, unit="as_read", value="number")
    if not len(shared) + len(torn):
        return []
    told = [
        *(f"{number} {n} is '{a}' and '{b}'" for n, a, b, _ in shared.iter_rows()),
        *(f"'{name}' has {number} {a} and {b}" for name, a, b, _ in torn.iter_rows()),
    ]
    rows = int(shared["rows"].sum()) + int(torn["rows"].sum())
    message = (
        f"Rows in which {number} contradicts {label}: at most {rows:,}, from "
        f"{count_of(len(told), 'contradiction')} (first: {told[0]}). The names are used, and "
        f"{number} is not; correct whichever is wrong."
    )
    return [Finding("number_contradicts_name", "warning", message, rows, tuple(told[:_SHOWN]))]


def _second_best(pairs: pl.DataFrame, *, unit: str, value: str) -> pl.DataFrame:
    """Return each unit with two values or more: the commonest two, and the rows of all but one."""
    totals = (
        pairs.group_by(unit, value, maintain_order=True)
        .agg(pl.col("rows").sum())
        .sort("rows", value, descending=[True, False])
        .group_by(unit, maintain_order=True)
        .agg(
            first=pl.col(value).first(),
            second=pl.col(value).get(1, null_on_oob=True),
            rows=pl.col("rows").sum() - pl.col("rows").first(),
        )
    )
    return totals.filter(pl.col("second").is_not_null()).sort(
        "rows", unit, descending=[True, False]
    )
