import numpy as np
import pytest

from fieldmark.core.errors import StoreError
from fieldmark.embeddings import similarity
from fieldmark.embeddings.similarity import cosine_similarity, nearest_neighbours, unit_rows

RANDOM = np.random.default_rng(0)


def gaussian(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape).astype(np.float32)


def slow_neighbours(queries: np.ndarray, gallery: np.ndarray, count: int) -> np.ndarray:
    """One query, one cosine at a time; ties by position."""
    rows = []
    for query in queries:
        cosines = [
            np.float32(
                np.clip(np.dot(unit(query), unit(other)), -1, 1),
            )
            for other in gallery
        ]
        rows.append(sorted(range(len(gallery)), key=lambda at: (-cosines[at], at))[:count])
    return np.array(rows)


def unit(vector: np.ndarray) -> np.ndarray:
    wide = vector.astype(np.float64)
    return (wide / np.sqrt((wide**2).sum())).astype(np.float32).astype(np.float64)


def test_unit_rows_have_length_one_whatever_their_scale() -> None:
    vectors = gaussian(5, 3) * np.float32([[1e-30], [1e-3], [1], [1e3], [1e30]])
    assert np.linalg.norm(unit_rows(vectors).astype(np.float64), axis=1) == pytest.approx(1)


def test_unit_rows_leave_their_input_as_it_is() -> None:
    vectors = gaussian(4, 3)
    before = vectors.copy()
    unit_rows(vectors)
    assert np.array_equal(vectors, before)


@pytest.mark.parametrize("function", [cosine_similarity, nearest_neighbours])
def test_a_vector_without_a_direction_is_refused(function) -> None:
    flat = np.array([[1, 0], [0, 0], [0, 0]], dtype=np.float32)
    options = {"neighbours": 1} if function is nearest_neighbours else {}
    with pytest.raises(StoreError, match=r"2 vectors of 3 are all zeros \(first: row 1\)"):
        function(gaussian(1, 2), flat, **options)


def test_cosines_equal_the_slow_formula_and_stay_within_one() -> None:
    queries, gallery = gaussian(7, 4), gaussian(9, 4)
    found = cosine_similarity(queries, gallery)
    for row, query in enumerate(queries):
        for column, other in enumerate(gallery):
            expected = query @ other / np.linalg.norm(query) / np.linalg.norm(other)
            assert found[row, column] == pytest.approx(expected, abs=1e-6)
    assert np.abs(cosine_similarity(queries, queries)).max() <= 1


def test_cosines_of_no_queries_are_empty() -> None:
    assert cosine_similarity(gaussian(0, 4), gaussian(3, 4)).shape == (0, 3)


@pytest.mark.parametrize("count", [1, 2, 5, 40])
def test_neighbours_equal_the_slow_search(count: int) -> None:
    queries, gallery = gaussian(11, 3), gaussian(40, 3)
    _, positions = nearest_neighbours(queries, gallery, neighbours=count)
    assert np.array_equal(positions, slow_neighbours(queries, gallery, count))


def test_neighbours_across_block_borders_equal_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    queries, gallery = gaussian(11, 3), gaussian(40, 3)
    whole = nearest_neighbours(queries, gallery, neighbours=6)
    monkeypatch.setattr(similarity, "_QUERY_ROWS", 4)
    monkeypatch.setattr(similarity, "_GALLERY_ROWS", 7)
    blocks = nearest_neighbours(queries, gallery, neighbours=6)
    assert np.array_equal(whole[0], blocks[0])
    assert np.array_equal(whole[1], blocks[1])


def test_equal_cosines_are_ordered_by_position() -> None:
    gallery = np.array([[0, 1], [2, 0], [1, 0], [0, -1], [3, 0]], dtype=np.float32)
    cosines, positions = nearest_neighbours(gallery[1:2], gallery, neighbours=5)
    assert positions.tolist() == [[1, 2, 4, 0, 3]]
    assert cosines.tolist() == [[1.0, 1.0, 1.0, 0.0, 0.0]]


def test_ties_at_the_last_place_go_to_the_lowest_positions(monkeypatch) -> None:
    monkeypatch.setattr(similarity, "_GALLERY_ROWS", 3)
    gallery = np.tile(np.float32([[1, 2, 3]]), (20, 1))
    _, positions = nearest_neighbours(gallery[:2], gallery, neighbours=4)
    assert positions.tolist() == [[0, 1, 2, 3]] * 2


def test_negative_cosines_fall_too() -> None:
    angles = np.linspace(0, np.pi, 9)
    gallery = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    cosines, positions = nearest_neighbours(gallery[:1], gallery, neighbours=9)
    assert positions.tolist() == [list(range(9))]
    assert cosines[0] == pytest.approx(np.cos(angles), abs=1e-6)


def test_the_neighbours_of_no_queries_are_empty() -> None:
    cosines, positions = nearest_neighbours(gaussian(0, 3), gaussian(5, 3), neighbours=2)
    assert cosines.shape == positions.shape == (0, 2)
