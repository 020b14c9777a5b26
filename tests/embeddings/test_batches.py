from pathlib import Path

import numpy as np
import pytest

from fieldmark.embeddings.batches import full_batches
from fieldmark.images.dataset import Batch, Excluded


def batch(*positions: int, excluded: tuple[int, ...] = ()) -> Batch:
    pixels = np.array(positions, dtype=np.float32).reshape(-1, 1, 1, 1) * np.ones(
        (1, 3, 2, 2), np.float32
    )
    left_out = tuple(Excluded(number, Path(f"{number}.png"), "broken") for number in excluded)
    return Batch(np.array(positions, dtype=np.int64), pixels, left_out)


def shown(batches: list[Batch], size: int) -> list[tuple[list[int], list[int]]]:
    found = list(full_batches(batches, size))
    for each in found:
        assert np.array_equal(each.pixels[:, 0, 0, 0], each.positions)
    return [(b.positions.tolist(), [e.position for e in b.excluded]) for b in found]


def test_full_batches_pass_as_they_are() -> None:
    given = [batch(0, 1), batch(2, 3), batch(4)]
    assert shown(given, 2) == [([0, 1], []), ([2, 3], []), ([4], [])]


def test_gaps_are_closed_and_the_excluded_are_handed_on_once() -> None:
    given = [batch(0, excluded=(1,)), batch(excluded=(2, 3)), batch(4, 5), batch(6)]
    assert shown(given, 2) == [([0, 4], [1, 2, 3]), ([5, 6], [])]


def test_nothing_but_excluded_images_gives_one_empty_batch() -> None:
    assert shown([batch(excluded=(0, 1)), batch(excluded=(2,))], 2) == [([], [0, 1, 2])]


def test_no_batches_give_none() -> None:
    assert shown([], 3) == []


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_dropping_unreadable_images_leaves_the_same_batches(size: int) -> None:
    clean = [batch(*range(start, min(start + size, 10))) for start in range(0, 10, size)]
    gaps = [batch(excluded=(99,)), *clean[:1], batch(excluded=(98, 97)), *clean[1:]]
    assert [part[0] for part in shown(clean, size)] == [part[0] for part in shown(gaps, size)]
