"""Trap 25: onset was read off days on which the plant was not imaged. Every rule takes the mask."""

import dataclasses

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.onset_decoding import decode_onsets
from fieldmark.evaluation.onset_evaluation import evaluate_onset
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.evaluation.onset_settings import OnsetSettings
from fieldmark.synthetic.trajectories import Season, draw_season

KINDS = ["first-crossing", "consecutive", "cusum", "change-point"]


@pytest.fixture(scope="module")
def season():
    season = Season(genotypes=8, days=14, auc=0.9, imaged_share=0.4)
    return draw_season(np.random.default_rng(0), season)


@pytest.mark.parametrize("kind", KINDS)
def test_trap_25_onset_and_alarm_are_imaged_days(season, kind) -> None:
    decoded = decode_onsets(season, OnsetRule(kind), 0.25)
    for days in (decoded.onset, decoded.known):
        for row in np.flatnonzero(np.isfinite(days)):
            assert season.imaged[row, np.searchsorted(season.times, days[row])]


@pytest.mark.parametrize("kind", KINDS)
def test_trap_25_dropping_a_day_that_nobody_was_imaged_on_changes_nothing(season, kind) -> None:
    kept = season.times != 6
    blind = season.imaged & kept
    here = blind.any(axis=1)
    assert here.all()
    empty = dataclasses.replace(
        season,
        imaged=blind,
        probability=np.where(blind, season.probability, np.nan),
        positive=season.positive & blind,
    )
    dropped = dataclasses.replace(
        empty,
        times=season.times[kept],
        imaged=blind[:, kept],
        probability=empty.probability[:, kept],
        positive=empty.positive[:, kept],
    )
    first, second = (decode_onsets(one, OnsetRule(kind), 0.25) for one in (empty, dropped))
    np.testing.assert_array_equal(first.onset, second.onset)
    np.testing.assert_array_equal(first.known, second.known)


def test_trap_25_a_filled_day_is_refused(season) -> None:
    with pytest.raises(PredictionsError, match="such days are never filled"):
        dataclasses.replace(season, probability=np.nan_to_num(season.probability, nan=0.5))


def test_trap_25_every_day_counts_those_imaged_on_it(season) -> None:
    found = evaluate_onset(season, OnsetSettings(resamples=20))
    for column, day in enumerate(found.days):
        assert day.imaged == season.imaged[:, column].sum()
        assert day.estimate("day_accuracy").n == day.imaged
    assert found.estimate("state_accuracy").n == season.imaged.sum()
