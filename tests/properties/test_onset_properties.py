import dataclasses
import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.onset_decoding import decode_onsets, evidence_of
from fieldmark.evaluation.onset_evaluation import evaluate_onset
from fieldmark.evaluation.onset_ranking import auroc_statistic
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.evaluation.onset_settings import OnsetSettings
from fieldmark.predictions.trajectories import Trajectories, seen_until

RULES = [
    OnsetRule(),
    OnsetRule("consecutive", run=3),
    OnsetRule("cusum", 1.5),
    OnsetRule("change-point"),
    OnsetRule("change-point", kappa=0.4, never=0.5, threshold=0.7),
    OnsetRule("change-point", reading="argmax"),
]


@st.composite
def seasons(draw):
    """Seasons of 1 to 8 plants over 1 to 9 days, with ties, gaps, 0 and 1, and "never"."""
    n, days = draw(st.integers(1, 8)), draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    imaged = rng.random((n, days)) < draw(st.sampled_from([0.3, 0.7, 1.0]))
    imaged[np.arange(n), rng.integers(0, days, n)] = True
    probability = rng.integers(0, 11, (n, days)) / 10
    times = np.cumsum(rng.integers(1, 4, days)).astype(float)
    onset = np.where(rng.random(n) < 0.4, np.inf, rng.choice(times, n) - rng.integers(0, 2, n) / 2)
    grouped = draw(st.booleans())
    return Trajectories(
        contender="probe",
        split="test",
        specimens=tuple(f"p{row}" for row in range(n)),
        times=times,
        probability=np.where(imaged, probability, np.nan),
        imaged=imaged,
        positive=(times >= onset[:, None]) & imaged,
        onset=tuple(float(day) if np.isfinite(day) else None for day in onset),
        groups=tuple(f"g{code}" for code in rng.integers(0, 3, n)) if grouped else None,
        control=tuple(np.isinf(onset).tolist()) if draw(st.booleans()) else None,
        items_digest="",
        header_digest="",
    )


def with_other_days_after(seen, column, rng):
    """Return the same season with other images and probabilities after a day."""
    imaged, probability = seen.imaged.copy(), seen.probability.copy()
    later = slice(column + 1, None)
    imaged[:, later] = rng.random(imaged[:, later].shape) < 0.5
    probability[:, later] = rng.random(imaged[:, later].shape)
    rows = imaged.any(axis=1)
    imaged[~rows] = seen.imaged[~rows]
    return dataclasses.replace(
        seen,
        imaged=imaged,
        probability=np.where(imaged, probability, np.nan),
        positive=(seen.times >= seen.onset_times[:, None]) & imaged,
    )


@settings(max_examples=80, deadline=None)
@given(seasons(), st.sampled_from(RULES), st.integers(0, 2**32), st.data())
def test_later_days_change_nothing_that_was_decided_before(seen, rule, seed, data):
    column = data.draw(st.integers(0, len(seen.times) - 1))
    other = with_other_days_after(seen, column, np.random.default_rng(seed))
    kept = slice(None, column + 1)
    unmoved = seen.imaged[:, kept].any(axis=1) & other.imaged[:, kept].any(axis=1)
    first, second = (decode_onsets(one, rule, 0.3) for one in (seen, other))
    np.testing.assert_array_equal(first.begun[unmoved, kept], second.begun[unmoved, kept])
    before = unmoved & (first.known <= seen.times[column])
    np.testing.assert_array_equal(first.known[before], second.known[before])
    if rule.kind != "change-point":
        np.testing.assert_array_equal(first.onset[before], second.onset[before])
    first, second = (evidence_of(one, rule, 0.3)[unmoved, kept] for one in (seen, other))
    np.testing.assert_array_equal(first, second)


@settings(max_examples=60, deadline=None)
@given(seasons(), st.sampled_from(RULES), st.data())
def test_deciding_on_a_day_is_deciding_on_what_is_left_when_later_days_are_cut(seen, rule, data):
    day = data.draw(st.sampled_from(seen.times.tolist()))
    try:
        cut = seen_until(seen, day)
    except PredictionsError:
        return
    rows = [seen.specimens.index(name) for name in cut.specimens]
    column = int(np.searchsorted(seen.times, day))
    whole = decode_onsets(seen, rule, 0.3).begun[rows, column]
    np.testing.assert_array_equal(np.isfinite(decode_onsets(cut, rule, 0.3).onset), whole)


@settings(max_examples=60, deadline=None)
@given(seasons(), st.sampled_from(RULES))
def test_an_onset_is_an_imaged_day_or_never(seen, rule):
    decoded = decode_onsets(seen, rule, 0.3)
    for days in (decoded.onset, decoded.known):
        for row, day in enumerate(days):
            assert day == np.inf or seen.imaged[row, np.searchsorted(seen.times, day)]


@settings(max_examples=60, deadline=None)
@given(seasons(), st.sampled_from(RULES), st.integers(0, 2**32))
def test_specimens_are_decoded_alone(seen, rule, seed):
    order = np.random.default_rng(seed).permutation(seen.n)
    turned = dataclasses.replace(
        seen,
        specimens=tuple(seen.specimens[row] for row in order),
        probability=seen.probability[order],
        imaged=seen.imaged[order],
        positive=seen.positive[order],
        onset=tuple(seen.onset[row] for row in order),
        groups=None,
        control=None,
    )
    one, other = (decode_onsets(table, rule, 0.3).onset for table in (seen, turned))
    np.testing.assert_array_equal(one[order], other)


@settings(max_examples=40, deadline=None)
@given(seasons(), st.sampled_from(RULES))
def test_every_season_gives_valid_estimates_or_a_reason(seen, rule):
    try:
        found = evaluate_onset(seen, OnsetSettings(rule=rule, resamples=20, prevalence=0.3))
    except PredictionsError:
        return
    json.dumps(found.to_dict(), allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(0, 2**32))
def test_auroc_is_mirrored_and_does_not_depend_on_the_scale(n, seed):
    rng = np.random.default_rng(seed)
    scores, positive = rng.integers(0, 6, n).astype(float), rng.random(n) < 0.5
    strata, codes = rng.integers(0, 3, n), np.arange(n)
    weights = rng.integers(0, 3, (n, 2)).astype(float)
    one, scaled, mirrored = (
        auroc_statistic(values, positive, strata=strata, codes=codes)(weights)
        for values in (scores, np.exp(scores), -scores)
    )
    np.testing.assert_allclose(one, scaled)
    np.testing.assert_allclose(one, 1 - mirrored, atol=1e-12)
