import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions.rankings_lists import SimilarityLists
from fieldmark.predictions.rankings_similarities import (
    EmbeddingPair,
    SimilarityMatrix,
    digest_of_similarities,
)

RNG = np.random.default_rng(0)
ROWS, COLUMNS = np.array([4, 0, 2]), np.array([9, 1, 3, 0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("columns", [np.array([3]), np.arange(10), COLUMNS])
def test_a_matrix_gives_what_was_asked_in_its_order(dtype: type, columns: np.ndarray) -> None:
    values = RNG.standard_normal((5, 10)).astype(dtype)
    found = SimilarityMatrix(values).block(ROWS, columns)
    assert found.dtype == (np.float64 if dtype is np.float64 else np.float32)
    assert np.array_equal(found, values[np.ix_(ROWS, columns)].astype(found.dtype))


def test_embeddings_give_cosines_that_do_not_depend_on_the_block() -> None:
    queries = RNG.standard_normal((5, 64)).astype(np.float32)
    gallery = 100 * RNG.standard_normal((10, 64)).astype(np.float32)
    pair = EmbeddingPair(queries, gallery)
    whole = pair.block(np.arange(5), np.arange(10))
    left, right = (
        side / np.linalg.norm(side.astype(np.float64), axis=1, keepdims=True)
        for side in (queries, gallery)
    )
    assert whole == pytest.approx(left @ right.T, abs=1e-7)
    assert np.array_equal(pair.block(ROWS, COLUMNS), whole[np.ix_(ROWS, COLUMNS)])
    alone = [pair.block(np.array([row]), np.arange(10))[0] for row in range(5)]
    assert np.array_equal(np.stack(alone), whole)


def test_an_embedding_is_exactly_like_itself() -> None:
    vectors = RNG.standard_normal((7, 33)).astype(np.float16)
    cosines = EmbeddingPair(vectors, vectors).block(np.arange(7), np.arange(7))
    assert np.diag(cosines).tolist() == [1.0] * 7


def test_lists_give_what_they_hold_and_nothing_else() -> None:
    lists = SimilarityLists(
        np.array([0, 2, 2, 5]), np.array([1, 3, 0, 2, 1]), np.array([5.0, 4, 3, 2, 1]), 4
    )
    found = lists.block(np.array([2, 1, 0]), np.array([1, 2]))
    assert np.array_equal(found, [[1, 2], [np.nan, np.nan], [5, np.nan]], equal_nan=True)
    assert lists.shape == (3, 4)
    assert lists.is_partial


def test_the_digest_is_that_of_the_content() -> None:
    values = RNG.standard_normal((3, 4))
    assert digest_of_similarities(SimilarityMatrix(values)) == digest_of_similarities(
        SimilarityMatrix(values.copy())
    )
    assert digest_of_similarities(SimilarityMatrix(values)) != digest_of_similarities(
        SimilarityMatrix(values.astype(np.float32))
    )


@pytest.mark.parametrize("values", [np.zeros((2, 2), int), np.zeros(3), np.zeros((0, 2))])
def test_a_matrix_must_be_a_filled_matrix_of_floats(values: np.ndarray) -> None:
    with pytest.raises(PredictionsError, match=r"similarities \(queries, gallery\) as a filled"):
        SimilarityMatrix(values)


def test_embeddings_without_a_direction_are_refused() -> None:
    broken = np.array([[1.0, 0], [0, 0], [np.nan, 1]])
    with pytest.raises(
        PredictionsError, match=r"2 of 3 embeddings of the gallery are all zeros.*first: row 1"
    ):
        EmbeddingPair(np.eye(2), broken)
    with pytest.raises(PredictionsError, match="one width on both sides; got 2 for the queries"):
        EmbeddingPair(np.eye(2), np.eye(3))


@pytest.mark.parametrize(
    ("offsets", "positions", "similarities", "message"),
    [
        ([0, 2], [0, 4], [1.0, 2.0], r"positions from 0 to 3 .* 1 lie outside \(first: 4\)"),
        ([0, 2], [1, 1], [1.0, 2.0], "once in the list of a query; 1 entry repeats one"),
        ([0, 1], [1, 2], [1.0, 2.0], "offsets of the lists that rise from 0 to 2"),
        ([1, 2], [1, 2], [1.0, 2.0], "offsets of the lists that rise from 0 to 2"),
        ([0, 2], [1, 2], [1.0], "floating similarity for each of 2 entries; got float64"),
    ],
)
def test_lists_that_do_not_fit_are_refused(
    offsets: list[int], positions: list[int], similarities: list[float], message: str
) -> None:
    with pytest.raises(PredictionsError, match=message):
        SimilarityLists(np.array(offsets), np.array(positions), np.array(similarities), 4)
