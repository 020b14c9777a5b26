"""Intervals cover by genotype and fail by plant; change points err less; rates are kept."""

import numpy as np
import pytest

from fieldmark.evaluation.measuring import Resampling
from fieldmark.evaluation.onset_decoding import decode_onsets, evidence_of
from fieldmark.evaluation.onset_lead_time import alarm_days, alarm_limit
from fieldmark.evaluation.onset_prior import specimen_units
from fieldmark.evaluation.onset_quantities import Quantity, estimates_of, mean, share
from fieldmark.evaluation.onset_ranking import auroc_statistic, concordance_statistic
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.evaluation.resampling import units_of
from fieldmark.synthetic.trajectories import Season, draw_season

pytestmark = pytest.mark.validity

FEW = Season(genotypes=12, replicates=6, days=15, auc=0.9, genotype_spread=1.0)
MANY = Season(genotypes=6000, replicates=6, days=15, auc=0.9, genotype_spread=1.0)
RULE = OnsetRule(threshold=0.5)


def onset_quantities(seen, units):
    decoded = decode_onsets(seen, RULE).onset
    error = np.abs(np.minimum(decoded, seen.end) - np.where(seen.begins, seen.onset_times, 0))
    return [
        mean("onset_error_to_end", error, among=seen.begins, units=units),
        share("false_alarms_per_control", np.isfinite(decoded), among=seen.unaffected, units=units),
        Quantity(
            metric="onset_c_index",
            statistic=concordance_statistic(seen.onset_times, decoded, end=seen.end, units=units),
            n=seen.n,
            denominator="pairs",
        ),
    ]


def state_quantities(seen, units):
    rows, columns = np.nonzero(seen.imaged)
    statistic = auroc_statistic(
        seen.probability[rows, columns],
        seen.positive[rows, columns],
        strata=np.zeros(len(rows), np.int64),
        codes=units.codes[rows],
    )
    return [
        Quantity(metric="state_auroc_pooled", statistic=statistic, n=len(rows), denominator="pairs")
    ]


def estimated(quantities, seen, units, *, resamples, seed=0):
    how = Resampling(units=units, split="test", resamples=resamples, seed=seed)
    found = quantities(seen, units)
    return estimates_of(found, how, contenders=["probe"] * len(found))


def coverage(quantities, *, runs):
    """Return how often intervals by genotype, and by plant, hold the value of the population."""
    population = draw_season(np.random.default_rng(0), MANY)
    whole = estimated(quantities, population, specimen_units(population), resamples=1)
    truth = [one.value for one in whole]
    hits = np.zeros((2, len(truth)))
    for run in range(runs):
        seen = draw_season(np.random.default_rng([1, run]), FEW)
        for place, units in enumerate((specimen_units(seen), units_of(None, n=seen.n))):
            found = estimated(quantities, seen, units, resamples=200, seed=run)
            for column, one in enumerate(found):
                hits[place, column] += one.low <= truth[column] <= one.high
    return hits / runs


def test_intervals_by_twelve_genotypes_cover_onset_errors_and_those_by_plant_do_not():
    by_genotype, by_plant = coverage(onset_quantities, runs=1000)
    assert (by_genotype > 0.91).all(), by_genotype
    assert (by_plant < 0.88).all(), by_plant


def test_intervals_by_twelve_genotypes_nearly_cover_auroc_and_those_by_plant_do_not():
    by_genotype, by_plant = coverage(state_quantities, runs=1000)
    assert by_genotype > 0.86, by_genotype
    assert by_plant < 0.8, by_plant


def errors(season, rule, run):
    seen = draw_season(np.random.default_rng([2, run]), season)
    decoded = decode_onsets(seen, rule, seen.training_prevalence).onset
    found = seen.begins & np.isfinite(decoded)
    return np.abs(decoded[found] - seen.onset_times[found]).mean()


@pytest.mark.parametrize(("autocorrelation", "most"), [(0.0, 0.5), (0.5, 1.1), (0.8, 2.0)])
def test_at_the_auc_of_the_field_the_change_point_errs_less_than_the_first_crossing(
    autocorrelation, most
):
    season = Season(auc=0.949, days=22, autocorrelation=autocorrelation)
    crossing, change, likeliest = (
        np.mean([errors(season, rule, run) for run in range(40)])
        for rule in (
            OnsetRule(),
            OnsetRule("change-point"),
            OnsetRule("change-point", reading="argmax"),
        )
    )
    assert change < most
    assert likeliest < most
    assert crossing > 2.5
    assert crossing > 1.6 * change


@pytest.mark.parametrize("kind", ["first-crossing", "consecutive", "cusum", "change-point"])
@pytest.mark.parametrize("controls", [19, 25, 60])
def test_the_rate_of_false_alarms_is_kept_on_new_plants(kind, controls):
    rng = np.random.default_rng([3, controls])
    rule = OnsetRule(kind)
    one_control_each = Season(genotypes=20_000, replicates=1, days=8, auc=0.9)
    seen = draw_season(rng, one_control_each)
    evidence = evidence_of(seen, rule, 0.3)
    pool = np.flatnonzero(seen.unaffected)
    alarms = np.zeros(seen.n, bool)
    judged = []
    for start in range(0, len(pool) - controls, controls + 1):
        others, new = pool[start : start + controls], pool[start + controls]
        limit = alarm_limit(evidence[others], np.ones(controls, bool), rate=0.05)
        alarms[new] = np.nanmax(evidence[new]) > limit
        judged.append(new)
    share_alarmed = alarms[judged].mean()
    expected = np.floor(0.05 * (controls + 1)) / (controls + 1)
    slack = 3.5 * np.sqrt(expected * (1 - expected) / len(judged))
    assert share_alarmed <= 0.05 + slack
    assert abs(share_alarmed - expected) < slack + 0.03 * (kind == "cusum")
    days = alarm_days(seen, evidence, np.full(seen.n, np.inf))
    assert np.isinf(days).all()
