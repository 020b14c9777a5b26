"""The folds of a study, judged together: each item by the model that has not seen it."""

from collections.abc import Mapping, Sequence

from fieldmark.predictions.out_of_fold import pool_folds
from fieldmark.predictions.table import Predictions
from fieldmark.workflows.ground import Ground


def judged_together(
    ground: Ground, tables: Mapping[str, Sequence[Predictions]]
) -> dict[str, tuple[Predictions, ...]]:
    """Return one table for each row and seed; of folds, for each seed whose folds have all run.

    Args:
        ground: what all contenders share.
        tables: row -> what its finished cells predicted on the reported part.

    Raises:
        PredictionsError: an item of some seed was not predicted exactly once.
    """
    if ground.splits.kind != "folds":
        return {row: tuple(own) for row, own in tables.items()}
    part = ground.file.study.protocol.report_on
    expected = [id_ for split in ground.splits.splits.values() for id_ in split.ids(part)]
    found: dict[str, tuple[Predictions, ...]] = {}
    for row, own in tables.items():
        by_seed: dict[int | None, list[Predictions]] = {}
        for table in own:
            by_seed.setdefault(table.header.seed, []).append(table)
        whole = [folds for folds in by_seed.values() if len(folds) == len(ground.splits.names)]
        if whole:
            found[row] = tuple(pool_folds(folds, expected=expected) for folds in whole)
    return found
