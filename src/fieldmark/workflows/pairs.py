"""Which contenders of a study are compared with each other, and the verdicts or refusals."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Final

from fieldmark.comparison.verdict import Comparison, compare
from fieldmark.core.errors import NotComparableError
from fieldmark.core.progress import Progress
from fieldmark.experiments.config import Study
from fieldmark.predictions.table import Predictions
from fieldmark.report.content import Refusal

# Contenders state their own preprocessing, backbone and tap: these are what a study compares.
_ACROSS: Final = frozenset({"contract", "tap"})
_ALL_PAIRS: Final = 8


def compare_contenders(
    study: Study,
    headline: str,
    predictions: Mapping[str, tuple[Predictions, ...]],
    *,
    progress: Progress,
) -> tuple[tuple[Comparison, ...], tuple[Refusal, ...]]:
    """Return the verdicts on the headline metric and on accuracy, and why others are refused.

    Each contender is compared with the reference; up to eight, also with each other.

    Args:
        study: the study.
        headline: the metric that the verdict is about.
        predictions: contender -> what each of its seeds predicted.
        progress: who is told how far it is.
    """
    comparisons: list[Comparison] = []
    refusals: dict[Refusal, None] = {}
    questions = list(itertools.product(_pairs(study, list(predictions)), _metrics(headline)))
    with progress.step("compare", len(questions)) as step:
        for (a, b), metric in questions:
            try:
                comparisons.append(_comparison(study, metric, a=predictions[a], b=predictions[b]))
            except NotComparableError as error:
                refusals[Refusal(f"{a} against {b}", str(error))] = None
            step.advance()
    return tuple(comparisons), tuple(refusals)


def _comparison(
    study: Study, metric: str, *, a: tuple[Predictions, ...], b: tuple[Predictions, ...]
) -> Comparison:
    return compare(
        a,
        b,
        metric=metric,
        classes=study.protocol.classes,
        across=_ACROSS,
        resamples=study.protocol.resamples,
        level=study.protocol.level,
    )


def _metrics(headline: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((headline, "accuracy")))


def _pairs(study: Study, names: list[str]) -> Iterator[tuple[str, str]]:
    """Return which contenders are compared: each with the reference, and few with each other."""
    reference = study.reference
    others = [name for name in names if name != reference]
    if reference in names:
        yield from ((name, str(reference)) for name in others)
    if len(names) <= _ALL_PAIRS:
        yield from itertools.combinations(others, 2)
