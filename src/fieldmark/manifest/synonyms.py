"""Names that others have replaced: which name stands for which, applied before a tree is built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from fieldmark.core.checks import first_few, unknown_choice
from fieldmark.core.errors import ManifestError
from fieldmark.manifest.text_tables import TextTable, read_text_table

_COLUMNS: Final = ("name", "accepted")


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Which names give way to which.

    Attributes:
        source: the name of the file, for messages.
        accepted: rank, or None for all ranks -> old name -> the name that takes its place in the
            end, chains resolved.

    Example:
        >>> synonyms = Synonyms("s.csv", {None: {"Agaricus muscarius": "Amanita muscaria"}})
        >>> synonyms.at("species")
        {'Agaricus muscarius': 'Amanita muscaria'}
    """

    source: str
    accepted: Mapping[str | None, Mapping[str, str]]

    def at(self, rank: str) -> dict[str, str]:
        """Return the names that give way at a rank; what is said of the rank itself comes first."""
        return dict(self.accepted.get(None, {})) | dict(self.accepted.get(rank, {}))


def read_synonyms(path: Path, *, ranks: Sequence[str]) -> Synonyms:
    """Return the synonyms that a table lists.

    Args:
        path: a CSV, TSV or Parquet file with the columns ``name`` and ``accepted`` and optionally
            ``rank`` (empty: the name gives way wherever it stands). An accepted name may give way
            to another in turn; a name that is its own accepted name is left as it is.
        ranks: the ranks there are, coarse to fine.

    Raises:
        ManifestError: the table cannot be read, a column or a name is missing, a rank is unknown, a
            name gives way to two, or names lead back to themselves.
    """
    table = read_text_table(path)
    for column in _COLUMNS:
        if column not in table.frame.columns:
            raise ManifestError(
                f"{path} has no column '{column}'. Synonyms need the columns name and accepted, "
                f"and may have rank; it has: {', '.join(table.frame.columns)}."
            )
    ranked = pl.col("rank") if "rank" in table.frame.columns else pl.lit(None, pl.String)
    given: dict[str | None, dict[str, str]] = {}
    for row, cells in enumerate(table.frame.select(*_COLUMNS, ranked).iter_rows()):
        _enter(given, cells, table, row, ranks)
    general = given.get(None, {})
    resolved = {rank: _resolved(general | own, path.name, only=own) for rank, own in given.items()}
    return Synonyms(path.name, resolved)


def _enter(
    given: dict[str | None, dict[str, str]],
    cells: tuple[str | None, ...],
    table: TextTable,
    row: int,
    ranks: Sequence[str],
) -> None:
    name, accepted, rank = (cell or "" for cell in cells)
    place = f"{table.source}, {table.place(row)}"
    if not name.strip() or not accepted.strip():
        raise ManifestError(f"{place}: expected a name and its accepted name; one is empty.")
    if rank and rank not in ranks:
        raise ManifestError(f"{place}: {unknown_choice('rank', rank, ranks)}")
    own = given.setdefault(rank or None, {})
    if name == accepted:
        return
    if own.setdefault(name, accepted) != accepted:
        raise ManifestError(
            f"{place}: '{name}' gives way to '{accepted}', and to '{own[name]}' further up. Decide "
            "on one."
        )


def _resolved(given: Mapping[str, str], source: str, *, only: Mapping[str, str]) -> dict[str, str]:
    """Return the name at the end of each chain, for the names in ``only``."""
    final = {}
    for name in only:
        chain = [name]
        while chain[-1] in given:
            chain.append(given[chain[-1]])
            if chain[-1] in chain[:-1]:
                loop = chain[chain.index(chain[-1]) :]
                raise ManifestError(
                    f"{source}: names lead back to themselves ({first_few(loop, 5)}). One of them "
                    "must be the accepted name: leave out its row."
                )
        final[name] = chain[-1]
    return final
