"""What a report shows of how cells were trained: their learning curves."""

from fieldmark.evaluation.metrics import definition_of
from fieldmark.experiments.records import CellState
from fieldmark.report.exhibits import LearningCurve
from fieldmark.workflows.ground import Ground


def curves_of(ground: Ground) -> tuple[LearningCurve, ...]:
    """Return the monitored metric of every finished cell that was trained in epochs."""
    selection = ground.file.study.protocol.selection
    if selection is None:
        return ()
    chosen_by = definition_of(selection.metric)
    metric = f"{chosen_by.title} on the part '{selection.on}'"
    sign = -1.0 if chosen_by.direction == "lower" else 1.0
    found = []
    for spec in ground.cells:
        record = ground.ledger.settled_record(spec)
        training = record.facts.get("training")
        if record.state is not CellState.DONE or not isinstance(training, dict):
            continue
        values, chosen = training.get("monitor_curve"), training.get("best_epoch")
        if isinstance(values, list) and values and isinstance(chosen, int):
            numbers = tuple(sign * value for value in values if isinstance(value, int | float))
            found.append(LearningCurve(spec.id, metric, numbers, chosen))
    return tuple(found)
