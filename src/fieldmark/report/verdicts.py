"""The verdict in words: who is best, by how much, and whether that can be told at all."""

from collections.abc import Sequence

from fieldmark.comparison.outcome import Comparison
from fieldmark.comparison.wording import MEAN_OF_FOLDS
from fieldmark.core.checks import count_of
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.metrics import definition_of
from fieldmark.report.against_reference import against_reference, verdict_between
from fieldmark.report.content import ContenderRow
from fieldmark.report.grounds import leaf_grounds
from fieldmark.report.numbers import count

_MOST_LISTED = 3
_Measured = tuple[ContenderRow, Estimate]


def verdict_sentences(
    rows: Sequence[ContenderRow], comparisons: Sequence[Comparison], metric: str
) -> tuple[str, ...]:
    """Return what the records say about ``metric``, the most important sentence first.

    A contender is called best only when a paired comparison finds it better than each of the
    others on the first ground of ``leaf_grounds``, and its interval lies beyond the best trivial
    baseline. Nobody is called best while cells are missing; a contender with signs of a dead run
    never is.

    Args:
        rows: contenders and baselines.
        comparisons: paired verdicts; those of another metric are not looked at. Over folds those
            count that were made fold by fold.
        metric: identifier in the catalogue.

    Raises:
        PredictionsError: the metric is not in the catalogue.
    """
    lower_is_better = definition_of(metric).direction == "lower"
    unfinished = unfinished_sentence(rows)
    if unfinished:
        return (unfinished,)
    ground = leaf_grounds(rows)[0]
    measured = [(row, _estimate(row, metric)) for row in ground.rows]
    ranked = sorted(
        ((row, estimate) for row, estimate in measured if estimate is not None),
        key=lambda pair: (pair[1].value or 0.0) * (1 if lower_is_better else -1),
    )
    alive = [(row, e) for row, e in ranked if not row.is_baseline and not row.is_dead]
    baselines = [(row, e) for row, e in ranked if row.is_baseline]
    if not alive:
        return ("No contender has a result that can be judged.", *_left_out(rows, ()))
    relevant = _on(comparisons, f"{metric}{MEAN_OF_FOLDS}") or _on(comparisons, metric)
    unbeaten = _unbeaten(alive[0], baselines)
    return (
        unbeaten or _headline(alive, relevant),
        *_difference_sentences(alive, relevant),
        *(() if unbeaten else _baseline_sentences(baselines)),
        *_left_out(rows, [row.name for row, _ in alive]),
    )


def _on(comparisons: Sequence[Comparison], metric: str) -> list[Comparison]:
    return [one for one in comparisons if one.metric == metric and one.rank is None]


def unfinished_sentence(rows: Sequence[ContenderRow]) -> str:
    """Return the sentence that says which cells are missing, or "" when none is.

    Example:
        >>> unfinished_sentence([ContenderRow("knn", cells_ran=1, cells_planned=3)])
        'Preliminary: 2 of 3 cells have no result (contender knn), so nothing is called best.'
    """
    behind = [row.name for row in rows if row.missing_cells]
    if not behind:
        return ""
    missing = sum(row.missing_cells for row in rows)
    planned = sum(row.cells_planned for row in rows)
    whose = f"{'contender' if len(behind) == 1 else 'contenders'} {_listed(behind)}"
    have = "has" if missing == 1 else "have"
    return (
        f"Preliminary: {count(missing)} of {count_of(planned, 'cell')} {have} no result ({whose}), "
        "so nothing is called best."
    )


def _estimate(row: ContenderRow, metric: str) -> Estimate | None:
    estimate = row.estimate(metric)
    return None if estimate is None or estimate.value is None else estimate


def _unbeaten(leader: _Measured, baselines: Sequence[_Measured]) -> str:
    """Return the sentence that no contender beats the best baseline, or "" when one does."""
    row, estimate = leader
    if not baselines or _beats(estimate, baselines[0][1]):
        return ""
    rival, trivial = baselines[0]
    return (
        f"No contender is shown to beat the trivial baseline “{rival.name}”, which reaches "
        f"{trivial.value_text()}: {row.name} comes first with {_reached(estimate)}."
    )


