import numpy as np
import pytest
from scipy.special import logit

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.onset_change_point import (
    change_points,
    fit_kappa,
    log_likelihood_ratios,
    never_log_odds,
)
from fieldmark.synthetic.trajectories import Season, draw_season


def test_ratios_are_logits_over_the_prevalence_and_zero_where_unseen(seen):
    ratios = log_likelihood_ratios(seen([[0.5, None, 1.0]], [None]), 0.2)
    expected = [-logit(0.2), 0.0, logit(1 - 1e-6) - logit(0.2)]
    np.testing.assert_allclose(ratios[0], expected)


def test_each_specimen_may_have_its_own_prevalence(seen):
    ratios = log_likelihood_ratios(seen([[0.5], [0.5]], [None, None]), [0.2, 0.5])
    np.testing.assert_allclose(ratios[:, 0], [-logit(0.2), 0.0])


def test_a_prevalence_of_nothing_is_refused(seen):
    with pytest.raises(PredictionsError, match=r"between 0 and 1 \(both excluded\); got 0 to 0"):
        log_likelihood_ratios(seen([[0.5]], [None]), 0.0)


def test_a_change_point_is_never_a_day_without_image(seen):
    for level in (0.5, None):
        assert change_points(seen([[0.1, None, 0.9, 0.9]], [3.0]), 0.5, level=level) == [3]
        assert change_points(seen([[0.1, 0.1, None]], [None]), 0.5, level=level) == [np.inf]


def test_equal_candidates_go_to_the_latest_and_to_never(seen):
    assert change_points(seen([[0.5, 0.5]], [None]), 0.5, level=None) == [np.inf]
    assert change_points(seen([[0.5, 0.9]], [None]), 0.5, level=None) == [2]


def test_kappa_does_not_move_the_argmax_but_flattens_the_posterior(seen):
    trajectories = seen([[0.2, 0.7, 0.4, 0.8, 0.9]], [4.0])
    assert (
        len({change_points(trajectories, 0.5, kappa=k, level=None).item() for k in (0.1, 1)}) == 1
    )
    low = change_points(trajectories, 0.5, kappa=0.01, level=0.9)
    assert low.item() == np.inf


def test_a_likely_never_needs_more_evidence(seen):
    trajectories = seen([[0.2, 0.2, 0.7]], [None])
    assert change_points(trajectories, 0.5).item() == 3
    assert change_points(trajectories, 0.5, never=0.9).item() == np.inf


def test_never_is_as_likely_as_a_day_or_as_stated():
    assert never_log_odds([1, 5], None).tolist() == [0.0, 0.0]
    days = 4
    never = 0.3
    of_day = (1 - never) / days
    np.testing.assert_allclose(never_log_odds(days, never), np.log(never / of_day))


def test_kappa_is_fitted_below_one_where_days_repeat_each_other():
    rng = np.random.default_rng(0)
    fresh, stale = (
        draw_season(rng, Season(genotypes=60, days=30, auc=0.8, autocorrelation=repeats))
        for repeats in (0.0, 0.8)
    )
    fitted = [fit_kappa(one, one.training_prevalence) for one in (fresh, stale)]
    assert fitted[0] == pytest.approx(1.0, abs=0.15)
    assert 0.01 <= fitted[1] < 0.5
