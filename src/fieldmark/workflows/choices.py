"""The selection ledger of a report: what was chosen, and what that does to what is reported."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from fieldmark.comparison.selection import Choice, SelectionLedger, optimism_in_words
from fieldmark.evaluation.record import Evaluation
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState
from fieldmark.predictions.table import Predictions
from fieldmark.report.choices import ShownChoice
from fieldmark.workflows.ground import Ground

_INNER_METRIC = "log_loss"


def ledger_of(ground: Ground) -> SelectionLedger:
    """Return what the finished cells of a study chose: an epoch each, and settings of heads."""
    found: list[Choice] = []
    for spec in ground.cells:
        record = ground.ledger.settled_record(spec)
        training = record.facts.get("training")
        if record.state is CellState.DONE and isinstance(training, dict):
            found += [*_epochs(ground, spec, training), *_settings(spec, training)]
    return SelectionLedger(tuple(found))


def shown_choices(
    ledger: SelectionLedger,
    tables: Mapping[str, Sequence[Predictions]],
    evaluations: Mapping[str, Evaluation],
) -> tuple[ShownChoice, ...]:
    """Return the choices as a report shows them, stamped where they were made on its items.

    Args:
        ledger: the choices.
        tables: contender -> what it predicted on the reported part.
        evaluations: contender -> what was measured.
    """
    return tuple(
        _shown(choice, tables.get(choice.contender, ()), evaluations.get(choice.contender))
        for choice in ledger.choices
    )


def _shown(
    choice: Choice, tables: Sequence[Predictions], evaluation: Evaluation | None
) -> ShownChoice:
    if evaluation is None or not any(choice.was_made_on(table) for table in tables):
        return ShownChoice(choice, is_reported=bool(tables))
    found = evaluation.estimate(choice.metric)
    value, n = (None, tables[0].n) if found is None else (found.value, found.n)
    return ShownChoice(choice, optimism_in_words(choice, value=value, n=n, metric=choice.metric))


def _epochs(ground: Ground, spec: RunSpec, training: Mapping[str, JsonValue]) -> Iterator[Choice]:
    selection = ground.file.study.protocol.selection
    judged, best = training.get("monitor_curve"), training.get("best_epoch")
    if selection is not None and isinstance(judged, list) and judged and isinstance(best, int):
        yield Choice(
            contender=spec.contender,
            what="epoch",
            chosen=_of_seed(f"epoch {best}", spec),
            candidates=len(judged),
            metric=selection.metric,
            part=selection.on,
        )


def _settings(spec: RunSpec, training: Mapping[str, JsonValue]) -> Iterator[Choice]:
    searched = training.get("plateau")
    values = searched.get("values") if isinstance(searched, dict) else None
    if isinstance(searched, dict) and isinstance(values, list):
        yield Choice(
            contender=spec.contender,
            what=f"{searched['setting']} by inner folds".replace("_", " "),
            chosen=_of_seed(f"{searched['chosen']:g}", spec),
            candidates=len(values),
            metric=_INNER_METRIC,
            part="train",
        )


def _of_seed(chosen: str, spec: RunSpec) -> str:
    return chosen if spec.seed is None else f"{chosen} of seed {spec.seed}"
