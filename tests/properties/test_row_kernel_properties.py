"""The compiled kernels give what NumPy gives, whatever the rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fieldmark.predictions.row_kernels import NUMPY_KERNELS, ladder_of

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
    best = scores.argmax(axis=1)
    places = [one.places(scores, columns, best) for one in (NUMPY_KERNELS, COMPILED_KERNELS)]
    assert np.array_equal(*places)
    order = np.lexsort((np.arange(scores.shape[1]), -scores[0]))
    assert places[0][0] == 1 + order.tolist().index(columns[0])


@settings(deadline=None)
@given(shares=BLOCKS, data=st.data())
def test_standings_are_equal_to_the_last_bit_and_sums_keep_the_whole(shares, data):
    rows, columns = shares.shape
    steps = [
        data.draw(arrays.arrays(np.int64, below, elements=st.integers(0, above - 1)))
        for below, above in ((columns, 5), (5, 3), (3, 1))
    ]
    ladder = ladder_of(steps, [5, 3, 1])
    asked = data.draw(arrays.arrays(np.int64, (3, rows), elements=st.integers(0, 14)))
    answers = data.draw(arrays.arrays(np.int64, rows, elements=st.integers(0, columns - 1)))
    first, second = (
        one.standings(shares, ladder, asked % ladder.widths[:, None], answers)
        for one in (NUMPY_KERNELS, COMPILED_KERNELS)
    )
    for name in ("best", "places", "asked", "answered"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
    assert first.asked[-1] == pytest.approx(shares.sum(axis=1), rel=1e-12)


@settings(deadline=None)
@given(shares=arrays.arrays(np.float32, (3, 7), elements=st.floats(0, 1, width=32)))
def test_squares_are_equal(shares):
    squares = [one.sums_of_squares(shares) for one in (NUMPY_KERNELS, COMPILED_KERNELS)]
    assert squares[0] == pytest.approx(squares[1], rel=1e-12)
