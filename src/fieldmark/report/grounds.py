"""Which numbers may stand in one table: those of one split, one set of classes and one level."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.content import ContenderRow

_Classes = tuple[tuple[str | None, int], ...]
_Key = tuple[str | None, float | None, _Classes]
_Parts = Mapping[_Key, tuple[Estimate, ...]]


@dataclass(frozen=True, slots=True)
class Ground:
    """The rows whose estimates may stand side by side.

    Args:
        split: the part they were measured on; None when nothing was measured.
        level: of the intervals, in (0, 1); None when nothing was measured.
        classes: (rank, number of classes to tell apart), coarse to fine; the leaf's rank is None.
        rows: each with only the estimates that were made on this ground.
    """

    split: str | None
    level: float | None
    classes: _Classes
    rows: tuple[ContenderRow, ...]


def leaf_grounds(rows: Iterable[ContenderRow]) -> tuple[Ground, ...]:
    """Return the grounds on which estimates at the leaf were made, in order of appearance.

    A row without any estimate stands on the first ground, so that it is not forgotten; there is
    always a first ground.
    """
    return _grounds(rows, _leaf_parts)


def rank_grounds(rows: Iterable[ContenderRow], metric: str) -> tuple[Ground, ...]:
    """Return the grounds on which a metric was estimated per rank, in order of appearance.

    Rows whose ranks have different numbers of classes stand on different grounds. Rows with
    estimates at the leaf alone stand on none; there is no ground when no row has ranks.
    """
    kept = [row for row in rows if not row.estimates or any(e.rank for e in row.estimates)]
    found = _grounds(kept, lambda row: _rank_parts(row, metric))
    return tuple(ground for ground in found if ground.classes)


def _grounds(
    rows: Iterable[ContenderRow], parts_of: Callable[[ContenderRow], _Parts]
) -> tuple[Ground, ...]:
    parts = [(row, parts_of(row)) for row in rows]
    keys: tuple[_Key, ...] = tuple(dict.fromkeys(key for _, found in parts for key in found))
    keys = keys or ((None, None, ()),)
    return tuple(
        Ground(
            *key,
            rows=tuple(
                replace(row, estimates=found.get(key, ()))
                for row, found in parts
                if key in found or (not found and key == keys[0])
            ),
        )
        for key in keys
    )


def _leaf_parts(row: ContenderRow) -> _Parts:
    groups: dict[_Key, tuple[Estimate, ...]] = {}
    for estimate in row.estimates:
        if estimate.rank is None:
            key = (estimate.split, estimate.level, ((None, estimate.classes),))
            groups[key] = (*groups.get(key, ()), estimate)
    return groups


def _rank_parts(row: ContenderRow, metric: str) -> _Parts:
    groups: dict[tuple[str, float], dict[str | None, Estimate]] = {}
    for estimate in row.estimates:
        if estimate.metric == metric:
            ground = groups.setdefault((estimate.split, estimate.level), {})
            ground.setdefault(estimate.rank, estimate)
    parts: dict[_Key, tuple[Estimate, ...]] = {}
    for (split, level), by_rank in groups.items():
        ordered = sorted(by_rank.values(), key=lambda estimate: estimate.rank is None)
        if ordered[0].rank is not None:
            classes = tuple((estimate.rank, estimate.classes) for estimate in ordered)
            parts[split, level, classes] = tuple(ordered)
    return parts
