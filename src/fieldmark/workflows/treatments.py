"""Bare scores, scores with a metadata prior and scores with a prior shift, of one contender."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from fieldmark.core.errors import FieldmarkError
from fieldmark.decision.calibrators import calibrate, fit_calibrator
from fieldmark.decision.division import require_apart
from fieldmark.decision.metadata_gain import enough_of
from fieldmark.decision.metadata_prior import apply_metadata_prior, fit_metadata_prior
from fieldmark.decision.metadata_record import MetadataPrior, MetadataSettings
from fieldmark.decision.prior_shift import apply_prior_shift, fit_prior_shift, given_prior_shift
from fieldmark.decision.prior_shift_record import PriorShift
from fieldmark.predictions.table import Predictions
from fieldmark.report.levels import BARE

METADATA, SHIFT = "metadata prior", "prior shift"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class MetadataPlan:
    """How a metadata prior is fitted.

    Attributes:
        training: the training items that are counted, with a column label.
        settings: columns, bins, and how the gain is judged.
        trained_on: which training items these are, in words.
    """

    training: pl.DataFrame
    settings: MetadataSettings
    trained_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftPlan:
    """How scores are shifted: by a given tau, or by the one with the best metric."""

    tau: float | None = None
    metric: str = "macro_f1"


@dataclass(eq=False, slots=True)
class Treated:
    """One contender, its scores treated in several ways; each treatment has one table a seed.

    Attributes:
        contender: as the study calls it.
        tables: treatment -> one table a seed.
        priors: what was fitted, one a seed.
        shifts: what was fitted, one a seed.
        refusals: (what, why) of what could not be fitted.
        notes: what a reader should know.
    """

    contender: str
    tables: dict[str, tuple[Predictions, ...]]
    priors: list[MetadataPrior] = field(default_factory=list)
    shifts: list[PriorShift] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def is_idle(self, treatment: str) -> bool:
        """Whether the fit of every seed decided against a treatment, so that it changes nothing."""
        if treatment == METADATA:
            return not any(prior.is_kept for prior in self.priors)
        return treatment == SHIFT and not any(shift.tau for shift in self.shifts)


def treated(
    reported: Sequence[Predictions],
    fitting: Sequence[Predictions],
    *,
    metadata: MetadataPlan | None = None,
    shift: ShiftPlan | None = None,
) -> Treated:
    """Return the scores of a contender, bare and treated, each fitted on another part.

    Where there are fitting tables, scores are calibrated by temperature first, which changes no
    answer. A treatment that cannot be fitted is left out, and it is said why.

    Args:
        reported: one table a seed, of the reported part.
        fitting: one table for each of these seeds, of another part; none to take scores as they
            are.
        metadata: None for no metadata prior.
        shift: None for no prior shift.

    Raises:
        DecisionError: an item stands in both parts.
        NotComparableError: the fitting tables are of other contenders, seeds or classes.
    """
    name = reported[0].header.contender
    if not fitting:
        wanted = [what for what, plan in ((METADATA, metadata), (SHIFT, shift)) if plan]
        why = f"'{name}' has no predictions of another part to fit on."
        return Treated(
            name,
            {BARE: tuple(reported)},
            refusals=[(f"{name}: {what}", why) for what in wanted],
            notes=[f"the scores of {name} are pooled as they came, not calibrated"],
        )
    pairs = list(zip(fitting, reported, strict=True))
    notes = [note for pair in pairs for note in require_apart(*pair)]
    # The same temperature as the prior's, so that the two differ by the prior alone.
    calibrators = [fit_calibrator(enough_of(fit), kind="temperature") for fit, _ in pairs]
    bare = [calibrate(table, own) for (_, table), own in zip(pairs, calibrators, strict=True)]
    found = Treated(name, {BARE: tuple(bare)}, notes=notes)
    if metadata is not None:
        _add_metadata(found, pairs, metadata)
    if shift is not None:
        calibrated = [calibrate(fit, own) for (fit, _), own in zip(pairs, calibrators, strict=True)]
        _add_shift(found, list(zip(calibrated, bare, strict=True)), shift)
    return found


def _add_metadata(
    found: Treated, pairs: Sequence[tuple[Predictions, Predictions]], plan: MetadataPlan
) -> None:
    try:
        priors = [
            fit_metadata_prior(fit, plan.training, plan.settings, trained_on=plan.trained_on)
            for fit, _ in pairs
        ]
        tables = tuple(
            apply_metadata_prior(prior, table)
            for prior, (_, table) in zip(priors, pairs, strict=True)
        )
    except FieldmarkError as error:
        found.refusals.append((f"{found.contender}: {METADATA}", str(error)))
        return
    found.tables[METADATA] = tables
    found.priors.extend(priors)


def _add_shift(
    found: Treated, pairs: Sequence[tuple[Predictions, Predictions]], plan: ShiftPlan
) -> None:
    try:
        shifts = [
            fit_prior_shift(fit, metric=plan.metric)
            if plan.tau is None
            else given_prior_shift(fit, plan.tau)
            for fit, _ in pairs
        ]
        tables = tuple(
            apply_prior_shift(shift, table) for shift, (_, table) in zip(shifts, pairs, strict=True)
        )
    except FieldmarkError as error:
        found.refusals.append((f"{found.contender}: {SHIFT}", str(error)))
        return
    found.tables[SHIFT] = tables
    found.shifts.extend(shifts)