def _beats(estimate: Estimate, trivial: Estimate) -> bool:
    """Whether the interval, or the value where there is none, lies beyond the baseline."""
    lower_is_better = definition_of(estimate.metric).direction == "lower"
    worst = estimate.high if lower_is_better else estimate.low
    worst = estimate.value if worst is None else worst
    if worst is None or trivial.value is None:
        return False
    return worst < trivial.value if lower_is_better else worst > trivial.value


def _reached(estimate: Estimate) -> str:
    name = definition_of(estimate.metric).in_words
    return f"{name} {estimate.value_text()} ({estimate.interval_text()})"


def _headline(alive: Sequence[_Measured], comparisons: Sequence[Comparison]) -> str:
    (leader, estimate), *rivals = alive
    reached = _reached(estimate)
    outcomes = {row.name: verdict_between(comparisons, leader.name, row.name) for row, _ in rivals}
    unclear = [name for name, verdict in outcomes.items() if verdict != "better"]
    uncompared = [name for name, verdict in outcomes.items() if verdict is None]
    if not rivals:
        return f"{leader.name} reaches {reached}."
    if not unclear:
        return f"{leader.name} is the best of {len(alive)} contenders: {reached}."
    named = against_reference([row.name for row, _ in alive], comparisons)
    if uncompared and named is not None:
        return f"{leader.name} comes first with {reached}, but {named[1]}."
    if uncompared:
        return (
            f"{leader.name} comes first with {reached}, but was not compared with "
            f"{_listed(uncompared)}, so nothing is called best."
        )
    verdicts = {outcomes[name] for name in unclear}
    how = "equivalent to" if verdicts == {"equivalent"} else "not distinguishable from"
    return f"{leader.name} comes first with {reached}, but is {how} {_listed(unclear)}."


def _difference_sentences(
    alive: Sequence[_Measured], comparisons: Sequence[Comparison]
) -> tuple[str, ...]:
    """Say by how much the first differs from the second, or else from what all are compared with.

    Where contenders were compared with a reference alone, that is said too.
    """
    if len(alive) < 2:
        return ()
    names = [row.name for row, _ in alive]
    found = [one for one in comparisons if {one.a, one.b} == {names[0], names[1]}]
    named = against_reference(names, comparisons) if len(names) > 2 else None
    if named is None:
        return tuple(one.sentence() for one in found[:1])
    reference = named[0]
    found += [one for one in comparisons if {one.a, one.b} == {names[0], reference}]
    alone: tuple[str, ...] = ()
    if reference != names[0]:
        alone = (
            f"Contenders were compared with {reference} alone and not with each other, so nothing"
            " is called best.",
        )
    return (*(one.sentence() for one in found[:1]), *alone)


def _baseline_sentences(baselines: Sequence[_Measured]) -> tuple[str, ...]:
    return tuple(
        f"The best trivial baseline, {row.name}, reaches {e.value_text()}."
        for row, e in baselines[:1]
    )


def _left_out(rows: Sequence[ContenderRow], judged: Sequence[str]) -> tuple[str, ...]:
    """Name the contenders that the verdict does not speak of, and why."""
    others = [row for row in rows if not row.is_baseline and row.name not in judged]
    dead = [row.name for row in others if row.is_dead]
    elsewhere = [row.name for row in others if not row.is_dead]
    sentences = []
    if dead:
        sentences.append(f"Left out, with signs of a dead run: {_listed(dead)}.")
    if elsewhere:
        sentences.append(f"Left out, not measured on the same ground: {_listed(elsewhere)}.")
    return tuple(sentences)


def _listed(names: Sequence[str]) -> str:
    if len(names) > _MOST_LISTED:
        shown = _MOST_LISTED - 1
        return f"{', '.join(names[:shown])} and {len(names) - shown} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
