import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.evaluation.resampling import (
    bootstrap_interval,
    draw_part,
    draw_weights,
    resampled,
    units_of,
)


def test_groups_that_hold_one_item_each_are_the_items():
    units = units_of(["x", "y", "z"], n=3)
    assert (units.count, units.clustered, units.in_words) == (3, False, "3 items")


def test_groups_that_are_shared_are_drawn_whole():
    units = units_of(["y", "x", "y", "x"], n=4)
    assert units.codes.tolist() == [1, 0, 1, 0]
    assert units.in_words == "2 groups"
    assert units.sums([1, 2, 3, 4]).tolist() == [6.0, 4.0]


def test_codes_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        units_of(None, n=2).codes[0] = 1


def test_nothing_to_resample_is_refused():
    with pytest.raises(PredictionsError, match="at least one item to resample"):
        units_of(None, n=0)


def test_a_group_is_needed_for_every_item():
    with pytest.raises(PredictionsError, match="a group for each of 3 items; got 2"):
        units_of(["a", "b"], n=3)


def test_every_resample_holds_as_many_units_as_there_are():
    units = units_of(None, n=30)
    weights = np.concatenate(list(draw_weights(units, 150, np.random.default_rng(0))), axis=1)
    assert weights.shape == (30, 150)
    assert weights.dtype == np.float64
    assert (weights.sum(axis=0) == 30).all()
    assert weights.mean() == pytest.approx(1.0)
    assert weights.var() == pytest.approx(29 / 30, rel=0.1)


def test_the_same_seed_gives_the_same_draws_however_they_are_chunked(monkeypatch):
    units = units_of(None, n=30)
    whole = np.concatenate(list(draw_weights(units, 50, np.random.default_rng(3))), axis=1)
    monkeypatch.setattr("fieldmark.evaluation.resampling._CHUNK_ENTRIES", 60)
    parts = list(draw_weights(units, 50, np.random.default_rng(3)))
    assert len(parts) == 25
    assert np.array_equal(whole, np.concatenate(parts, axis=1))


def test_no_resample_is_refused():
    with pytest.raises(PredictionsError, match="at least 1 resample; got 0"):
        next(draw_weights(units_of(None, n=3), 0, np.random.default_rng(0)))


def test_resampled_means_scatter_as_the_standard_error_says():
    values = np.random.default_rng(1).normal(size=200)
    units = units_of(None, n=200)
    draws = resampled(
        lambda weights: values[None] @ weights / 200,
        units,
        resamples=4000,
        rng=np.random.default_rng(2),
    )
    assert draws.shape == (1, 4000)
    assert draws.std() == pytest.approx(values.std() / np.sqrt(200), rel=0.05)


def test_the_interval_is_shifted_by_the_bias_of_the_draws():
    draws = np.linspace(0.2, 0.4, 1001)
    low, high = bootstrap_interval(0.5, draws, units=10**6)
    assert (low + high) / 2 == pytest.approx(0.5)
    assert high - low == pytest.approx(0.19, abs=1e-3)


def test_few_units_widen_the_interval():
    draws = np.random.default_rng(0).normal(size=20_000)
    widths = [np.diff(bootstrap_interval(0.0, draws, units=units))[0] for units in (5, 20, 10**6)]
    assert widths[0] > 1.3 * widths[1] > 1.3 * widths[2] * 0.8
    assert widths[2] == pytest.approx(2 * 1.96, rel=0.02)


def test_undefined_draws_are_left_out_unless_they_are_most():
    draws = np.array([np.nan] * 40 + [0.4, 0.6] * 40)
    assert bootstrap_interval(0.5, draws, units=50) == pytest.approx((0.4, 0.6))
    assert bootstrap_interval(0.5, np.array([np.nan, np.nan, 0.5]), units=50) is None


def test_one_unit_gives_no_interval():
    assert bootstrap_interval(0.5, np.array([0.5, 0.5]), units=1) is None


def test_the_interval_needs_a_coverage():
    with pytest.raises(PredictionsError, match="level between 0 and 1"):
        bootstrap_interval(0.5, np.array([0.5, 0.6]), units=9, level=1.5)


def of_part(units, part, resamples=4000):
    weights = list(draw_part(units, part, resamples, np.random.default_rng(5)))
    return np.concatenate(weights, axis=1)


def test_some_units_come_up_as_often_as_when_all_are_drawn():
    units = units_of(None, n=50)
    whole = np.concatenate(list(draw_weights(units, 4000, np.random.default_rng(4))), axis=1)
    part = of_part(units, 5)
    assert part.shape == (5, 4000)
    assert part.mean() == pytest.approx(1.0, abs=0.02)
    assert part.var() == pytest.approx(49 / 50, rel=0.05)
    assert part.sum(axis=0).var() == pytest.approx(whole[:5].sum(axis=0).var(), rel=0.1)
    assert np.cov(part).mean() == pytest.approx(np.cov(whole[:5]).mean(), abs=0.05)


def test_when_all_units_matter_each_resample_holds_as_many():
    assert (of_part(units_of(None, n=6), 6, 30).sum(axis=0) == 6).all()


def test_some_units_are_drawn_in_chunks(monkeypatch):
    monkeypatch.setattr("fieldmark.evaluation.resampling._CHUNK_ENTRIES", 20)
    parts = list(draw_part(units_of(None, n=30), 2, 25, np.random.default_rng(3)))
    assert [part.shape for part in parts] == [(2, 10), (2, 10), (2, 5)]


@pytest.mark.parametrize(("part", "resamples"), [(0, 1), (4, 1), (2, 0)])
def test_a_part_that_is_none_or_no_resample_is_refused(part, resamples):
    with pytest.raises(PredictionsError, match=f"from 1 to 3 units .* got {part} and {resamples}"):
        next(draw_part(units_of(None, n=3), part, resamples, np.random.default_rng(0)))
