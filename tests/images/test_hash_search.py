import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.core.errors import ImageError
from fieldmark.images.hash_search import near_hash_blocks, near_hashes

QUIET = settings(deadline=None, max_examples=60, database=None)


def by_slow_loop(values: list[int], distance: int) -> list[tuple[int, int, int]]:
    return [
        (a, b, (values[a] ^ values[b]).bit_count())
        for a in range(len(values))
        for b in range(a + 1, len(values))
        if (values[a] ^ values[b]).bit_count() <= distance
    ]


def found(hashes: np.ndarray, distance: int) -> list[tuple[int, int, int]]:
    pairs, bits = near_hashes(hashes, distance=distance)
    return [(*pair, bit) for pair, bit in zip(pairs.tolist(), bits.tolist(), strict=True)]


@pytest.mark.parametrize("count", [0, 1, 2, 300])
@pytest.mark.parametrize("distance", [0, 3, 8, 9, 64])
def test_near_hashes_are_those_of_a_slow_loop(count: int, distance: int) -> None:
    rng = np.random.default_rng(count)
    hashes = rng.integers(0, 256, count, dtype=np.uint64) << np.uint64(56)
    assert found(hashes, distance) == by_slow_loop(hashes.tolist(), distance)


@QUIET
@given(
    seed=st.integers(0, 2**32 - 1),
    centres=st.integers(1, 6),
    count=st.integers(0, 150),
    flips=st.integers(0, 14),
    distance=st.integers(0, 12),
)
def test_every_near_pair_of_clustered_hashes_is_found_once(
    seed: int, centres: int, count: int, flips: int, distance: int
) -> None:
    rng = np.random.default_rng(seed)
    places = np.append(rng.integers(0, 2**64, centres, dtype=np.uint64), np.uint64(2**64 - 1))
    hashes = rng.choice(places, count)
    for _ in range(flips):
        moved = rng.random(count) < 0.5
        hashes ^= np.where(moved, np.uint64(1) << rng.integers(0, 64, count, dtype=np.uint64), 0)
    assert found(hashes, distance) == by_slow_loop(hashes.tolist(), distance)


@pytest.mark.parametrize("distance", [1, 4, 8])
def test_bits_that_differ_may_lie_anywhere(distance: int) -> None:
    rng = np.random.default_rng(distance)
    first = rng.integers(0, 2**64, 3000, dtype=np.uint64)
    second = first.copy()
    for row in range(len(second)):
        for bit in rng.choice(64, distance, replace=False).tolist():
            second[row] ^= np.uint64(1) << np.uint64(bit)
    pairs, bits = near_hashes(np.concatenate([first, second]), distance=distance)
    assert pairs.tolist() == [[row, row + 3000] for row in range(3000)]
    assert set(bits.tolist()) == {distance}


def test_pairs_across_blocks_are_found() -> None:
    hashes = np.random.default_rng(0).integers(0, 2**63, 9000, dtype=np.uint64)
    hashes[8999] = hashes[5] ^ np.uint64(1)
    for distance in (4, 9):
        assert near_hashes(hashes, distance=distance)[0].tolist() == [[5, 8999]]


def test_very_many_near_hashes_come_in_blocks_that_do_not_grow() -> None:
    blank = np.repeat(np.arange(2, dtype=np.uint64) << np.uint64(63), 300)
    blocks = list(near_hash_blocks(blank, distance=1))
    assert max(len(pairs) for pairs, _ in blocks) <= 1 << 16
    pairs = np.concatenate([pairs for pairs, _ in blocks])
    assert len(np.unique(pairs @ [600, 1])) == len(pairs) == 600 * 599 // 2
    assert (pairs[:, 0] < pairs[:, 1]).all()


def test_hashes_are_not_changed() -> None:
    hashes = np.array([3, 1, 2], dtype=np.uint64)
    near_hashes(hashes, distance=1)
    assert hashes.tolist() == [3, 1, 2]


def test_a_distance_is_a_number_of_bits() -> None:
    for distance in (-1, 65):
        with pytest.raises(ImageError, match="Expected a distance of 0 to 64 bits between hashes"):
            near_hashes(np.zeros(2, dtype=np.uint64), distance=distance)
