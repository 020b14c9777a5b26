"""Two contenders over the folds of a cross-validation, from one table of predictions a fold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.comparison.folds import FoldDifferences, corrected_resampled_t
from fieldmark.comparison.judged_tables import require_comparable_in_folds, require_margin
from fieldmark.comparison.matching import Matched, match, tables_of
from fieldmark.comparison.measures import measured_values
from fieldmark.comparison.outcome import Comparison, verdict_of
from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.comparison.trial import Trial
from fieldmark.comparison.wording import MEAN_OF_FOLDS
from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.metrics import METRICS
from fieldmark.predictions.table import Predictions

Place = tuple[str, str]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class MeasuredFolds:
    """Two contenders on one metric in every fold of every run.

    Attributes:
        names: the two contenders.
        metric: identifier of the metric within a fold.
        rank: rank of the labels; None for the leaves.
        differences: first minus second in each fold, with the sizes.
        a_values: the metric of the first in each fold.
        b_values: the metric of the second.
        runs: number of runs of the cross-validation.
        n: number of items of one run.
        classes: number of candidates.
        split: part of the split that the items come from.
        notes: what a reader should know.
    """

    names: tuple[str, str]
    metric: str
    rank: str | None
    differences: FoldDifferences
    a_values: tuple[float, ...]
    b_values: tuple[float, ...]
    runs: int
    n: int
    classes: int
    split: str
    notes: tuple[str, ...]


def compare_folds(
    a: Sequence[Predictions],
    b: Sequence[Predictions],
    *,
    metric: str = "accuracy",
    rank: str | None = None,
    margin: float | None = None,
    rules: ComparisonRules = STRICT,
) -> Comparison:
    """Return the verdict on ``a`` against ``b`` over the folds of a cross-validation.

    Args:
        a: predictions of the first contender, one table for each fold and run: the header names
            both, the run by its seed.
        b: predictions of the second, on the same folds; with one run it stands beside each of the
            other's runs.
        metric: as in `compare`; measured in each fold, then averaged over folds by their items.
        rank: as in `compare`.
        margin: as in `compare`.
        rules: as in `compare`; the test is always the corrected resampled t-test.

    Raises:
        NotComparableError: a table names no fold, the folds differ or overlap, or two tables may
            not stand side by side.
    """
    return verdict_over_folds(
        measure_folds(a, b, metric=metric, rank=rank, rules=rules), margin=margin, level=rules.level
    )


def verdict_over_folds(
    measured: MeasuredFolds, *, margin: float | None = None, level: float = 0.95
) -> Comparison:
    """Return the verdict on what was measured in the folds, by the corrected resampled t-test."""
    require_margin(margin, measured.metric)
    folds = measured.differences
    paired = corrected_resampled_t(folds, level=level)
    verdict = verdict_of(
        (paired.low, paired.high),
        paired.p_value,
        level=level,
        margin=margin,
        direction=METRICS[measured.metric].direction,
    )
    each = len(folds.differences) // measured.runs
    return Comparison(
        a=measured.names[0],
        b=measured.names[1],
        metric=f"{measured.metric}{MEAN_OF_FOLDS}",
        rank=measured.rank,
        verdict=verdict,
        difference=paired.difference,
        low=paired.low,
        high=paired.high,
        level=level,
        p_value=paired.p_value,
        test=paired.test.replace(
            count_of(len(folds.differences), "fold"),
            f"{count_of(measured.runs, 'run')} x {each} folds",
        ),
        n=measured.n,
        classes=measured.classes,
        split=measured.split,
        a_value=float(folds.weights @ np.array(measured.a_values)),
        b_value=float(folds.weights @ np.array(measured.b_values)),
        a_seeds=measured.runs,
        b_seeds=measured.runs,
        margin=margin,
        notes=measured.notes,
    )


def measure_folds(
    a: Sequence[Predictions],
    b: Sequence[Predictions],
    *,
    metric: str = "accuracy",
    rank: str | None = None,
    rules: ComparisonRules = STRICT,
) -> MeasuredFolds:
    """Return what two contenders reach in every fold of every run.

    The number of training items of a fold is that of its stored training ids, or else of the
    items of the other folds.

    Args:
        a: as in `compare_folds`.
        b: as in `compare_folds`.
        metric: as in `compare_folds`.
        rank: as in `compare_folds`.
        rules: as in `compare_folds`.

    Raises:
        NotComparableError: as `compare_folds`.
    """
    require_comparable_in_folds(metric)
    pairs = _pairs(_by_place(a), _by_place(b))
    matched = {
        place: match(one, other, metric=metric, rank=rank, rules=rules)
        for place, (one, other) in pairs.items()
    }
    values = [_values(one, metric) for one in matched.values()]
    tested = {place: one.answers.n for place, one in matched.items()}
    _refuse_overlap(pairs)
    runs = len({run for run, _ in pairs})
    some = next(iter(matched.values()))
    return MeasuredFolds(
        names=some.names,
        metric=metric,
        rank=rank,
        differences=FoldDifferences(
            differences=np.array([first - second for first, second in values]),
            tested=np.array(list(tested.values())),
            trained=np.array([_trained(place, pairs[place][0], tested) for place in pairs]),
        ),
        a_values=tuple(first for first, _ in values),
        b_values=tuple(second for _, second in values),
        runs=runs,
        n=sum(tested.values()) // runs,
        classes=max(one.answers.candidates for one in matched.values()),
        split=some.split,
        notes=tuple(dict.fromkeys(note for one in matched.values() for note in one.notes)),
    )


def _values(matched: Matched, metric: str) -> tuple[float, float]:
    trial = Trial(metric=metric, units=matched.units, rank=matched.rank)
    return measured_values(matched.a, matched.b, trial)


def _by_place(tables: Sequence[Predictions]) -> dict[Place, Predictions]:
    found: dict[Place, Predictions] = {}
    for table in tables_of(tables):
        header = table.header
        if header.fold is None:
            raise NotComparableError(
                f"Expected the fold of every table of {header.contender} in its header; a table"
                " names none. State it where the predictions are made, or"
                " compare without folds."
            )
        place = (str(header.seed), header.fold)
        if place in found:
            raise NotComparableError(
                f"Expected one table of {header.contender} for each seed and fold; seed"
                f" {place[0]}, fold {place[1]} came twice. Leave the copy out."
            )
        found[place] = table
    return found


def _pairs(
    a: dict[Place, Predictions], b: dict[Place, Predictions]
) -> dict[Place, tuple[Predictions, Predictions]]:
    """Match the folds; a side with one run stands beside every run of the other."""
    runs = [sorted({run for run, _ in side}) for side in (a, b)]
    if runs[0] != runs[1] and min(len(runs[0]), len(runs[1])) == 1:
        every = max(runs, key=len)
        a, b = (
            {(run, fold): table for run in every for (_, fold), table in side.items()}
            if len(own) == 1
            else side
            for side, own in zip((a, b), runs, strict=True)
        )
    lacking = sorted(a.keys() ^ b.keys())
    if lacking:
        name = next(iter((b if lacking[0] in a else a).values())).header.contender
        raise NotComparableError(
            f"Expected both contenders in every fold of every run; {len(lacking)} are missing"
            f" (first: seed {lacking[0][0]}, fold {lacking[0][1]} of {name}). Finish them first."
        )
    return {place: (a[place], b[place]) for place in sorted(a)}


def _refuse_overlap(pairs: dict[Place, tuple[Predictions, Predictions]]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for (run, fold), (table, _) in pairs.items():
        shared = [item for item in table.ids if (run, item) in seen]
        if shared:
            raise NotComparableError(
                f"Expected every item in one test fold of a run; {count_of(len(shared), 'item')} of"
                f" fold {fold} is in fold {seen[run, shared[0]]} too (first:"
                f" {first_few(shared, 1)}). Folds that share test items are no cross-validation."
            )
        seen |= {(run, item): fold for item in table.ids}


def _trained(place: Place, table: Predictions, tested: dict[Place, int]) -> int:
    if table.training_ids is not None:
        return len(table.training_ids)
    others = sum(n for (run, fold), n in tested.items() if run == place[0] and fold != place[1])
    if not others:
        raise NotComparableError(
            f"Expected at least two folds of seed {place[0]}, or stored training ids; got fold"
            f" {place[1]} alone."
        )
    return others
