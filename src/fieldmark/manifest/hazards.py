"""Which classes are dangerous to take for something else: a column says so, image by image."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from fieldmark.core.checks import nearest
from fieldmark.core.errors import ManifestError
from fieldmark.manifest.findings import Finding, finding
from fieldmark.manifest.text_tables import plain_texts

Hazard = Literal["poisonous", "harmless", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardColumn:
    """The column that tells of each image whether its class is poisonous.

    Attributes:
        column: its name.
        values: the values that mean poisonous; every other value means harmless, and an empty cell
            that nothing is known.

    Raises:
        ManifestError: no value is named.

    Example:
        >>> HazardColumn(column="poisonous", values=("1",)).in_words
        "column 'poisonous' (1)"
    """

    column: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ManifestError(
                f"Expected the values of column '{self.column}' that mean poisonous; got none. "
                "Name them, such as 1."
            )

    @property
    def in_words(self) -> str:
        """The column with the values that mean poisonous."""
        return f"column '{self.column}' ({', '.join(self.values)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazards:
    """Which classes are poisonous and which harmless; of all others nothing is known.

    Attributes:
        poisonous: classes of which some image says so; also where another image denies it.
        harmless: classes whose images all deny it, where they say anything.
        mixed: the poisonous classes of which some image denies it.
        unsaid: classes of which no image says anything.
        source: what says so, in words.

    Example:
        >>> known = Hazards(poisonous=frozenset({"death cap"}), harmless=frozenset({"blusher"}))
        >>> [known.of(name) for name in ("death cap", "blusher", "cep")]
        ['poisonous', 'harmless', 'unknown']
    """

    poisonous: frozenset[str]
    harmless: frozenset[str]
    mixed: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    source: str = ""

    def of(self, name: str) -> Hazard:
        """Return what is known of a class."""
        if name in self.poisonous:
            return "poisonous"
        return "harmless" if name in self.harmless else "unknown"


def hazards_of(tables: Iterable[pl.DataFrame], told: HazardColumn) -> Hazards:
    """Return what the images of some tables say of their classes.

    A class is poisonous as soon as one of its images says so: the careful reading.

    Args:
        tables: each with the column ``label`` and the hazard column.
        told: the column, and what its values mean.

    Raises:
        ManifestError: a table has no such column, or no image says poisonous.

    Example:
        >>> frame = pl.DataFrame({"label": ["a", "a", "b", "c"], "deadly": ["1", "0", "0", None]})
        >>> found = hazards_of([frame], HazardColumn(column="deadly", values=("1",)))
        >>> sorted(found.poisonous), sorted(found.harmless), found.mixed, found.unsaid
        (['a'], ['b'], ('a',), ('c',))
    """
    frame = pl.concat([_pairs(table, told) for table in tables]).unique()
    said = {name: frame.filter(frame["says"] == name)["label"].to_list() for name in ("yes", "no")}
    poisonous, denied = frozenset(said["yes"]), frozenset(said["no"])
    if not poisonous:
        values = ", ".join(f"'{value}'" for value in _values(frame)) or "nothing at all"
        raise ManifestError(
            f"Expected some image with {' or '.join(told.values)} in column '{told.column}', which "
            f"means poisonous; it holds {values}. Name the values that mean poisonous."
        )
    return Hazards(
        poisonous=poisonous,
        harmless=denied - poisonous,
        mixed=tuple(sorted(poisonous & denied)),
        unsaid=tuple(sorted(set(frame["label"]) - poisonous - denied)),
        source=told.in_words,
    )


def hazard_findings(hazards: Hazards) -> list[Finding]:
    """Return what is doubtful about the hazards of classes: contradictions, and silence."""
    return [
        *finding(
            "hazard_contradiction",
            "warning",
            f"Classes that are poisonous by some of their images and harmless by others, by "
            f"{hazards.source}: {{count}} (first: {{first}}). They count as poisonous; correct the "
            "column if they are not.",
            hazards.mixed,
        ),
        *finding(
            "hazard_unknown",
            "note",
            f"Classes of which no image says whether they are poisonous, by {hazards.source}: "
            "{count} (first: {first}). Nothing is assumed of them; fill in the column.",
            hazards.unsaid,
        ),
    ]


def _pairs(table: pl.DataFrame, told: HazardColumn) -> pl.DataFrame:
    """Return label, value and what it says: yes, no, or null where nothing is said."""
    if told.column not in table.columns:
        guess = nearest(told.column, table.columns)
        hint = f"; did you mean '{guess}'?" if guess else "."
        raise ManifestError(
            f"Expected a column '{told.column}' that says which classes are poisonous; there is "
            f"none{hint} There are: {', '.join(table.columns)}."
        )
    values = plain_texts(table[told.column])
    return pl.DataFrame({"label": table["label"], "value": values}).with_columns(
        says=pl.when(pl.col("value").is_null())
        .then(None)
        .when(pl.col("value").is_in(list(told.values)))
        .then(pl.lit("yes"))
        .otherwise(pl.lit("no"))
    )


def _values(frame: pl.DataFrame) -> Sequence[str]:
    return frame["value"].drop_nulls().unique().sort().to_list()[:5]
