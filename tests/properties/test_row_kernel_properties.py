"""The compiled kernels give what NumPy gives, whatever the rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fieldmark.predictions.row_kernels import NUMPY_KERNELS

pytest.importorskip("numba")

from fieldmark.predictions.compiled_rows import COMPILED_KERNELS

BLOCKS = arrays.arrays(
    np.float64,
    arrays.array_shapes(min_dims=2, max_dims=2, max_side=13),
    elements=st.sampled_from([0.0, -0.0, 1e-300, 0.1, 0.3, 1.0, -2.0, 1e300]),
)


@settings(deadline=None)
@given(scores=BLOCKS, data=st.data())
def test_places_are_equal_with_ties_and_signed_zeros(scores, data):
    columns = data.draw(
        arrays.arrays(np.int64, len(scores), elements=st.integers(0, scores.shape[1] - 1))
    )
    places = [one.places(scores, columns) for one in (NUMPY_KERNELS, COMPILED_KERNELS)]
    assert np.array_equal(*places)
    order = np.lexsort((np.arange(scores.shape[1]), -scores[0]))
    assert places[0][0] == 1 + order.tolist().index(columns[0])


@settings(deadline=None)
@given(shares=BLOCKS, data=st.data())
def test_sums_are_equal_to_the_last_bit_and_keep_the_whole(shares, data):
    parents = data.draw(arrays.arrays(np.int64, shares.shape[1], elements=st.integers(0, 4)))
    sums = [one.sums_below(shares, parents, 5) for one in (NUMPY_KERNELS, COMPILED_KERNELS)]
    assert np.array_equal(*sums)
    assert sums[0].sum(axis=1) == pytest.approx(shares.sum(axis=1), rel=1e-12)


@settings(deadline=None)
@given(shares=arrays.arrays(np.float32, (3, 7), elements=st.floats(0, 1, width=32)))
def test_squares_are_equal(shares):
    squares = [one.sums_of_squares(shares) for one in (NUMPY_KERNELS, COMPILED_KERNELS)]
    assert squares[0] == pytest.approx(squares[1], rel=1e-12)
