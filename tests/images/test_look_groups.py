import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.images.duplicates import Twins, linked, near_by_hash
from fieldmark.images.look_groups import look_links
from fieldmark.images.perceptual import Look

QUIET = settings(deadline=None, max_examples=80, database=None)


def look(hash_: int, level: int) -> Look:
    return Look(hash_, np.full((16, 16, 3), level, dtype=np.uint8))


def by_slow_loop(looks: dict[str, Look], distance: int) -> tuple[Twins, ...]:
    given_looks = list(looks.values())
    pairs, bits = [], []
    for a, one in enumerate(given_looks):
        for b, other in enumerate(given_looks[:a]):
            differing = (one.hash ^ other.hash).bit_count()
            apart = np.abs(one.thumbnail.astype(int) - other.thumbnail).mean()
            if differing <= distance and apart <= 7:
                pairs.append((b, a))
                bits.append(differing)
    links = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return linked(list(looks), links, np.array(bits), by="hash", closer="less")


@QUIET
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 60), distance=st.integers(0, 6))
def test_groups_and_weakest_links_are_those_of_all_pairs(
    seed: int, count: int, distance: int
) -> None:
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 1 << 7, count).tolist()
    levels = (rng.integers(0, 12, count) * 4).tolist()
    looks = {
        str(place): look(*drawn) for place, drawn in enumerate(zip(hashes, levels, strict=True))
    }
    assert near_by_hash(looks, distance=distance) == by_slow_loop(looks, distance)


def test_a_closer_link_of_a_later_block_takes_the_place_of_a_wider_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fieldmark.images.hash_search._PAIRS", 1)
    looks = {name: look(hash_, 9) for name, hash_ in (("a", 0b000), ("b", 0b011), ("c", 0b001))}
    assert near_by_hash(looks, distance=2) == (Twins("hash", ("a", "b", "c"), 1.0),)
    assert near_by_hash(looks, distance=2) == by_slow_loop(looks, 2)


def test_hundreds_of_nearly_blank_pictures_leave_as_many_links() -> None:
    rng = np.random.default_rng(0)
    thumbnails = rng.integers(0, 3, (600, 16, 16, 3), dtype=np.uint8)
    looks = [
        Look(int(bit) << 63, own)
        for bit, own in zip(rng.integers(0, 2, 600), thumbnails, strict=True)
    ]
    links, bits = look_links(looks, distance=4)
    assert len(links) == 599
    assert np.bincount(bits).tolist() == [598, 1]


def test_without_looks_there_are_no_links() -> None:
    for looks in ([], [look(0, 3)]):
        links, bits = look_links(looks, distance=4)
        assert links.shape == (0, 2)
        assert len(bits) == 0
