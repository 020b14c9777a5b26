import numpy as np
import pytest

from fieldmark.predictions import row_kernels as module
from fieldmark.predictions.row_kernels import NUMPY_KERNELS, row_kernels

SCORES = np.array([[0.5, 0.2, 0.5, 0.2], [0.0, 0.0, 0.0, 0.0]])


@pytest.fixture(params=["numpy", "compiled"])
def kernels(request: pytest.FixtureRequest):
    if request.param == "numpy":
        return NUMPY_KERNELS
    pytest.importorskip("numba")
    from fieldmark.predictions.compiled_rows import COMPILED_KERNELS

    return COMPILED_KERNELS


@pytest.mark.parametrize(
    ("columns", "places"), [([0, 3], [1, 4]), ([2, 0], [2, 1]), ([1, 1], [3, 2]), ([3, 2], [4, 3])]
)
def test_of_equal_scores_the_first_column_comes_first(kernels, columns, places) -> None:
    assert kernels.places(SCORES, np.array(columns)).tolist() == places


def test_squares_are_summed_in_double_precision(kernels) -> None:
    shares = np.full((1, 10_000), 0.1, np.float32)
    expected = 10_000 * float(np.float32(0.1)) ** 2
    assert kernels.sums_of_squares(shares)[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 9])
def test_columns_are_summed_below_their_parents(kernels, rows) -> None:
    shares = np.arange(rows * 5, dtype=np.float32).reshape(rows, 5)
    sums = kernels.sums_below(shares, np.array([1, 0, 1, 2, 0]), 3)
    expected = np.stack([shares[:, [1, 4]].sum(1), shares[:, [0, 2]].sum(1), shares[:, 3]], axis=1)
    assert sums.dtype == np.float64
    assert np.array_equal(sums, expected)


def test_no_rows_have_no_places(kernels) -> None:
    none = np.empty((0, 3))
    assert kernels.places(none, np.empty(0, np.int64)).shape == (0,)
    assert kernels.sums_of_squares(none).shape == (0,)
    assert kernels.sums_below(none, np.array([0, 0, 1]), 2).shape == (0, 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_ways_give_the_same_sums_to_the_last_bit(dtype) -> None:
    pytest.importorskip("numba")
    from fieldmark.predictions.compiled_rows import COMPILED_KERNELS

    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(300, 0.05), size=37).astype(dtype)
    parents = rng.integers(40, size=300)
    both = [one.sums_below(shares, parents, 40) for one in (NUMPY_KERNELS, COMPILED_KERNELS)]
    assert np.array_equal(*both)


def test_small_tables_are_not_compiled() -> None:
    assert row_kernels(module.COMPILED_FROM - 1) is NUMPY_KERNELS


def test_large_tables_are_compiled_where_numba_is_installed(monkeypatch) -> None:
    pytest.importorskip("numba")
    from fieldmark.predictions.compiled_rows import COMPILED_KERNELS

    assert row_kernels(module.COMPILED_FROM) is COMPILED_KERNELS
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert row_kernels(module.COMPILED_FROM) is NUMPY_KERNELS
