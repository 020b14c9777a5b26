"""What the stored predictions of a study say: evaluations, verdicts, refusals, claims."""

from collections.abc import Mapping
from dataclasses import dataclass

from fieldmark.comparison.ablation import AblationTable
from fieldmark.comparison.claims import Claim, ClaimResult, check_claim
from fieldmark.comparison.judged_tables import COMPARABLE
from fieldmark.comparison.outcome import Comparison
from fieldmark.core.progress import Progress
from fieldmark.evaluation.evaluate import evaluate_many
from fieldmark.evaluation.record import Evaluation
from fieldmark.experiments.config import Study
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.report.content import Refusal
from fieldmark.workflows.ablations import ablations_of
from fieldmark.workflows.folds import judged_together
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.pairs import compare_rows
from fieldmark.workflows.parts import PREDICTIONS, is_done
from fieldmark.workflows.rank_pairs import study_rank_comparisons


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was measured in a study.

    Attributes:
        headline: the metric that the verdict is about.
        cells: row -> (cells that ran, cells planned). A row is a contender, or a contender with
            few training images of each class.
        predictions: row -> what was predicted on the reported part, one table a seed; over folds,
            each seed's tables as one, once all of its folds have run.
        evaluations: contender -> what was measured; absent where nothing has run.
        comparisons: verdicts between two contenders.
        at_ranks: verdicts on accuracy at each rank, against the reference.
        refusals: pairs that may not be compared.
        ablations: what each row of the ablation makes of its reference.
        claims: the claims of the study, checked.
        excluded: images that were left out as unreadable, in all parts; the most of any cell.
    """

    headline: str
    cells: Mapping[str, tuple[int, int]]
    predictions: Mapping[str, tuple[Predictions, ...]]
    evaluations: Mapping[str, Evaluation]
    comparisons: tuple[Comparison, ...]
    at_ranks: tuple[Comparison, ...]
    refusals: tuple[Refusal, ...]
    ablations: tuple[AblationTable, ...]
    claims: tuple[ClaimResult, ...]
    excluded: int


def gather(ground: Ground, *, progress: Progress) -> Evidence:
    """Evaluate and compare what has run; a cell that failed or is stale feeds nothing."""
    study = ground.file.study
    cells, tables = _finished(ground)
    predictions = judged_together(ground, tables)
    evaluations = {}
    with progress.step("evaluate", len(predictions)) as step:
        for name, seeds in predictions.items():
            evaluations[name] = evaluate_many(
                seeds, resamples=study.protocol.resamples, level=study.protocol.level
            )
            step.advance()
    headline = headline_metric(study)
    comparisons, refusals = compare_rows(ground, headline, predictions, tables, progress=progress)
    return Evidence(
        headline=headline,
        cells=cells,
        predictions=predictions,
        evaluations=evaluations,
        comparisons=comparisons,
        at_ranks=study_rank_comparisons(ground, predictions, progress=progress),
        refusals=refusals,
        ablations=ablations_of(ground, headline, tables),
        claims=_checked(ground, evaluations),
        excluded=max([found.excluded for found in evaluations.values()] + _excluded(ground)),
    )


def headline_metric(study: Study) -> str:
    """Return the metric that verdicts are about: the one chosen by, where it can be compared."""
    selection = study.protocol.selection
    if selection is not None and selection.metric in COMPARABLE:
        return selection.metric
    return "accuracy"


def _finished(
    ground: Ground,
) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[Predictions, ...]]]:
    cells: dict[str, tuple[int, int]] = {}
    found: dict[str, list[Predictions]] = {}
    part = ground.file.study.protocol.report_on
    for spec in ground.cells:
        ran, planned = cells.get(spec.row, (0, 0))
        done = is_done(ground, spec)
        cells[spec.row] = (ran + done, planned + 1)
        if done:
            table = load_predictions(ground.ledger.result(spec) / PREDICTIONS / part)
            found.setdefault(spec.row, []).append(table)
    return cells, {row: tuple(tables) for row, tables in found.items()}


def _excluded(ground: Ground) -> list[int]:
    """Return how many images each cell left out as unreadable, in all parts; at least one 0."""
    counts = [0]
    for spec in ground.cells:
        by_part = ground.ledger.settled_record(spec).facts.get("excluded")
        if isinstance(by_part, dict):
            counts.append(sum(count for count in by_part.values() if isinstance(count, int)))
    return counts


def _checked(ground: Ground, evaluations: Mapping[str, Evaluation]) -> tuple[ClaimResult, ...]:
    """Check each claim on every row of its contender."""
    study = ground.file.study
    estimates = [estimate for found in evaluations.values() for estimate in found.estimates]
    leaf = study.data.ranks[-1] if study.data.ranks else None
    rows = dict.fromkeys((spec.contender, spec.row) for spec in ground.cells)
    return tuple(
        check_claim(Claim(**claim.model_dump() | {"contender": row}), estimates, leaf_rank=leaf)
        for claim in study.claims
        for contender, row in rows
        if contender == claim.contender
    )
