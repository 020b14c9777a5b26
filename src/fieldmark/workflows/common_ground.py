"""Contenders that know different classes, measured over those that all of them know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fieldmark.comparison.common_classes import over_common_classes
from fieldmark.comparison.outcome import Comparison
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.core.checks import as_sentence, count_of
from fieldmark.core.errors import NotComparableError
from fieldmark.core.progress import Progress
from fieldmark.evaluation.evaluate import evaluate_many
from fieldmark.predictions.table import Predictions
from fieldmark.report.content import ContenderRow
from fieldmark.report.rows import baseline_rows, contender_row
from fieldmark.report.verdicts import verdict_sentences

Seeds = Sequence[Predictions]


@dataclass(frozen=True, slots=True)
class CommonGround:
    """What contenders reach over the classes that all of them know.

    Attributes:
        rows: contenders, then trivial baselines; none where all know the same classes.
        notes: what was left out, and what a coarser rank then means, in sentences.
    """

    rows: tuple[ContenderRow, ...] = ()
    notes: tuple[str, ...] = ()

    def verdict(
        self, rows: Sequence[ContenderRow], comparisons: Sequence[Comparison], metric: str
    ) -> tuple[str, ...]:
        """Return the sentences of the verdict: over the common classes wherever there are some.

        Args:
            rows: contenders and baselines, each over its own classes.
            comparisons: paired verdicts.
            metric: that the verdict is about.
        """
        unfinished = any(row.missing_cells for row in rows)
        if not self.rows or unfinished:
            return verdict_sentences(rows, comparisons, metric)
        first, *others = verdict_sentences(self.rows, comparisons, metric)
        return (first, self.notes[0], *others)


def common_ground(
    predictions: Mapping[str, Seeds], rules: ComparisonRules, *, progress: Progress
) -> CommonGround:
    """Return what contenders reach over their common classes, where the rules restrict to these.

    Args:
        predictions: contender -> one table a seed.
        rules: whether classes are restricted, and how intervals are made.
        progress: who is told how far it is.

    Returns:
        Nothing where the rules refuse, all know the same classes, or no class is common: the pairs
        then say why.
    """
    tables = [table for seeds in predictions.values() for table in seeds]
    spaces = {table.label_space.set_digest for table in tables}
    if rules.classes != "common" or len(spaces) < 2:
        return CommonGround()
    try:
        restricted, notes = over_common_classes(tables)
    except NotComparableError:
        return CommonGround()
    rest, evaluations = list(restricted), {}
    with progress.step("common classes", len(predictions)) as step:
        for name, seeds in predictions.items():
            own, rest = rest[: len(seeds)], rest[len(seeds) :]
            evaluations[name] = evaluate_many(
                own, resamples=rules.resamples, seed=rules.seed, level=rules.level
            )
            step.advance()
    rows = tuple(
        replace(
            contender_row(name, found, cells_ran=len(seeds), cells_planned=len(seeds)),
            description=_lost(seeds[0], restricted[0]),
        )
        for (name, seeds), found in zip(predictions.items(), evaluations.values(), strict=True)
    )
    sentences = tuple(map(as_sentence, notes))
    return CommonGround((*rows, *baseline_rows(evaluations.values())), sentences)


def _lost(own: Predictions, common: Predictions) -> str:
    classes = len(own.label_space) - len(common.label_space)
    left_out = count_of(classes, "class", "classes")
    return f"without {left_out} of its own and {count_of(own.n - common.n, 'item')}"
