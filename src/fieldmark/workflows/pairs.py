"""Which contenders are compared with each other, and the verdicts or refusals."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from fieldmark.comparison.families import holm, holm_levels
from fieldmark.comparison.fold_tables import compare_folds
from fieldmark.comparison.paired_tests import fewest_resamples
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.selection import SelectionLedger
from fieldmark.comparison.verdict import Comparison, compare
from fieldmark.core.checks import count_of
from fieldmark.core.errors import NotComparableError
from fieldmark.core.progress import Progress
from fieldmark.experiments.config import Study
from fieldmark.experiments.plan import row_name
from fieldmark.predictions.table import Predictions
from fieldmark.report.content import Refusal
from fieldmark.workflows.ground import Ground

# Contenders state their own preprocessing, backbone and tap: these are what a study compares.
_ACROSS: Final = frozenset({"contract", "tap"})
_ALL_PAIRS: Final = 8
Seeds = Sequence[Predictions]
_Judge = Callable[..., Comparison]
Verdicts = tuple[tuple[Comparison, ...], tuple[Refusal, ...]]


def compare_rows(
    ground: Ground,
    headline: str,
    predictions: Mapping[str, Seeds],
    cells: Mapping[str, Seeds],
    *,
    progress: Progress,
) -> Verdicts:
    """Return the verdicts between the rows of a study, and why others are refused.

    Over folds, contenders are compared twice: item by item out of fold, and fold by fold with the
    corrected resampled t-test, which also counts that other training parts give other models. With
    few training images, contenders with as many of them are compared.

    Args:
        ground: what all contenders share.
        headline: the metric that the verdict is about.
        predictions: row -> what each of its seeds predicted.
        cells: row -> what each of its cells predicted.
        progress: who is told how far it is.
    """
    study = ground.file.study
    if ground.splits.kind != "shots":
        folds = cells if ground.splits.kind == "folds" else {}
        return compare_contenders(study, headline, predictions, folds=folds, progress=progress)
    comparisons: list[Comparison] = []
    refusals: list[Refusal] = []
    for name in ground.splits.names:
        rows = {row_name(contender, int(name)) for contender in study.contenders}
        own = {row: tables for row, tables in predictions.items() if row in rows}
        whole = reference_of(study)
        reference = None if whole is None else row_name(whole, int(name))
        found, refused = pairwise_verdicts(
            own, headline, reference=reference, rules=rules_of(study), progress=progress
        )
        comparisons += found
        refusals += refused
    return tuple(comparisons), tuple(refusals)


def compare_contenders(
    study: Study,
    headline: str,
    predictions: Mapping[str, Seeds],
    *,
    folds: Mapping[str, Seeds] | None = None,
    progress: Progress,
) -> Verdicts:
    """Return the verdicts on the headline metric and on accuracy, and why others are refused.

    Each contender is compared with the reference; up to eight, also with each other.

    Args:
        study: the study.
        headline: the metric that the verdict is about.
        predictions: contender -> what each of its seeds predicted.
        folds: contender -> what each of its folds and seeds predicted; None without folds.
        progress: who is told how far it is.
    """
    return pairwise_verdicts(
        predictions,
        headline,
        reference=reference_of(study),
        rules=rules_of(study),
        folds=folds,
        progress=progress,
    )


def reference_of(study: Study) -> str | None:
    """Return what all are compared with: the reference of the study, or else of its ablation."""
    if study.reference is not None or study.ablation is None:
        return study.reference
    return study.ablation.reference


def rules_of(study: Study) -> ComparisonRules:
    """Return how the contenders of a study are compared."""
    return ComparisonRules(
        classes=study.protocol.classes,
        across=_ACROSS,
        resamples=study.protocol.resamples,
        level=study.protocol.level,
    )


def pairwise_verdicts(
    predictions: Mapping[str, Seeds],
    headline: str,
    *,
    reference: str | None,
    rules: ComparisonRules,
    selection: SelectionLedger | None = None,
    folds: Mapping[str, Seeds] | None = None,
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
        folds: contender -> one table for each fold and seed, to be compared fold by fold as well.
        progress: who is told how far it is.
    """
    comparisons: list[Comparison] = []
    refusals: dict[Refusal, None] = {}
    pairs = list(_pairs(reference, list(predictions)))
    metrics = tuple(dict.fromkeys((headline, "accuracy")))
    rules = _with_resamples(rules, len(pairs))
    families: list[tuple[_Judge, Mapping[str, Seeds], str]] = [
        *((partial(compare, selection=selection), predictions, metric) for metric in metrics),
        *((compare_folds, folds, metric) for metric in metrics if folds),
    ]
    with progress.step("compare", len(pairs) * len(families)) as step:
        for judge, tables, metric in families:
            found: list[Comparison] = []
            for a, b in pairs:
                try:
                    found.append(judge(tables[a], tables[b], metric=metric, rules=rules))
                except NotComparableError as error:
                    refusals[Refusal(f"{a} against {b}", str(error))] = None
                step.advance()
            comparisons += _corrected(
                found, partial(judge, metric=metric), tables=tables, rules=rules
            )
    return tuple(comparisons), tuple(refusals)


def _with_resamples(rules: ComparisonRules, comparisons: int) -> ComparisonRules:
    """Return rules with as many resamples as the strictest of Holm's levels asks for."""
    strictest = 1 - (1 - rules.level) / max(comparisons, 1)
    return replace(rules, resamples=max(rules.resamples, fewest_resamples(strictest)))


def _corrected(
    found: Sequence[Comparison],
    judge: _Judge,
    *,
    tables: Mapping[str, Seeds],
    rules: ComparisonRules,
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
            at_level = judge(tables[one.a], tables[one.b], rules=own)
        words = family if one.adjustment is None else f"{family} {one.adjustment}"
        yield replace(at_level, p_adjusted=adjusted, adjustment=words)


def _pairs(reference: str | None, names: list[str]) -> Iterator[tuple[str, str]]:
    """Return which contenders are compared: each with the reference, and few with each other."""
    others = [name for name in names if name != reference]
    if reference in names:
        yield from ((name, str(reference)) for name in others)
    if len(names) <= _ALL_PAIRS:
        yield from itertools.combinations(others, 2)
