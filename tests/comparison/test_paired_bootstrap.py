import numpy as np
import pytest

from fieldmark.comparison import paired_bootstrap
from fieldmark.comparison.paired_bootstrap import bootstrapped_difference
from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.averages import item_averages
from fieldmark.evaluation.estimates import clopper_pearson
from fieldmark.evaluation.resampling import units_of


def means(values, units):
    return item_averages([(values, None)], units)


@pytest.fixture
def scores():
    return np.random.default_rng(0).normal([[0.3], [0.0]], 1.0, size=(2, 200))


def test_the_interval_of_a_mean_is_about_that_of_a_t_test(scores):
    units = units_of(None, n=200)
    found = bootstrapped_difference(*(means(one, units) for one in scores), units, resamples=4000)
    differences = scores[0] - scores[1]
    error = differences.std(ddof=1) / 200**0.5
    assert found.difference == pytest.approx(differences.mean())
    assert found.standard_error == pytest.approx(error, rel=0.05)
    expected = differences.mean() - 1.972 * error, differences.mean() + 1.972 * error
    assert (found.low, found.high) == pytest.approx(expected, abs=0.1 * error)
    assert found.test == "paired bootstrap over 200 items"


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("shift", np.linspace(-0.4, 0.1, 11))
def test_the_interval_and_the_p_value_never_disagree(scores, shift, level):
    units = units_of([f"{row // 5}" for row in range(200)], n=200)
    sides = means(scores[0] + shift, units), means(scores[1], units)
    found = bootstrapped_difference(*sides, units, level=level, resamples=1000)
    assert (found.low > 0 or found.high < 0) == (found.p_value < 1 - level)
    assert found.low <= found.difference <= found.high


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("shift", np.linspace(-0.6, 0.1, 8))
def test_what_chance_may_have_made_is_allowed_for(scores, shift, level):
    units = units_of(None, n=200)
    sides = means(scores[0] + shift, units), means(scores[1], units)
    chance = means(np.full(200, 0.1), units), means(np.full(200, 0.04), units)
    plain = bootstrapped_difference(*sides, units, level=level, resamples=500, limit=np.inf)
    found = bootstrapped_difference(
        *sides, units, level=level, resamples=500, limit=np.inf, chance=chance
    )
    assert found.difference == plain.difference
    assert (found.low, found.high) == pytest.approx((plain.low - 0.1, plain.high + 0.04))
    assert found.chance == pytest.approx(0.1 if found.difference > 0 else 0.04)
    assert found.p_value >= plain.p_value
    assert (found.low > 0 or found.high < 0) == (found.p_value < 1 - level)


def test_shares_stay_within_their_limit():
    units = units_of(None, n=30)
    found = bootstrapped_difference(
        means(np.ones(30), units), means(np.r_[np.ones(2), np.zeros(28)], units), units
    )
    assert found.high <= 1.0


def test_equal_answers_are_bounded_by_the_number_of_units():
    units = units_of(None, n=40)
    same = means(np.ones(40), units)
    found = bootstrapped_difference(same, same, units)
    assert (found.difference, found.p_value) == (0.0, 1.0)
    assert found.high == clopper_pearson(0, 40)[1]


def test_one_group_bounds_nothing(scores):
    units = units_of(["one"] * 200, n=200)
    found = bootstrapped_difference(*(means(one, units) for one in scores), units, limit=np.inf)
    assert (found.low, found.high, found.p_value) == (-np.inf, np.inf, 1.0)


def test_the_level_of_a_paired_bootstrap_is_a_coverage(scores):
    units = units_of(None, n=200)
    with pytest.raises(PredictionsError, match="level between 0 and 1"):
        bootstrapped_difference(*(means(one, units) for one in scores), units, level=95)


def test_draws_of_few_groups_wander_as_far_as_the_jackknife(monkeypatch):
    rng = np.random.default_rng(4)
    groups = [f"{row // 10}" for row in range(150)]
    units = units_of(groups, n=150)
    # A value that one group alone moves: a resample often lacks it.
    odd = np.where(np.arange(150) < 10, 5.0, rng.normal(size=150))
    counted = np.arange(150) < 40
    of_a = item_averages([(odd, counted)], units)
    of_b = item_averages([(np.zeros(150), counted)], units)
    spread = bootstrapped_difference(of_a, of_b, units, resamples=4000, limit=np.inf)
    monkeypatch.setattr(paired_bootstrap, "JACKKNIFED_UNITS", 0)
    plain = bootstrapped_difference(of_a, of_b, units, resamples=4000, limit=np.inf)
    means = odd[:40].reshape(4, 10).mean(axis=1)
    left_out = [np.delete(means, one).mean() for one in range(4)] + [means.mean()] * 11
    error = np.sqrt(14 / 15 * np.square(left_out - np.mean(left_out)).sum())
    assert spread.standard_error * (15 / 14) ** 0.5 == pytest.approx(error, rel=1e-6)
    assert spread.standard_error > plain.standard_error
    assert spread.low < plain.low
    assert spread.p_value > plain.p_value


def test_draws_that_wander_far_enough_stay_as_they_are(scores, monkeypatch):
    units = units_of(None, n=200)
    sides = means(scores[0], units), means(scores[1], units)
    found = bootstrapped_difference(*sides, units, resamples=1000)
    monkeypatch.setattr(paired_bootstrap, "JACKKNIFED_UNITS", 0)
    plain = bootstrapped_difference(*sides, units, resamples=1000)
    assert found.standard_error == pytest.approx(plain.standard_error, rel=0.05)
    assert found.standard_error >= plain.standard_error


def test_a_difference_that_is_known_more_exactly_is_taken(scores):
    units = units_of(None, n=200)
    sides = [means(one, units) for one in scores]
    coarse = bootstrapped_difference(*sides, units)
    found = bootstrapped_difference(*sides, units, difference=coarse.difference + 0.01)
    assert found.difference == coarse.difference + 0.01
    assert (found.low, found.high) == pytest.approx((coarse.low + 0.01, coarse.high + 0.01))
