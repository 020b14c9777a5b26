"""From two contenders with one or more seeds to answers on the same items in the same order."""

from collections.abc import Sequence
from dataclasses import dataclass

from fieldmark.comparison.common_classes import over_common_classes
from fieldmark.comparison.judged_tables import answers_at, judged_for, rank_above_leaves
from fieldmark.comparison.label_versions import relabelled_note, with_labels_of
from fieldmark.comparison.pairing import Pair, pair
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.gates import answer_flags
from fieldmark.evaluation.measuring import Judged
from fieldmark.evaluation.resampling import Units, units_of
from fieldmark.predictions.table import Predictions

Contender = Predictions | Sequence[Predictions]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Matched:
    """Two contenders side by side, item by item.

    Attributes:
        a: answers of each seed of the first contender.
        b: answers of each seed of the second, on the same items in the same order.
        names: the two contenders.
        units: items, or groups that stay whole.
        split: part of the split that the items come from.
        rank: a rank above the leaves; None for the leaves.
        notes: what a reader should know, one sentence each.
    """

    a: tuple[Judged, ...]
    b: tuple[Judged, ...]
    names: tuple[str, str]
    units: Units
    split: str
    rank: str | None
    notes: tuple[str, ...]

    @property
    def answers(self) -> Answers:
        """The answers of the first seed of the first contender."""
        return answers_at(self.a[0], self.rank)


def match(
    a: Contender, b: Contender, *, metric: str, rank: str | None, rules: ComparisonRules
) -> Matched:
    """Return two contenders matched item by item, or refuse in words.

    Args:
        a: predictions of the first contender; several tables are its seeds.
        b: predictions of the second.
        metric: one of `COMPARABLE`.
        rank: a rank of the taxonomy; None for the leaves.
        rules: what may differ.

    Raises:
        NotComparableError: they may not stand side by side, or one is a dead run.
    """
    sides = tables_of(a), tables_of(b)
    pairs, notes = _pairs(sides, rules)
    judged = [_judged(one, metric, rank, rules) for one in pairs]
    first = len(sides[0])
    return Matched(
        a=tuple(judged[:first]),
        b=tuple(judged[first:]),
        names=(sides[0][0].header.contender, sides[1][0].header.contender),
        units=_units(pairs),
        split=sides[0][0].header.split,
        rank=rank_above_leaves(pairs[0].a, rank),
        notes=notes,
    )


def tables_of(side: Contender) -> tuple[Predictions, ...]:
    """Return the tables of one side, at least one and all of the same contender.

    Raises:
        NotComparableError: there is none, or they are of several contenders.
    """
    tables = (side,) if isinstance(side, Predictions) else tuple(side)
    if not tables:
        raise NotComparableError("Expected at least one table of predictions a side; got none.")
    names = sorted({table.header.contender for table in tables})
    if len(names) > 1:
        raise NotComparableError(
            f"Expected the seeds of one contender a side; got {', '.join(names)}. Compare two"
            " contenders at a time."
        )
    return tables


def _pairs(
    sides: Sequence[Sequence[Predictions]], rules: ComparisonRules
) -> tuple[list[Pair], tuple[str, ...]]:
    """Match every table with the first one, itself included."""
    tables = tuple(table for side in sides for table in side)
    notes: tuple[str, ...] = ()
    if rules.labels != "refuse":
        source = sides[rules.labels == "second"][0]
        found = (relabelled_note(table, source) for table in tables)
        notes = tuple(dict.fromkeys(note for note in found if note is not None))
        tables = tuple(with_labels_of(table, source) for table in tables)
    if rules.classes == "common":
        tables, restricted = over_common_classes(tables)
        notes = (*notes, *restricted)
    pairs = [pair(tables[0], table, rules=rules) for table in tables]
    of_pairs = dict.fromkeys(note for one in pairs[1:] for note in one.notes)
    return pairs, (*notes, *of_pairs)


def _units(pairs: Sequence[Pair]) -> Units:
    for one in pairs:
        if one.b.groups is not None:
            return units_of(one.b.groups.to_numpy()[one.rows], n=one.a.n)
    return units_of(None, n=pairs[0].a.n)


def _judged(one: Pair, metric: str, rank: str | None, rules: ComparisonRules) -> Judged:
    judged = judged_for(one.b, metric, rank)
    trees = [table.taxonomy.digest for table in (one.a, one.b) if table.taxonomy is not None]
    if len(judged.levels) > 1 and len(set(trees)) > 1:
        where = f"rank '{rank}'" if rank is not None else metric
        raise NotComparableError(
            f"Predictions of {one.a.header.contender} and {one.b.header.contender} have different"
            f" taxonomies, so {where} may not mean the same. Import both with one taxonomy."
        )
    dead = [flag for flag in answer_flags(judged.leaf) if flag.dead]
    if dead and "dead-run" not in rules.across:
        raise NotComparableError(
            f"{one.b.header.contender} is no evidence: {dead[0].sentence} To compare it all the"
            " same, allow it with `--across dead-run`."
        )
    return judged.reordered(one.rows)
