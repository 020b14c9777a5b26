"""The levels and priors that a study asks for, from its stored predictions."""

from collections.abc import Mapping
from dataclasses import replace

from fieldmark.core.progress import Progress
from fieldmark.decision.metadata_record import MetadataSettings
from fieldmark.decision.prior_shift import CORRECTED_BY
from fieldmark.experiments.observing import MetadataPriorConfig, prior_correction
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.report.levels import Levels
from fieldmark.workflows.evidence import Evidence
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.levels import Pooling, levels_of
from fieldmark.workflows.observing import of_years
from fieldmark.workflows.pairs import rules_of
from fieldmark.workflows.parts import stored_parts
from fieldmark.workflows.treatments import MetadataPlan, ShiftPlan, Treated, treated

_Seeds = tuple[Predictions, ...]


def study_levels(ground: Ground, evidence: Evidence, *, progress: Progress) -> Levels | None:
    """Return the levels and priors of a study; None where it asks for none, or nothing has run.

    Args:
        ground: the study.
        evidence: what was predicted on the reported part.
        progress: who is told how far it is.

    Raises:
        PredictionsError: an observation has two labels.
        StudyError: no training item is of the years to count, or a year is no whole number.
    """
    protocol = ground.file.study.protocol
    asked = protocol.observations, protocol.metadata_prior, protocol.prior_shift
    if not any(asked) or not evidence.predictions:
        return None
    observations, metadata, shift = asked
    plan = None if metadata is None else _metadata_plan(ground, metadata)
    of_shift = None if shift is None else ShiftPlan(tau=shift.tau, metric=shift.by or "macro_f1")
    fitting = _fitting_tables(ground)
    corrected = _corrections(ground)
    contenders: list[Treated] = [
        treated(
            _noted(seeds, corrected[row]),
            _noted(_matching(fitting, row, seeds), corrected[row]),
            metadata=plan,
            shift=of_shift,
        )
        for row, seeds in evidence.predictions.items()
    ]
    pooling = None if observations is None else Pooling(observations.by, observations.rule)
    return levels_of(
        contenders,
        pooling,
        metric=evidence.headline,
        rules=rules_of(ground.file.study),
        progress=progress,
    )


def _metadata_plan(ground: Ground, config: MetadataPriorConfig) -> MetadataPlan:
    """Return how the metadata prior of a study is fitted: on the training part, of some years."""
    training = ground.manifest.select(ground.split.ids("train")).frame
    words = "the training part"
    if config.years is not None:
        training = of_years(training, config.years)
        words = f"{words}, {config.years.in_words}"
    settings = MetadataSettings(
        columns=config.columns, bins=tuple(config.bins.items()), accept=config.accept
    )
    return MetadataPlan(training=training, settings=settings, trained_on=words)


def _fitting_tables(ground: Ground) -> Mapping[tuple[str, int | None], Predictions]:
    """Return what finished cells predicted on the part to fit on, by row and seed.

    Over folds and few shots there are none: a table of one fold fits only itself.
    """
    if ground.splits.kind != "single":
        return {}
    protocol = ground.file.study.protocol
    asked = protocol.metadata_prior, protocol.prior_shift
    parts = dict.fromkeys(config.on for config in asked if config is not None)
    part = next(iter(parts), "validation")
    return {
        (spec.row, spec.seed): load_predictions(folder)
        for spec, folder in stored_parts(ground, part)
    }


def _matching(
    fitting: Mapping[tuple[str, int | None], Predictions], row: str, seeds: _Seeds
) -> _Seeds:
    """Return the fitting table of each seed; none where one is missing."""
    found = tuple(fitting.get((row, table.header.seed)) for table in seeds)
    return tuple(table for table in found if table is not None) if all(found) else ()


def _corrections(ground: Ground) -> dict[str, str | None]:
    """Return for each row what in its training has freed scores of the prior already."""
    contenders = ground.file.study.contenders
    return {spec.row: prior_correction(contenders[spec.contender]) for spec in ground.cells}


def _noted(tables: _Seeds, correction: str | None) -> _Seeds:
    """Return tables that say so, also where they were stored before that was written down."""
    if correction is None:
        return tables
    return tuple(
        replace(
            table,
            header=table.header.model_copy(
                update={"provenance": {**table.header.provenance, CORRECTED_BY: correction}}
            ),
        )
        for table in tables
    )
