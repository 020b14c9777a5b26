"""How far decoded onsets are from the true ones, how many are missed, and how many are false."""

import numpy as np

from fieldmark.evaluation.metrics import METRICS
from fieldmark.evaluation.onset_metrics import WITHIN_DAYS
from fieldmark.evaluation.onset_quantities import Quantity, mean, ratio, share
from fieldmark.evaluation.onset_ranking import comparable_pairs, concordance_statistic
from fieldmark.evaluation.resampling import Units
from fieldmark.predictions.trajectories import FloatArray, Trajectories


def error_quantities(seen: Trajectories, decoded: FloatArray, units: Units) -> list[Quantity]:
    """Return what is measured of decoded onsets against the true ones.

    An onset beyond the observed time is neither missed nor a false alarm: it is left out of all
    but the C-index, where it is censored.

    Args:
        seen: the trajectories, for onsets and controls.
        decoded: float64 (n,), decoded onsets; inf is "never".
        units: which unit each specimen belongs to.
    """
    begins, detected = seen.begins, np.isfinite(decoded)
    onset = np.where(begins, seen.onset_times, 0.0)
    late = np.where(detected, decoded, 0.0) - onset
    to_end = np.minimum(decoded, seen.end) - onset
    both = begins & detected
    false = detected & seen.unaffected
    imaged = np.where(seen.unaffected, seen.imaged.sum(axis=1), 0)
    pairs = comparable_pairs(seen.onset_times, end=seen.end)
    c_index = Quantity(
        metric="onset_c_index",
        statistic=concordance_statistic(seen.onset_times, decoded, end=seen.end, units=units),
        n=seen.n,
        denominator=f"{pairs:,} {METRICS['onset_c_index'].denominator}",
    )
    return [
        mean("onset_mae", np.abs(late), among=both, units=units),
        mean("onset_bias", late, among=both, units=units),
        mean("onset_error_to_end", np.abs(to_end), among=begins, units=units),
        *(
            share(
                f"onset_within_{days}",
                detected & (np.abs(late) <= days),
                among=begins,
                units=units,
            )
            for days in WITHIN_DAYS
        ),
        share("onset_undetected", ~detected, among=begins, units=units),
        c_index,
        share("false_alarms_per_control", detected, among=seen.unaffected, units=units),
        ratio("false_alarms_per_control_day", false, imaged, units=units),
    ]
