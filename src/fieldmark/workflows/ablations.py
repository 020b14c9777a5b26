"""The ablation of a study as a table: each row against its own reference, as far as cells ran."""

from collections.abc import Mapping, Sequence

from fieldmark.comparison.ablation import AblationTable, PlannedRow, ablation_table
from fieldmark.comparison.fold_tables import compare_folds
from fieldmark.comparison.verdict import compare
from fieldmark.experiments.factors import factor_changes
from fieldmark.experiments.plan import row_name
from fieldmark.predictions.table import Predictions
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.pairs import rules_of


def ablations_of(
    ground: Ground, headline: str, cells: Mapping[str, Sequence[Predictions]]
) -> tuple[AblationTable, ...]:
    """Return the table of the ablation, one for each number of shots; nothing without an ablation.

    Over folds each row is compared with its reference fold by fold, by the corrected resampled
    t-test, once all cells of both have run.

    Args:
        ground: what all contenders share.
        headline: the metric of the differences.
        cells: row -> what each of its cells predicted on the reported part.
    """
    study = ground.file.study
    if study.ablation is None:
        return ()
    is_shots = ground.splits.kind == "shots"
    numbers = [int(name) for name in ground.splits.names] if is_shots else [None]
    return tuple(
        ablation_table(
            _planned(ground, shots),
            cells,
            metric=headline,
            rules=rules_of(study),
            judge=compare_folds if ground.splits.kind == "folds" else compare,
        )
        for shots in numbers
    )


def _planned(ground: Ground, shots: int | None) -> tuple[PlannedRow, ...]:
    study = ground.file.study
    changes = {change.contender: change.factors or () for change in factor_changes(study)}
    ablation = study.ablation
    names = () if ablation is None else (ablation.reference, *ablation.rows)
    count: dict[str, int] = {}
    for spec in ground.cells:
        count[spec.row] = count.get(spec.row, 0) + 1
    rows = []
    for name in names:
        row = row_name(name, shots)
        is_reference = name == names[0]
        rows.append(
            PlannedRow(
                name=row,
                cells=count[row],
                reference=None if is_reference else row_name(names[0], shots),
                changed=() if is_reference else changes.get(name, ()),
            )
        )
    return tuple(rows)
