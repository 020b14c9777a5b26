"""What is wrong in a generated table of fungi: gaps, other names, and numbers that do not fit."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from fieldmark.synthetic.fungi import FungusSpecies
from fieldmark.synthetic.fungus_records import PhotoRecords

_NAMELESS = 2  # rows of training, and one of validation
_OLD = ("vetula", "antiqua")
_BETWEEN = "mediana"


@dataclass(frozen=True, slots=True)
class PlantedFaults:
    """What was done to a table that was right.

    Attributes:
        without_species: how many rows name a genus and no species, over all parts.
        gap_filled: a species whose class some rows lack and others know.
        gap_open: a genus whose family no row knows.
        with_author: a species that some rows call by its name and author.
        spaced: a species that one row writes with two spaces.
        contradicted: a species one row of which bears the ``category_id`` of another.
        renamed: old name -> accepted name, as some rows of training say; old names may lead to
            the accepted one over another old one, in ``synonyms.csv``.
    """

    without_species: int
    gap_filled: str
    gap_open: str
    with_author: str
    spaced: str
    contradicted: str
    renamed: Mapping[str, str]


@dataclass(frozen=True, eq=False, slots=True)
class FaultyTables:
    """Tables with their faults, and the table of synonyms that cures some of them."""

    frames: Mapping[str, pl.DataFrame]
    synonyms: pl.DataFrame
    planted: PlantedFaults


def plant_faults(
    parts: Mapping[str, PhotoRecords], kinds: tuple[FungusSpecies, ...], *, avoid: Collection[int]
) -> FaultyTables:
    """Return the tables of the parts with one fault of each kind, each on a species of its own.

    Args:
        parts: the photographs of "train", "val" and "test"; not changed.
        kinds: the species.
        avoid: species to leave as they are, since training lacks them.
    """
    counts = np.bincount(parts["train"].species, minlength=len(kinds))
    common = [int(place) for place in np.argsort(-counts, kind="stable") if place not in avoid]
    named = [kinds[place].path for place in common[: 5 + len(_OLD)]]
    nameless, gap, author, spaced, *moved = [path[-1] for path in named[:2] + named[3:]]
    genus = named[2][-2]
    frames = {
        part: _blank(records.frame, "family", where=pl.col("genus") == genus)
        for part, records in parts.items()
    }
    train = _blank(frames["train"], "species", where=_first(nameless, _NAMELESS))
    frames["val"] = _blank(frames["val"], "species", where=_first(nameless, 1))
    train = _blank(train, "class", where=_first(gap, 1))
    number = parts["train"].frame.filter(pl.col("species") == nameless)["category_id"][0]
    train = _rewrite(train, "category_id", number, where=_first(gap, 1))
    scientific = train.filter(pl.col("species") == author)["scientificName"][0]
    train = _rewrite(train, "species", scientific, where=_first(author, 2))
    train = _rewrite(train, "species", spaced.replace(" ", "  "), where=_first(spaced, 1))
    older = [f"{name.split()[0]} {epithet}" for name, epithet in zip(moved, _OLD, strict=True)]
    for old, name in zip(older, moved, strict=True):
        train = _rewrite(train, "species", old, where=_first(name, 2))
    between = f"{moved[0].split()[0]} {_BETWEEN}"
    chains = {older[0]: between, between: moved[0], older[1]: moved[1]}
    synonyms = pl.DataFrame({"name": list(chains), "accepted": list(chains.values())})
    planted = PlantedFaults(
        without_species=_NAMELESS + 1,
        gap_filled=gap,
        gap_open=genus,
        with_author=author,
        spaced=spaced,
        contradicted=gap,
        renamed=dict(zip(older, moved, strict=True)),
    )
    return FaultyTables(frames | {"train": train}, synonyms, planted)


def _blank(frame: pl.DataFrame, column: str, *, where: pl.Expr) -> pl.DataFrame:
    return frame.with_columns(pl.when(~where).then(pl.col(column)).alias(column))


def _rewrite(frame: pl.DataFrame, column: str, cell: str, *, where: pl.Expr) -> pl.DataFrame:
    other = pl.when(where).then(pl.lit(cell)).otherwise(pl.col(column))
    return frame.with_columns(other.alias(column))


def _first(species: str, rows: int) -> pl.Expr:
    """Return the expression that is true in the first rows of a species."""
    own = (pl.col("species") == species).fill_null(value=False)
    return own & (own.cum_sum() <= rows)
