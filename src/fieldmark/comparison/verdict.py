"""Compare: which of two contenders is better, or why that cannot be said."""

from collections.abc import Sequence

from fieldmark.comparison.measures import (
    Trial,
    answers_at,
    measure_difference,
    require_comparable,
)
from fieldmark.comparison.outcome import Comparison, Verdict, verdict_of
from fieldmark.comparison.pairing import Classes, Pair, over_common_classes, pair
from fieldmark.core.errors import NotComparableError
from fieldmark.evaluation.answers import Answers
from fieldmark.evaluation.estimates import require_level
from fieldmark.evaluation.gates import answer_flags
from fieldmark.evaluation.resampling import Units, units_of
from fieldmark.predictions.table import Predictions

__all__ = ["Comparison", "Verdict", "compare"]

Contender = Predictions | Sequence[Predictions]


def compare(
    a: Contender,
    b: Contender,
    *,
    metric: str = "accuracy",
    rank: str | None = None,
    margin: float | None = None,
    classes: Classes = "refuse",
    across: frozenset[str] = frozenset(),
    resamples: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Comparison:
    """Return the verdict on ``a`` against ``b`` on the same items, or refuse in words.

    Several seeds of a contender are averaged item by item (class averages: inside each resample)
    before the difference is tested over items or, where items have groups, over whole groups.

    Args:
        a: predictions of the contender that the verdict is about; several tables are its seeds.
        b: predictions of the contender that it is compared with.
        metric: "accuracy", "top_5_accuracy", "balanced_accuracy" or "macro_f1".
        rank: a rank of the taxonomy; None for the leaves.
        margin: largest difference that does not matter, such as 0.01 for one point.
        classes: "refuse" different classes, or restrict all tables to the "common" ones.
        across: differences that are allowed: "contract", "tap", "split" or "dead-run".
        resamples: number of draws.
        seed: of the draws.
        level: coverage of the interval, in (0, 1); the test is at 1 - level.

    Raises:
        NotComparableError: the tables may not stand side by side, one is a dead run, or the metric,
            rank or margin is not one; the message says why, and the way out.
        PredictionsError: the level is no coverage.

    Example:
        >>> import numpy as np, polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> from fieldmark.predictions.table import PredictionsHeader
        >>> def table(name: str, right: int) -> Predictions:
        ...     label = np.arange(60) % 2
        ...     answer = np.where(np.arange(60) < right, label, 1 - label)
        ...     return Predictions(PredictionsHeader(score_kind="logits", contender=name),
        ...         pl.DataFrame({"id": [f"{i}" for i in range(60)],
        ...         "label": ["pit" if one else "clean" for one in label]}),
        ...         LabelSpace(("clean", "pit")), np.eye(2)[answer])
        >>> print(compare(table("probe", 50), table("incumbent", 46)).sentence())
        probe is not distinguishable from incumbent on accuracy: +6.67 points (95 % interval -1.6
        to +15.9), p = 0.12, exact McNemar, 4 against 0 discordant of 60; about 120 images would
        settle it.
    """
    require_comparable(metric)
    require_level(level)
    _require_resamples(resamples, level)
    sides = tuple(_tables(side) for side in (a, b))
    pairs, notes = _pairs(sides, classes, across)
    units = _units(pairs)
    answers = [_answers(one, rank, across) for one in pairs]
    trial = Trial(metric=metric, units=units, level=level, resamples=resamples, seed=seed)
    first = len(sides[0])
    measured = measure_difference(answers[:first], answers[first:], trial)
    paired = measured.paired
    verdict = verdict_of((paired.low, paired.high), paired.p_value, level=level, margin=margin)
    return Comparison(
        a=sides[0][0].header.contender,
        b=sides[1][0].header.contender,
        metric=metric,
        rank=rank,
        verdict=verdict,
        difference=paired.difference,
        low=paired.low,
        high=paired.high,
        level=level,
        p_value=paired.p_value,
        test=paired.test,
        n=answers[0].n,
        groups=units.count if units.clustered else None,
        classes=answers[0].candidates,
        split=sides[0][0].header.split,
        a_value=measured.a_value,
        b_value=measured.b_value,
        a_seeds=len(sides[0]),
        b_seeds=len(sides[1]),
        discordant=measured.discordant,
        needed_n=measured.needed_n if verdict == "not distinguishable" else None,
        margin=margin,
        notes=notes,
    )


def _tables(side: Contender) -> tuple[Predictions, ...]:
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
    sides: Sequence[Sequence[Predictions]], classes: Classes, across: frozenset[str]
) -> tuple[list[Pair], tuple[str, ...]]:
    """Match every table with the first one, itself included."""
    tables = tuple(table for side in sides for table in side)
    notes: tuple[str, ...] = ()
    if classes == "common":
        tables, notes = over_common_classes(tables)
    pairs = [pair(tables[0], table, across=across) for table in tables]
    found = dict.fromkeys(note for one in pairs[1:] for note in one.notes)
    return pairs, (*notes, *found)


def _units(pairs: Sequence[Pair]) -> Units:
    for one in pairs:
        if one.b.groups is not None:
            return units_of(one.b.groups.to_numpy()[one.rows], n=one.a.n)
    return units_of(None, n=pairs[0].a.n)


def _answers(one: Pair, rank: str | None, across: frozenset[str]) -> Answers:
    leaf, answers = answers_at(one.b, rank)
    trees = [table.taxonomy.digest for table in (one.a, one.b) if table.taxonomy is not None]
    if rank is not None and len(set(trees)) > 1:
        raise NotComparableError(
            f"Predictions of {one.a.header.contender} and {one.b.header.contender} have different"
            f" taxonomies, so rank '{rank}' may not mean the same. Import both with one taxonomy."
        )
    dead = [flag for flag in answer_flags(leaf) if flag.dead]
    if dead and "dead-run" not in across:
        raise NotComparableError(
            f"{one.b.header.contender} is no evidence: {dead[0].sentence} To compare it all the"
            " same, allow it with `--across dead-run`."
        )
    return answers.reordered(one.rows)


def _require_resamples(resamples: int, level: float) -> None:
    fewest = round(10 / (1 - level))
    if resamples < fewest:
        raise NotComparableError(
            f"Expected at least {fewest:,} resamples for a test at level {level:g}; got"
            f" {resamples:,}."
        )
