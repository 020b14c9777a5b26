"""Verdicts between decoders of the same scores: paired, and corrected for their number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fieldmark.comparison.families import holm, holm_levels
from fieldmark.comparison.measures import measure_items
from fieldmark.comparison.outcome import Comparison, verdict_of
from fieldmark.comparison.paired_tests import fewest_resamples
from fieldmark.comparison.rules import STRICT, ComparisonRules
from fieldmark.comparison.trial import Trial
from fieldmark.core.checks import count_of
from fieldmark.decision.path_quantities import path_item_metric
from fieldmark.decision.paths import NO_NODE, Paths
from fieldmark.evaluation.metrics import definition_of
from fieldmark.evaluation.resampling import Units, units_of


@dataclass(frozen=True, eq=False, slots=True)
class _Question:
    """Two ways to read the same scores, of one or more seeds, on one metric."""

    a: Sequence[Paths]
    b: Sequence[Paths]
    units: Units
    metric: str
    rank: str | None = None


def decoder_verdicts(
    reference: Paths,
    others: Sequence[Paths],
    *,
    gain: tuple[Paths, Paths] | None = None,
    rules: ComparisonRules = STRICT,
) -> tuple[Comparison, ...]:
    """Return the verdicts on other decoders against one, on the same items.

    A decoder is compared on all ranks right and, above the leaves, on being right at each rank; an
    item that is not answered there is not right. Holm's procedure runs over all comparisons, and
    each interval is at the level that it holds its comparison against.

    Args:
        reference: what the others are compared with.
        others: of the same items in the same order.
        gain: consistent paths, and the diagnosis of each rank by itself; compared on all ranks
            right, they tell the gain of consistent decoding, which comes first. None for no such
            verdict.
        rules: level, draws and seed.
    """
    units = _units_of(reference)
    questions = [] if gain is None else [_Question([gain[0]], [gain[1]], units, "all_ranks_right")]
    for other in others:
        questions += _questions(reference, other, units)
    return _corrected(questions, rules)


def path_gains(
    seeds: Sequence[Sequence[tuple[Paths, Paths]]], *, rules: ComparisonRules = STRICT
) -> tuple[Comparison, ...]:
    """Return what consistent paths gain in all ranks right over each rank read by itself.

    Args:
        seeds: for each contender (joint path, diagnosis) of each of its seeds, at least one; of the
            same items in the same order.
        rules: level, draws and seed; the level is that of all contenders together.

    Returns:
        One verdict a contender, all of its seeds together, by Holm's procedure.
    """
    questions = [
        _Question(
            [one[0] for one in own],
            [one[1] for one in own],
            _units_of(own[0][0]),
            "all_ranks_right",
        )
        for own in seeds
    ]
    return _corrected(questions, rules)


def _corrected(questions: Sequence[_Question], rules: ComparisonRules) -> tuple[Comparison, ...]:
    strictest = 1 - (1 - rules.level) / max(len(questions), 1)
    rules = replace(rules, resamples=max(rules.resamples, fewest_resamples(strictest)))
    judged = [_judged(question, rules, rules.level) for question in questions]
    if len(judged) < 2:
        return tuple(judged)
    p_values = [one.p_value for one in judged]
    family = f"Holm over {count_of(len(judged), 'comparison')}"
    return tuple(
        replace(
            one if level == rules.level else _judged(question, rules, level),
            p_adjusted=adjusted,
            adjustment=family,
        )
        for question, one, level, adjusted in zip(
            questions, judged, holm_levels(p_values, level=rules.level), holm(p_values), strict=True
        )
    )


def _units_of(paths: Paths) -> Units:
    groups = paths.items["group"] if "group" in paths.items.columns else None
    return units_of(groups, n=paths.n)


def _questions(reference: Paths, other: Paths, units: Units) -> list[_Question]:
    coarser = reference.taxonomy.ranks[:-1]
    return [
        _Question([other], [reference], units, "all_ranks_right"),
        *(_Question([other], [reference], units, "right_at_rank", rank) for rank in coarser),
    ]


def _judged(question: _Question, rules: ComparisonRules, level: float) -> Comparison:
    a, b, units = question.a[0], question.b[0], question.units
    trial = Trial(
        metric=question.metric,
        units=units,
        rank=question.rank,
        test=rules.test,
        level=level,
        resamples=rules.resamples,
        seed=rules.seed,
    )
    of_a, of_b = (
        [path_item_metric(one, question.metric, question.rank) for one in side]
        for side in (question.a, question.b)
    )
    measured = measure_items(of_a, of_b, trial)
    paired = measured.paired
    verdict = verdict_of(
        (paired.low, paired.high),
        paired.p_value,
        level=level,
        direction=definition_of(question.metric).direction,
    )
    return Comparison(
        a=f"{a.contender}, {a.decoder}",
        b=f"{b.contender}, {b.decoder}",
        metric=question.metric,
        rank=question.rank,
        verdict=verdict,
        difference=paired.difference,
        low=paired.low,
        high=paired.high,
        level=level,
        p_value=paired.p_value,
        test=paired.test,
        n=a.n,
        groups=units.count if units.clustered else None,
        classes=a.candidates,
        split=a.split,
        a_value=measured.a_value,
        b_value=measured.b_value,
        a_seeds=len(question.a),
        b_seeds=len(question.b),
        discordant=measured.discordant,
        notes=_notes(a),
        needed_n=measured.needed_n if verdict == "not distinguishable" else None,
    )


def _notes(paths: Paths) -> tuple[str, ...]:
    stops = int((paths.nodes[:, -1] == NO_NODE).sum())
    if not stops:
        return ()
    return (
        f"{paths.decoder} leaves {stops:,} of {count_of(paths.n, 'item')} without a leaf, and what"
        " is not answered is not right; read it beside the accuracy of the answered",
    )
