"""Trap 20: no trivial baseline. "Day 28 for every plant" errs by 6.07 days, the model by 7.4.

The onsets are those of the 44 accessions of the field, three droughted plants each.
"""

import dataclasses

import numpy as np
import pytest

from fieldmark.evaluation.onset_evaluation import evaluate_onset
from fieldmark.evaluation.onset_settings import OnsetSettings
from fieldmark.predictions.trajectories import Trajectories

ACCESSIONS = {
    10: 1,
    13: 3,
    14: 1,
    17: 1,
    19: 3,
    20: 5,
    24: 1,
    28: 12,
    29: 2,
    33: 5,
    34: 4,
    35: 1,
    38: 5,
}
DAYS = np.array([3, 5, 6, 7, 10, 12, 13, 14, 17, 19, 20, 21, 24, 27, 28, 29, 31, 33, 34, 35, 38.0])


def field(seed: int, name: str) -> Trajectories:
    """Return a season whose probabilities know little more than that time passes."""
    rng = np.random.default_rng(seed)
    of_accession = np.repeat(list(ACCESSIONS), list(ACCESSIONS.values())).astype(float)
    accession = np.repeat(np.arange(44), 6)
    control = np.tile([True] * 3 + [False] * 3, 44)
    onset = np.where(control, np.inf, of_accession[accession])
    imaged = rng.random((264, len(DAYS))) < 0.5
    imaged[:, -1] = True
    begun = onset[:, None] <= DAYS
    odds = 1.2 * begun + 0.05 * (DAYS - 22) + rng.normal(size=begun.shape) - 0.5
    return Trajectories(
        contender="DINOv2",
        split=name,
        specimens=tuple(f"{name} plant {row}" for row in range(264)),
        times=DAYS,
        probability=np.where(imaged, 1 / (1 + np.exp(-odds)), np.nan),
        imaged=imaged,
        positive=begun & imaged,
        onset=tuple(float(day) if np.isfinite(day) else None for day in onset),
        groups=tuple(f"{name} accession {code}" for code in accession),
        control=tuple(control.tolist()),
        items_digest="",
        header_digest="",
    )


@pytest.fixture(scope="module")
def found():
    """Return the evaluation, with baselines from another season that has the same onsets."""
    settings = OnsetSettings(resamples=200)
    return evaluate_onset(field(0, "test"), settings, fit_on=field(1, "before"))


def test_trap_20_the_constant_day_stands_in_the_table_with_its_error(found) -> None:
    for name in ("constant day", "median onset"):
        baseline = found.baseline(name, "onset_mae")
        assert baseline.value == pytest.approx(801 / 132)
        assert round(baseline.value, 2) == 6.07
        assert baseline.low < 6.07 < baseline.high


def test_trap_20_the_baseline_is_seen_to_win(found) -> None:
    own = found.estimate("onset_mae")
    assert own.value > 7.4
    skill = found.estimate("onset_error_to_end_skill")
    assert skill.value < 0
    assert "constant day" in skill.method
    assert found.notes[0].startswith("No better than 'constant day of 'before'' on onset error")
    assert "baseline 6.068." in found.notes[0]


def test_trap_20_without_another_part_the_constant_comes_from_the_other_accessions() -> None:
    seen = dataclasses.replace(field(0, "test"), training_prevalence=0.2)
    found = evaluate_onset(seen, OnsetSettings(resamples=50))
    baseline = found.baseline("constant day", "onset_mae")
    assert 801 / 132 <= baseline.value < 6.4
    assert baseline.contender == "constant day of the other groups"


def test_trap_20_what_the_constant_costs_stands_beside_it(found) -> None:
    assert found.baseline("constant day", "false_alarms_per_control").value == 1.0
    assert found.baseline("constant day", "onset_c_index").value == 0.5
