"""Tables over unequal classes: refused with the counts, or brought to the classes that all have."""

from collections.abc import Sequence

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.manifest.taxonomy import Taxonomy, restrict_taxonomy
from fieldmark.predictions.table import Predictions
from fieldmark.predictions.universe import common_classes, restrict


def refuse_other_classes(a: Predictions, b: Predictions) -> None:
    """Raise where two tables are not over the same classes, with the counts and the way out.

    Raises:
        NotComparableError: they are not.
    """
    first, second = frozenset(a.label_space.classes), frozenset(b.label_space.classes)
    differ = sorted(first ^ second)
    if not differ:
        return
    names = a.header.contender, b.header.contender
    raise NotComparableError(
        f"Predictions of {names[0]} and {names[1]} cannot be compared: {len(differ):,} of"
        f" {count_of(len(first | second), 'class', 'classes')} differ (first:"
        f" {first_few(differ[:1])}). Restrict both with `--classes common`"
        f" (in a study: `protocol.classes`): {_left_by(a, first & second)}."
        f" {names[0]} alone has {len(first - second):,}, {names[1]} alone"
        f" {len(second - first):,}.{_written_otherwise(first - second, second - first)}"
        " Where both know every label, `--universe N` compares them among N random candidates."
    )


def over_common_classes(
    tables: Sequence[Predictions],
) -> tuple[tuple[Predictions, ...], tuple[str, ...]]:
    """Return the tables restricted to the classes that all of them have, and what that left.

    Columns of other classes go, and so do items whose label is another class; probabilities are
    divided by their sum over what remains. Taxonomies are cut down to the common classes, so that a
    coarser name stands for these alone; a table without one is given the first that there is.
    Tables over the same classes come back as they are, without a note.

    Args:
        tables: at least one.

    Raises:
        NotComparableError: there is no such class, or no item of some table is left.
    """
    if len({table.label_space.set_digest for table in tables}) == 1:
        return tuple(tables), ()
    first = tables[0]
    shared = [frozenset(common_classes(first, table)) for table in tables]
    common = [name for name in first.label_space.classes if all(name in s for s in shared)]
    if not common:
        raise NotComparableError(
            f"No class is common to all {len(tables)} tables of {first.header.contender} and"
            f" {tables[-1].header.contender}. Check that the names are written alike."
        )
    trees, of_ranks = _trees(tables, common)
    try:
        restricted = tuple(
            restrict(table, common, taxonomy=tree)
            for table, tree in zip(tables, trees, strict=True)
        )
    except PredictionsError as error:
        raise NotComparableError(str(error)) from None
    left = {
        f"{new.n:,} of {count_of(old.n, 'item')} of {old.header.contender}": None
        for old, new in zip(tables, restricted, strict=True)
    }
    words = count_of(len(common), "common class", "common classes")
    note = f"restricted to {words}: {' and '.join(left)} left"
    return restricted, (note, *of_ranks, *_without_probability(restricted))


def _without_probability(tables: Sequence[Predictions]) -> dict[str, None]:
    """Return a sentence for each table with items whose probability was all on other classes."""
    found: dict[str, None] = {}
    for table in tables:
        count = table.header.provenance.get("items_without_probability", 0)
        if count:
            items = count_of(count, "item")
            have, get = ("has", "gets") if count == 1 else ("have", "get")
            found[
                f"{items} of {table.header.contender} {have} no probability left, and {get} the"
                " same for each class"
            ] = None
    return found


def _trees(
    tables: Sequence[Predictions], common: Sequence[str]
) -> tuple[list[Taxonomy | None], tuple[str, ...]]:
    """Return the tree of each table over the common classes, and what a rank then means."""
    own = [table.taxonomy and restrict_taxonomy(table.taxonomy, common) for table in tables]
    known = [place for place, tree in enumerate(own) if tree is not None]
    if not known:
        return own, ()
    lent, lender = own[known[0]], tables[known[0]].header.contender
    notes = []
    if lent is not None and len(lent.ranks) > 1:
        above = zip(lent.ranks[:-1], lent.nodes[:-1], strict=True)
        sizes = ", ".join(f"{rank} {len(names):,}" for rank, names in above)
        notes.append(f"a name above the classes stands for its common classes alone ({sizes})")
    without = [table.header.contender for table in tables if table.taxonomy is None]
    if without:
        names = " and ".join(dict.fromkeys(without))
        notes.append(f"the taxonomy of {lender} places {names}, which came without one")
    return [tree or lent for tree in own], tuple(notes)


def _left_by(table: Predictions, common: frozenset[str]) -> str:
    labels = int(table.labels.is_in(list(common)).sum())
    classes = count_of(len(common), "class is common", "classes are common")
    return f"{classes}, with {labels:,} of {count_of(table.n, 'item')}"


def _written_otherwise(first: frozenset[str], second: frozenset[str]) -> str:
    """Return the sentence that names differ in writing alone, or "" where none does."""
    plain = {_plain(name): name for name in sorted(second)}
    alike = [(name, plain[_plain(name)]) for name in sorted(first) if _plain(name) in plain]
    if not alike:
        return ""
    mine, theirs = alike[0]
    differ = count_of(len(alike), "name differs", "names differ")
    return (
        f" {differ} in writing alone (first: '{mine}' and '{theirs}'): write them alike, by a table"
        f" with the columns name and accepted and a row '{theirs},{mine}' (`fieldmark import"
        " --synonyms`; in a study: `data.synonyms`)."
    )


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())
