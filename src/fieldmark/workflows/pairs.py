"""Which contenders are compared with each other, and the verdicts or refusals."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from fieldmark.comparison.families import holm, holm_levels
from fieldmark.comparison.paired_tests import fewest_resamples
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.selection import SelectionLedger
from fieldmark.comparison.verdict import Comparison, compare
from fieldmark.core.checks import count_of
from fieldmark.core.errors import NotComparableError
from fieldmark.core.progress import Progress
from fieldmark.experiments.config import Study
from fieldmark.predictions.table import Predictions
from fieldmark.report.content import Refusal

# Contenders state their own preprocessing, backbone and tap: these are what a study compares.
_ACROSS: Final = frozenset({"contract", "tap"})
_ALL_PAIRS: Final = 8
Seeds = Sequence[Predictions]
Verdicts = tuple[tuple[Comparison, ...], tuple[Refusal, ...]]


def compare_contenders(
    study: Study, headline: str, predictions: Mapping[str, Seeds], *, progress: Progress
) -> Verdicts:
    """Return the verdicts on the headline metric and on accuracy, and why others are refused.

    Each contender is compared with the reference; up to eight, also with each other.

    Args:
        study: the study.
        headline: the metric that the verdict is about.
        predictions: contender -> what each of its seeds predicted.
        progress: who is told how far it is.
    """
    rules = ComparisonRules(
        classes=study.protocol.classes,
        across=_ACROSS,
        resamples=study.protocol.resamples,
        level=study.protocol.level,
    )
    return pairwise_verdicts(
        predictions, headline, reference=study.reference, rules=rules, progress=progress
    )


def pairwise_verdicts(
    predictions: Mapping[str, Seeds],
    headline: str,
    *,
    reference: str | None,
    rules: ComparisonRules,
    selection: SelectionLedger | None = None,
    progress: Progress,
) -> Verdicts:
    """Return the verdicts on a metric and on accuracy, corrected for their number, and refusals.

    Each contender is compared with the reference; up to eight, also with each other. Holm's
    procedure runs over the comparisons of one metric; each interval is at the level that it holds
    its comparison against.

    Args:
        predictions: contender -> what each of its seeds predicted.
        headline: the metric that the verdict is about.
        reference: the contender that all others are compared with; None to compare only each with
            each.
        rules: what may differ, and how the tests are made; the level is that of all comparisons
            of a metric together.
        selection: the choices that were made, as in `compare`; None for none.
        progress: who is told how far it is.
    """
    comparisons: list[Comparison] = []
    refusals: dict[Refusal, None] = {}
    pairs = list(_pairs(reference, list(predictions)))
    metrics = tuple(dict.fromkeys((headline, "accuracy")))
    rules = _with_resamples(rules, len(pairs))
    with progress.step("compare", len(pairs) * len(metrics)) as step:
        for metric in metrics:
            found: list[Comparison] = []
            for a, b in pairs:
                try:
                    sides = predictions[a], predictions[b]
                    one = compare(*sides, metric=metric, rules=rules, selection=selection)
                    found.append(one)
                except NotComparableError as error:
                    refusals[Refusal(f"{a} against {b}", str(error))] = None
                step.advance()
            comparisons += _corrected(found, predictions, rules, selection)
    return tuple(comparisons), tuple(refusals)


def _with_resamples(rules: ComparisonRules, comparisons: int) -> ComparisonRules:
    """Return rules with as many resamples as the strictest of Holm's levels asks for."""
    strictest = 1 - (1 - rules.level) / max(comparisons, 1)
    return replace(rules, resamples=max(rules.resamples, fewest_resamples(strictest)))


def _corrected(
    found: Sequence[Comparison],
    predictions: Mapping[str, Seeds],
    rules: ComparisonRules,
    selection: SelectionLedger | None,
) -> Iterator[Comparison]:
    if len(found) < 2:
        yield from found
        return
    p_values = [one.p_value if one.p_adjusted is None else one.p_adjusted for one in found]
    family = f"Holm over {count_of(len(found), 'comparison')}"
    levels = holm_levels(p_values, level=rules.level)
    for one, level, adjusted in zip(found, levels, holm(p_values), strict=True):
        at_level = one
        if level != rules.level:
            own = replace(rules, level=level)
            a, b = predictions[one.a], predictions[one.b]
            at_level = compare(a, b, metric=one.metric, rules=own, selection=selection)
        words = family if one.adjustment is None else f"{family} {one.adjustment}"
        yield replace(at_level, p_adjusted=adjusted, adjustment=words)


def _pairs(reference: str | None, names: list[str]) -> Iterator[tuple[str, str]]:
    """Return which contenders are compared: each with the reference, and few with each other."""
    others = [name for name in names if name != reference]
    if reference in names:
        yield from ((name, str(reference)) for name in others)
    if len(names) <= _ALL_PAIRS:
        yield from itertools.combinations(others, 2)
