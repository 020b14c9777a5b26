import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.alike_units import resampled_sums
from fieldmark.evaluation.resampling import resampled, units_of


def ratio(sums):
    return sums[:1] / sums[1:2]


def test_the_draws_scatter_as_those_of_units_do():
    rng = np.random.default_rng(0)
    groups = [f"g{code}" for code in rng.integers(300, size=800)]
    units = units_of(groups, n=800)
    right, counted = rng.random(800) < 0.4, rng.random(800) < 0.7
    sums = np.stack([units.sums(right & counted), units.sums(counted)])
    of_units = resampled(
        lambda weights: ratio(sums @ weights), units, resamples=8000, rng=np.random.default_rng(1)
    )
    of_kinds = resampled_sums(ratio, list(sums), resamples=8000, rng=np.random.default_rng(2))
    assert of_kinds.shape == of_units.shape == (1, 8000)
    assert of_kinds.mean() == pytest.approx(of_units.mean(), abs=0.001)
    assert of_kinds.std() == pytest.approx(of_units.std(), rel=0.03)


def test_sums_that_are_given_twice_stay_equal_in_every_draw():
    values = np.random.default_rng(0).integers(3, size=50).astype(np.float64)
    given = [values, np.ones(50), values]
    draws = resampled_sums(lambda sums: sums, given, resamples=40, rng=np.random.default_rng(0))
    assert np.array_equal(draws[0], draws[2])
    assert (draws[1] == 50).all()
    assert draws[0].std() > 0


def test_the_draws_do_not_depend_on_how_they_are_cut(monkeypatch):
    values = np.repeat([1.0, 2.5, 7.0], [5, 10, 15])

    def draws():
        rng = np.random.default_rng(3)
        return resampled_sums(lambda sums: sums, [values], resamples=50, rng=rng)

    whole = draws()
    monkeypatch.setattr("fieldmark.evaluation.alike_units._CHUNK_ENTRIES", 100)
    assert np.allclose(whole, draws(), rtol=0, atol=1e-12)


def test_units_that_all_differ_are_drawn_by_themselves():
    values = np.random.default_rng(0).normal(size=40)
    units, of_values = units_of(None, n=40), values[None]
    own = resampled(
        lambda weights: of_values @ weights, units, resamples=30, rng=np.random.default_rng(3)
    )
    draws = resampled_sums(lambda sums: sums, [values], resamples=30, rng=np.random.default_rng(3))
    assert np.allclose(own, draws, rtol=0, atol=1e-12)


def test_one_unit_is_drawn_alone():
    draws = resampled_sums(
        lambda sums: sums, [np.array([2.0])], resamples=2, rng=np.random.default_rng(0)
    )
    assert draws.tolist() == [[2.0, 2.0]]


@pytest.mark.parametrize(("sums", "resamples"), [([], 5), ([np.ones(3)], 0)])
def test_nothing_to_draw_is_refused(sums, resamples):
    with pytest.raises(PredictionsError, match="something to sum and at least 1 resample; got"):
        resampled_sums(lambda found: found, sums, resamples=resamples, rng=np.random.default_rng(0))
