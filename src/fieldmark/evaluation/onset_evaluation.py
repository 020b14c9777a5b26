"""Everything that is reported of predictions over time, with the trivial baselines beside it."""

from collections.abc import Sequence
from dataclasses import asdict

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.baselines import skill_estimates
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.measuring import Resampling
from fieldmark.evaluation.onset_baselines import Contestant, trivial_contestants
from fieldmark.evaluation.onset_decoding import decode_onsets, evidence_of
from fieldmark.evaluation.onset_errors import error_quantities
from fieldmark.evaluation.onset_lead_time import fewest_unaffected, lead_quantities
from fieldmark.evaluation.onset_notes import notes_on
from fieldmark.evaluation.onset_prior import Prevalence, prevalence_of, specimen_units
from fieldmark.evaluation.onset_quantities import Quantity, estimates_of
from fieldmark.evaluation.onset_record import DayEvaluation, OnsetEvaluation
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.evaluation.onset_settings import OnsetSettings
from fieldmark.evaluation.onset_states import day_quantities, state_quantities
from fieldmark.evaluation.resampling import Units
from fieldmark.predictions.trajectories import Trajectories


def evaluate_onset(
    seen: Trajectories,
    settings: OnsetSettings | None = None,
    *,
    fit_on: Trajectories | None = None,
) -> OnsetEvaluation:
    """Return every number over time, with intervals by group, baselines and the curve by day.

    Args:
        seen: the trajectories that are judged; cut them with `seen_until` to judge what was known
            by a day.
        settings: how onsets are read and intervals are made; None takes the defaults.
        fit_on: a part with other specimens and groups, for prevalence, thresholds and baselines;
            None judges each group with what all others say.

    Raises:
        PredictionsError: no onset lies within the observed time, ``fit_on`` shares specimens or
            groups, or there is nothing to fit on.
    """
    _check(seen, fit_on)
    settings = settings or OnsetSettings()
    prevalence = prevalence_of(seen, stated=settings.prevalence, fit_on=fit_on)
    contestants = [
        _contender(seen, settings.rule, prevalence, fit_on),
        *trivial_contestants(seen, settings.rule, prevalence=prevalence, fit_on=fit_on),
    ]
    parts = _measured(seen, contestants, settings, prevalence=prevalence, fit_on=fit_on)
    own, others = parts[0], [one for part in parts[1 : len(contestants)] for one in part]
    units = specimen_units(seen)
    return OnsetEvaluation(
        contender=seen.contender,
        split=seen.split,
        rule=settings.rule.in_words,
        settings=asdict(settings.rule) | {"threshold": settings.rule.limit},
        prevalence=float(prevalence.values.mean()),
        prevalence_source=prevalence.source,
        fitted_on=None if fit_on is None else fit_on.split,
        specimens=seen.n,
        with_onset=int(seen.begins.sum()),
        later=seen.later,
        unaffected=int(seen.unaffected.sum()),
        controls_stated=seen.control is not None,
        groups=units.count if units.clustered else None,
        times=len(seen.times),
        imaged=int(seen.imaged.sum()),
        end=seen.end,
        items_digest=seen.items_digest,
        header_digest=seen.header_digest,
        resamples=settings.resamples,
        resampling_seed=settings.seed,
        estimates=(*own, *skill_estimates(own, others)),
        baselines=tuple(others),
        days=_days(seen, parts[len(contestants) :]),
        notes=notes_on(seen, own, others, settings=settings, fit_on=fit_on),
    )


def _measured(
    seen: Trajectories,
    contestants: Sequence[Contestant],
    settings: OnsetSettings,
    *,
    prevalence: Prevalence,
    fit_on: Trajectories | None,
) -> list[tuple[Estimate, ...]]:
    """Return the Estimates of each contestant, then of each day, all with the same draws."""
    units = specimen_units(seen)
    decoded = decode_onsets(seen, settings.rule, prevalence.values)
    parts = [
        *(
            _quantities(seen, one, rate=settings.false_alarm_rate, fit_on=fit_on, units=units)
            for one in contestants
        ),
        *(
            day_quantities(seen, day, decoded=decoded, units=units)
            for day in range(len(seen.times))
        ),
    ]
    how = Resampling(
        units=units,
        split=seen.split,
        level=settings.level,
        resamples=settings.resamples,
        seed=settings.seed,
    )
    names = [one.name for one in contestants] + [seen.contender] * len(seen.times)
    owners = [name for part, name in zip(parts, names, strict=True) for _ in part]
    flat = [quantity for part in parts for quantity in part]
    estimates = iter(estimates_of(flat, how, contenders=owners))
    return [tuple(next(estimates) for _ in part) for part in parts]


def _check(seen: Trajectories, fit_on: Trajectories | None) -> None:
    if not seen.begins.any():
        raise PredictionsError(
            f"Expected an onset within the observed time (up to {seen.end:g}); "
            f"{count_of(seen.n, 'specimen has', 'specimens have')} none. Judge later days, or "
            "correct the table of onsets."
        )
    if fit_on is None:
        return
    for what, own, other in (
        ("specimen", seen.specimens, fit_on.specimens),
        ("group", seen.groups or (), fit_on.groups or ()),
    ):
        shared = sorted(set(own) & set(other))
        if shared:
            raise PredictionsError(
                f"Expected other specimens and groups to fit on; {count_of(len(shared), what)} "
                f"{'is' if len(shared) == 1 else 'are'} in both parts (first: "
                f"{first_few(shared, 1)}). Fit on one part and report on another."
            )


def _contender(
    seen: Trajectories, rule: OnsetRule, prevalence: Prevalence, fit_on: Trajectories | None
) -> Contestant:
    fitted = None
    if fit_on is not None:
        fitted = evidence_of(fit_on, rule, prevalence.values[0])
    return Contestant(
        seen.contender,
        decode_onsets(seen, rule, prevalence.values).onset,
        seen.probability,
        evidence_of(seen, rule, prevalence.values),
        fitted,
    )


def _quantities(
    seen: Trajectories,
    one: Contestant,
    *,
    rate: float,
    fit_on: Trajectories | None,
    units: Units,
) -> list[Quantity]:
    found = error_quantities(seen, one.decoded, units)
    if one.probability is not None:
        found += state_quantities(seen, one.probability, units)
    if one.evidence is not None and fewest_unaffected(seen, fit_on):
        fitted = None
        if fit_on is not None and one.fitted_evidence is not None:
            fitted = (fit_on, one.fitted_evidence)
        found += lead_quantities(seen, one.evidence, rate=rate, units=units, fitted=fitted)
    return [quantity for quantity in found if quantity.metric not in one.left_out]


def _days(seen: Trajectories, parts: Sequence[tuple[Estimate, ...]]) -> tuple[DayEvaluation, ...]:
    return tuple(
        DayEvaluation(
            day=float(day),
            imaged=int(seen.imaged[:, column].sum()),
            positive=int(seen.positive[:, column].sum()),
            estimates=part,
        )
        for column, (day, part) in enumerate(zip(seen.times, parts, strict=True))
    )
