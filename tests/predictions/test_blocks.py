from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.digests import digest_of_array
from fieldmark.predictions import blocks
from fieldmark.predictions.blocks import (
    collect,
    digest_of_scores,
    raw_blocks,
    release_pages,
    rows_per_block,
    score_blocks,
)

SCORES = np.arange(35, dtype=np.float32).reshape(7, 5)


@pytest.fixture
def mapped(tmp_path: Path) -> np.memmap:
    np.save(tmp_path / "scores.npy", SCORES)
    return np.load(tmp_path / "scores.npy", mmap_mode="r")


def test_a_block_has_at_least_one_row() -> None:
    assert rows_per_block(10**9, 8) == 1
    assert rows_per_block(0, 4) >= 1


@pytest.mark.parametrize("block_bytes", [1, 40, 60, 10**6])
def test_blocks_cover_every_row_once_and_in_order(block_bytes: int) -> None:
    pieces = list(raw_blocks(SCORES, block_bytes=block_bytes))
    assert np.array_equal(np.concatenate([rows for _, rows in pieces]), SCORES)
    lengths = [len(rows) for _, rows in pieces]
    assert [start for start, _ in pieces] == [sum(lengths[:k]) for k in range(len(lengths))]


def test_half_precision_is_widened_exactly() -> None:
    halves = SCORES.astype(np.float16)
    ((_, block),) = score_blocks(halves)
    assert block.dtype == np.float32
    assert np.array_equal(block, halves)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_other_precisions_stay(kind: type[np.floating]) -> None:
    ((_, block),) = score_blocks(SCORES.astype(kind))
    assert block.dtype == kind


def test_released_pages_keep_their_values(mapped: np.memmap) -> None:
    before = np.array(mapped)
    release_pages(mapped[2:])
    assert np.array_equal(mapped, before)


def test_pages_that_hold_changes_are_not_released(tmp_path: Path) -> None:
    np.save(tmp_path / "scores.npy", SCORES)
    private = np.load(tmp_path / "scores.npy", mmap_mode="c")
    private[0, 0] = 99
    release_pages(private)
    assert private[0, 0] == 99


def test_a_mapped_array_walks_like_one_in_memory(
    mapped: np.memmap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_RELEASE_BYTES", 1)
    rows = [block.copy() for _, block in raw_blocks(mapped, block_bytes=40)]
    assert np.array_equal(np.concatenate(rows), SCORES)


@pytest.mark.parametrize("limit", [0, 10**9])
def test_collected_blocks_are_whole_and_read_only(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "IN_MEMORY_BYTES", limit)
    whole = collect(iter([SCORES[:3], SCORES[3:]]), shape=(7, 5), dtype=np.dtype(np.float64))
    assert whole.dtype == np.float64
    assert np.array_equal(whole, SCORES)
    assert isinstance(whole, np.memmap) == (limit == 0)
    with pytest.raises(ValueError, match="read-only"):
        whole[0, 0] = 1


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_the_digest_is_that_of_the_array(kind: type[np.floating]) -> None:
    scores = SCORES.astype(kind)
    assert digest_of_scores(scores) == digest_of_array(scores)
    assert digest_of_scores(scores[::-1]) != digest_of_scores(scores)


def test_the_digest_does_not_depend_on_where_the_scores_lie(mapped: np.memmap) -> None:
    assert digest_of_scores(mapped) == digest_of_scores(SCORES)
    assert digest_of_scores(np.asfortranarray(SCORES)) == digest_of_scores(SCORES)


@pytest.mark.parametrize("order", ["C", "F"])
def test_every_half_precision_number_is_widened_exactly(order: str) -> None:
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16).reshape(256, 256, order=order)
    wide = np.concatenate([rows for _, rows in score_blocks(halves, block_bytes=4096)])
    assert wide.dtype == np.float32
    assert np.array_equal(wide.view(np.uint32), halves.astype(np.float32).view(np.uint32))
