import numpy as np
import pytest

from fieldmark.predictions import row_kernels as module
from fieldmark.predictions.row_kernels import NUMPY_KERNELS, ladder_of, row_kernels

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
    best = SCORES.argmax(axis=1)
    assert kernels.places(SCORES, np.array(columns), best).tolist() == places


def test_squares_are_summed_in_double_precision(kernels) -> None:
    shares = np.full((1, 10_000), 0.1, np.float32)
    expected = 10_000 * float(np.float32(0.1)) ** 2
    assert kernels.sums_of_squares(shares)[0] == pytest.approx(expected, rel=1e-12)


LADDER = ladder_of([np.array([1, 0, 1, 2, 0]), np.array([1, 1, 0])], [3, 2])


@pytest.mark.parametrize("rows", [1, 2, 7, 8, 9, 63, 64, 65, 137])
def test_columns_are_summed_from_rank_to_rank(kernels, rows) -> None:
    shares = np.arange(rows * 5, dtype=np.float32).reshape(rows, 5)
    below = [shares[:, [1, 4]].sum(1), shares[:, [0, 2]].sum(1), shares[:, 3]]
    above = [below[2], below[0] + below[1]]
    asked = np.array([np.arange(rows) % 3, np.arange(rows) % 2])
    answers = np.arange(rows) * 2 % 5
    found = kernels.standings(shares, LADDER, asked, answers)
    for rank, sums in enumerate((below, above)):
        of_rank, numbers = np.stack(sums, axis=1), np.arange(rows)
        assert np.array_equal(found.best[rank], of_rank.argmax(axis=1))
        assert np.array_equal(found.asked[rank], of_rank[numbers, asked[rank]])
        assert np.array_equal(found.answered[rank], of_rank[numbers, LADDER.columns[rank, answers]])
    assert (found.asked.dtype, found.places.dtype) == (np.float64, np.int64)


def test_of_equal_sums_the_first_node_comes_first(kernels) -> None:
    shares = np.array([[0.25, 0.25, 0.25, 0.125, 0.125]] * 3)
    ladder = ladder_of([np.array([2, 0, 1, 3, 3])], [4])
    found = kernels.standings(shares, ladder, np.array([[0, 2, 3]]), np.array([0, 1, 3]))
    assert found.best.tolist() == [[0, 0, 0]]
    assert found.places.tolist() == [[1, 3, 4]]


def test_a_node_above_no_column_has_nothing(kernels) -> None:
    ladder = ladder_of([np.array([2, 2])], [3])
    found = kernels.standings(np.array([[0.5, 0.5]]), ladder, np.array([[1]]), np.array([0]))
    assert (found.asked.item(), found.best.item(), found.places.item()) == (0.0, 2, 3)


def test_no_rows_have_no_places(kernels) -> None:
    none, nobody = np.empty((0, 5)), np.empty(0, np.int64)
    assert kernels.places(none, nobody, nobody).shape == (0,)
    assert kernels.sums_of_squares(none).shape == (0,)
    nodes = np.empty((2, 0), np.int64)
    assert kernels.standings(none, LADDER, nodes, nobody).best.shape == (2, 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_ways_give_the_same_sums_to_the_last_bit(dtype) -> None:
    pytest.importorskip("numba")
    from fieldmark.predictions.compiled_rows import COMPILED_KERNELS

    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(300, 0.05), size=137).astype(dtype)
    ladder = ladder_of([rng.integers(40, size=300), rng.integers(7, size=40)], [40, 7])
    asked, answers = rng.integers(7, size=(2, 137)), rng.integers(300, size=137)
    both = [
        one.standings(shares, ladder, asked, answers) for one in (NUMPY_KERNELS, COMPILED_KERNELS)
    ]
    for name in ("best", "places", "asked", "answered"):
        assert np.array_equal(*(getattr(one, name) for one in both))


def test_small_tables_are_not_compiled() -> None:
    assert row_kernels(module.COMPILED_FROM - 1) is NUMPY_KERNELS


def test_large_tables_are_compiled_where_numba_is_installed(monkeypatch) -> None:
    pytest.importorskip("numba")
    from fieldmark.predictions.compiled_rows import COMPILED_KERNELS

    assert row_kernels(module.COMPILED_FROM) is COMPILED_KERNELS
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert row_kernels(module.COMPILED_FROM) is NUMPY_KERNELS
