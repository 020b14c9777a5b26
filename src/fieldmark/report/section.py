"""A part of the report: what stands under one heading, in reading order."""

from collections.abc import Iterable
from dataclasses import dataclass

from fieldmark.report.exhibits import ExampleImage
from fieldmark.report.figures import Picture
from fieldmark.report.tables import Table


@dataclass(frozen=True, slots=True)
class Fold:
    """What is shown on demand, under its title; tables without rows are left out."""

    title: str
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", _filled(self.tables))


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page.

    Args:
        name: the anchor: lower-case letters and hyphens.
        title: the heading.
        remarks: sentences under the heading.
        pictures: shown next.
        examples: images that were answered right or wrong.
        tables: shown next; those without rows are left out.
        folded: figures and tables that are shown on demand.
        definitions: (term, meaning) pairs, shown on demand.
        folded_text: (title, text), shown on demand; None for nothing.
        has_matrix: whether the page's script may put its view into the confusion matrices here.
    """

    name: str
    title: str
    remarks: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    examples: tuple[ExampleImage, ...] = ()
    tables: tuple[Table, ...] = ()
    folded: tuple[Fold, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()
    folded_text: tuple[str, str] | None = None
    has_matrix: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", _filled(self.tables))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        shown = self.remarks, self.pictures, self.examples, self.tables, self.folded
        return not any(shown) and self.folded_text is None


def _filled(tables: Iterable[Table]) -> tuple[Table, ...]:
    return tuple(table for table in tables if table.rows)
