"""Tables as plain text and tone, the same for the page and for Markdown."""

from dataclasses import dataclass
from typing import Literal

from fieldmark.core.checks import count_of
from fieldmark.core.errors import FieldmarkError

Tone = Literal["plain", "good", "bad", "warning", "neutral", "muted"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what it says, the small print below, and its tone.

    A cell of the tone good, bad, warning or neutral is drawn as a badge; its text says the same.
    """

    text: str
    detail: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column: its title, the small print below, and whether it holds numbers."""

    title: str
    detail: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; the first cell of a row names the row.

    Args:
        name: of lower-case letters and hyphens, different for each table of a page.
        caption: what the table shows.
        columns: the head.
        rows: as many cells each as there are columns.
        note: what a reader must know to read the numbers; "" for nothing.

    Raises:
        FieldmarkError: a row is shorter or longer than the head.

    Example:
        >>> Table("sizes", "Sizes", (Column("part"),), ((Cell("train"),),)).rows[0][0].text
        'train'
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        widths = sorted({len(row) for row in self.rows} - {len(self.columns)})
        if widths:
            expected = count_of(len(self.columns), "cell")
            raise FieldmarkError(
                f"Expected {expected} in every row of the table '{self.name}'; "
                f"some have {widths[0]}. Give every column its cell."
            )
