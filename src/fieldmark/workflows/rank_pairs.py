"""How each contender stands to the reference at each rank of the taxonomy."""

from collections.abc import Mapping, Sequence

from fieldmark.comparison.at_ranks import RankQuestion, match_at_ranks, verdicts_at_ranks
from fieldmark.comparison.outcome import Comparison
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.core.errors import NotComparableError
from fieldmark.core.progress import Progress
from fieldmark.predictions.table import Predictions
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.pairs import reference_of, rules_of

Seeds = Sequence[Predictions]


def rank_comparisons(
    predictions: Mapping[str, Seeds],
    *,
    reference: str | None,
    rules: ComparisonRules,
    progress: Progress,
) -> tuple[Comparison, ...]:
    """Return the verdicts on accuracy at each rank, all seeds together, corrected for their number.

    A contender that may not stand beside the reference is left out: the verdicts at the leaves say
    why.

    Args:
        predictions: contender -> what each of its seeds predicted.
        reference: the contender that all others are compared with; None: of two contenders the
            second, and nothing of more, whose pairs at all ranks would be too many to read.
        rules: what may differ, and how the tests are made.
        progress: who is told how far it is.
    """
    names = [name for name, tables in predictions.items() if _has_ranks(tables)]
    if reference is None and len(names) == 2:
        reference = names[1]
    if reference not in names:
        return ()
    others = [name for name in names if name != reference]
    questions: list[RankQuestion] = []
    with progress.step("compare at ranks", len(others)) as step:
        for name in others:
            try:
                questions += match_at_ranks(predictions[name], predictions[str(reference)], rules)
            except NotComparableError:
                continue
            finally:
                step.advance()
        return verdicts_at_ranks(questions, rules=rules)


def study_rank_comparisons(
    ground: Ground, predictions: Mapping[str, Seeds], *, progress: Progress
) -> tuple[Comparison, ...]:
    """Return the verdicts at each rank of a study; none over few training images.

    Args:
        ground: the study.
        predictions: row -> what each of its seeds predicted.
        progress: who is told how far it is.
    """
    study = ground.file.study
    if ground.splits.kind == "shots":
        return ()
    return rank_comparisons(
        predictions, reference=reference_of(study), rules=rules_of(study), progress=progress
    )


def _has_ranks(tables: Seeds) -> bool:
    taxonomy = tables[0].taxonomy
    return taxonomy is not None and len(taxonomy.ranks) > 1
