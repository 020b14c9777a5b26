"""What to read with care in an evaluation over time."""

from collections.abc import Sequence

from fieldmark.core.checks import count_of
from fieldmark.evaluation.estimates import Estimate
from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.onset_lead_time import fewest_unaffected, needed_controls
from fieldmark.evaluation.onset_settings import OnsetSettings
from fieldmark.predictions.trajectories import Trajectories

_JUDGED = ("onset_mae", "onset_error_to_end", "onset_c_index", "state_auroc_pooled")


def notes_on(
    seen: Trajectories,
    own: Sequence[Estimate],
    baselines: Sequence[Estimate],
    *,
    settings: OnsetSettings,
    fit_on: Trajectories | None,
) -> tuple[str, ...]:
    """Return one sentence for each thing to read with care; none when there is nothing.

    Args:
        seen: the trajectories that were judged.
        own: Estimates of the contender.
        baselines: Estimates of the trivial baselines.
        settings: how onsets were read.
        fit_on: the part that thresholds were fitted on, or None.
    """
    found = [
        sentence
        for metric in _JUDGED
        for sentence in _beaten(metric, own, baselines, contender=seen.contender)
    ]
    if seen.later:
        found.append(
            f"{count_of(seen.later, 'onset lies', 'onsets lie')} beyond the last day seen "
            f"({seen.end:g}) and can neither be missed nor falsely alarmed."
        )
    if seen.contradictions:
        found.append(
            f"{seen.contradictions:,} of {seen.imaged.sum():,} labels of imaged days say something"
            " else than the table of onsets."
        )
    if seen.control is None:
        found.append(
            "It is not stated which specimens are controls: false alarms are those of specimens"
            " that never begin, and the baseline of treatment and day is left out."
        )
    if not seen.unaffected.any():
        found.append("No specimen can only be alarmed falsely: false alarms are not known.")
    rate = settings.false_alarm_rate
    left = fewest_unaffected(seen, fit_on)
    if left < needed_controls(rate):
        found.append(
            f"No alarm keeps false alarms at {100 * rate:g} %: that needs at least "
            f"{needed_controls(rate):,} controls to fit a threshold on; there are {left:,}."
        )
    if settings.rule.kind == "change-point":
        found.append(
            "Decoded onsets are read from all days seen; what is known by a day, and the lead time,"
            " use no later day."
        )
    return tuple(found)


def _beaten(
    metric: str, own: Sequence[Estimate], baselines: Sequence[Estimate], *, contender: str
) -> list[str]:
    mine = next((one for one in own if one.metric == metric), None)
    rivals = [one for one in baselines if one.metric == metric and one.value is not None]
    if mine is None or mine.value is None or not rivals:
        return []
    sign = 1.0 if METRICS[metric].direction == "higher" else -1.0
    best = max(rivals, key=lambda one: sign * (one.value or 0.0))
    if sign * mine.value > sign * (best.value or 0.0):
        return []
    return [
        f"No better than '{best.contender}' on {METRICS[metric].in_words}: {contender} "
        f"{mine.value_text()}, baseline {best.value_text()}."
    ]
