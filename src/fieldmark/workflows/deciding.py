"""What the decisions of a study do: fitted on the part that selects, shown on the reported one."""

from collections.abc import Mapping, Sequence
from functools import partial

from fieldmark.core.errors import FieldmarkError
from fieldmark.core.progress import Progress
from fieldmark.decision.calibrators import calibrate, fit_calibrator
from fieldmark.decision.decide import decide
from fieldmark.decision.policy import Policy
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions
from fieldmark.report.backoff_settings import (
    BackoffSetting,
    always_finest,
    from_decision,
    from_fixed_threshold,
)
from fieldmark.report.decided import Decided
from fieldmark.workflows.behaviour import Answered
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.parts import stored_parts

# A calibrated copy of more scores than this would take gigabytes.
_MOST_SCORES = 100_000_000


def fitting_parts(ground: Ground, found: Sequence[Answered]) -> dict[str, Predictions]:
    """Return what contenders predicted on the part that selects, by contender, where it is stored.

    Args:
        ground: the study.
        found: one a contender; the same cell is looked for.
    """
    selection = ground.file.study.protocol.selection
    if selection is None or ground.splits.kind == "folds":
        return {}
    wanted = {(one.contender, one.table.header.seed) for one in found}
    return {
        spec.row: load_predictions(folder)
        for spec, folder in stored_parts(ground, selection.on)
        if (spec.row, spec.seed) in wanted
    }


def decided_in(
    ground: Ground,
    found: Sequence[Answered],
    parts: Mapping[str, Predictions],
    *,
    progress: Progress,
) -> tuple[Decided, ...]:
    """Return what each decision of a study does for each contender, or why it can do nothing.

    Args:
        ground: the study.
        found: one a contender, on the part that is reported.
        parts: contender -> what it predicted on the part to fit on.
        progress: who is told how far it is.
    """
    policies, protocol = ground.policies, ground.file.study.protocol
    decided: list[Decided] = []
    if not policies:
        return ()
    with progress.step("decide", len(policies) * len(found)) as step:
        for name, policy in policies.items():
            asked = _asked(ground.file.study.decisions[name])
            for one in found:
                fit = parts.get(one.contender)
                record = partial(Decided, name=name, contender=one.contender, asked=asked)
                try:
                    if fit is None:
                        raise FieldmarkError(_no_part(ground, one.contender))
                    taken = decide(
                        fit,
                        one.table,
                        policy,
                        level=protocol.level,
                        resamples=protocol.resamples,
                    )
                    decided.append(record(found=taken))
                except FieldmarkError as error:
                    decided.append(record(why_not=str(error)))
                step.advance()
    return tuple(decided)


def settings_of(
    found: Sequence[Answered],
    parts: Mapping[str, Predictions],
    decided: Sequence[Decided] = (),
    *,
    level: float = 0.95,
) -> tuple[BackoffSetting, ...]:
    """Return how each contender may back off: never, from 0.65 before and after calibration, ...

    A contender without a taxonomy or without probabilities has none. Where there is no part to fit
    a temperature on, or more scores than are copied, the calibrated threshold is left out.

    Args:
        found: one a contender, on the part that is reported.
        parts: contender -> what it predicted on the part to fit on.
        decided: the decisions of the study.
        level: coverage of the intervals.
    """
    settings: list[BackoffSetting] = []
    for one in found:
        if not can_back_off(one):
            continue
        settings += [
            always_finest(one.table, level=level),
            from_fixed_threshold(one.table, level=level),
        ]
        fit = parts.get(one.contender)
        if fit is not None and _can_calibrate(fit, one.table):
            calibrator = fit_calibrator(fit, kind="temperature")
            table = calibrate(one.table, calibrator)
            settings.append(
                from_fixed_threshold(table, temperature=calibrator.temperature, level=level)
            )
        own = (from_decision(taken) for taken in decided if taken.contender == one.contender)
        settings += [setting for setting in own if setting is not None]
    return tuple(settings)


def can_back_off(one: Answered) -> bool:
    """Return whether a contender has ranks to back off to, and probabilities to do it by."""
    has_ranks = one.table.taxonomy is not None and len(one.table.taxonomy.ranks) > 1
    return has_ranks and one.table.header.score_kind is not ScoreKind.SIMILARITIES


def _can_calibrate(fit: Predictions, table: Predictions) -> bool:
    has_labels = fit.unknown_label_count < fit.n and len(fit.label_space) > 1
    is_calibrated = "calibrator" in table.header.provenance
    return has_labels and not is_calibrated and table.scores.size <= _MOST_SCORES


def _asked(policy: Policy) -> str:
    """Return the rule and the settings that were stated."""
    stated = policy.model_dump(mode="json", exclude_unset=True) | {"rule": policy.name}
    return ", ".join(f"{key.replace('_', ' ')} {_written(stated[key])}" for key in sorted(stated))


def _written(value: object) -> str:
    if isinstance(value, dict):
        inner = (f"{key} {_written(one)}" for key, one in value.items())
        return f"({', '.join(inner)})"
    if isinstance(value, list):
        return " or ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _no_part(ground: Ground, contender: str) -> str:
    selection = ground.file.study.protocol.selection
    part = selection.on if selection else ""
    return (
        f"Nothing can be fitted: no predictions of '{contender}' on the part '{part}' are stored. "
        "A contender made elsewhere needs them in its file; any other runs anew with "
        f"'fieldmark run --cells {contender}' once its results are removed."
    )
