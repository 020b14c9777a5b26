"""The two pools, row by row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.fusion import linear_pool, log_linear_pool, sharpened

ONE, TWO = np.array([[0.9, 0.1], [0.3, 0.7]]), np.array([[0.2, 0.8], [0.5, 0.5]])


@pytest.mark.parametrize("pool", [linear_pool, log_linear_pool])
def test_the_ends_are_the_sources(pool) -> None:  # type: ignore[no-untyped-def]
    np.testing.assert_allclose(pool(ONE, TWO, 0.0), ONE)
    np.testing.assert_allclose(pool(ONE, TWO, 1.0), TWO)


@given(st.floats(0, 1), st.integers(2, 6), st.integers(0, 2**32))
def test_rows_sum_to_one_and_each_is_fused_alone(weight: float, classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, two = rng.dirichlet(np.ones(classes), 3), rng.dirichlet(np.ones(classes), 3)
    for pool in (linear_pool, log_linear_pool):
        whole = pool(one, two, weight)
        np.testing.assert_allclose(whole.sum(axis=1), 1.0)
        np.testing.assert_allclose(whole[1:2], pool(one[1:2], two[1:2], weight))


def test_agreement_is_kept_by_both_pools() -> None:
    for pool in (linear_pool, log_linear_pool):
        np.testing.assert_allclose(pool(ONE, ONE, 0.37), ONE)


def test_a_temperature_of_one_changes_nothing() -> None:
    np.testing.assert_allclose(sharpened(ONE, 1.0), ONE)
    assert sharpened(ONE, 0.5)[0, 0] > ONE[0, 0] > sharpened(ONE, 2.0)[0, 0]


def test_a_class_that_one_source_rules_out_survives_the_log_pool() -> None:
    assert log_linear_pool(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), 0.5)[0, 1] > 0


def test_wrong_input_is_refused() -> None:
    with pytest.raises(PredictionsError, match="Expected weights from 0"):
        linear_pool(ONE, TWO, 1.5)
    with pytest.raises(PredictionsError, match="one for each class"):
        linear_pool(ONE, TWO, [0.1, 0.2, 0.3])
    with pytest.raises(PredictionsError, match="same items and classes"):
        log_linear_pool(ONE, TWO[:1], 0.5)
    with pytest.raises(PredictionsError, match="temperature above 0; got 0"):
        sharpened(ONE, 0.0)
