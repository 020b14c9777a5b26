import fcntl
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import StoreError
from fieldmark.core.progress import SilentProgress
from fieldmark.embeddings.store import EmbeddingStore

KEY = {"contract": {"crop_size": 8}, "tap": {"tap": "pooled"}}

Numbers = Callable[..., list[str]]
Vectors = Callable[..., np.ndarray]


@pytest.fixture
def filled(tmp_path: Path, digests: Numbers, vectors: Vectors) -> EmbeddingStore:
    store = EmbeddingStore(tmp_path, KEY)
    with store.writing():
        store.append(digests(3, 1), vectors(3, 1))
        store.append(digests(2), vectors(2))
    return store


class Ear(SilentProgress):
    def __init__(self) -> None:
        self.heard = threading.Event()
        self.message = ""

    def say(self, message: str) -> None:
        self.message = message
        self.heard.set()


def test_a_new_store_is_empty_and_writes_nothing(tmp_path: Path, digests: Numbers) -> None:
    store = EmbeddingStore(tmp_path / "embeddings", KEY)
    assert len(store) == 0
    assert store.lookup(digests(1, 2)).tolist() == [False, False]
    assert list(tmp_path.iterdir()) == []


def test_what_was_appended_is_read_in_any_order_with_repeats(
    filled: EmbeddingStore, tmp_path: Path, digests: Numbers, vectors: Vectors
) -> None:
    for store in (filled, EmbeddingStore(tmp_path, KEY)):
        assert len(store) == 3
        assert store.lookup(digests(1, 9, 3)).tolist() == [True, False, True]
        assert np.array_equal(store.read(digests(2, 1, 3, 2)), vectors(2, 1, 3, 2))


def test_lookup_of_nothing_is_empty(filled: EmbeddingStore) -> None:
    found = filled.lookup([])
    assert found.shape == (0,)
    assert found.dtype == bool


def test_each_key_has_a_folder_of_its_own(filled: EmbeddingStore, tmp_path: Path) -> None:
    other = EmbeddingStore(tmp_path, KEY | {"tap": {"tap": "class_token"}})
    assert other.folder.parent == filled.folder.parent
    assert other.folder != filled.folder
    assert len(other) == 0


def test_the_key_does_not_depend_on_order_or_tuples(tmp_path: Path) -> None:
    one = EmbeddingStore(tmp_path, {"a": {"x": (1, 2), "y": 3}, "b": {}})
    two = EmbeddingStore(tmp_path, {"b": {}, "a": {"y": 3, "x": [1, 2]}})
    assert one.folder == two.folder


def test_reading_an_image_without_a_vector_is_refused(
    filled: EmbeddingStore, digests: Numbers
) -> None:
    with pytest.raises(StoreError, match=r"Expected images that have a vector; 2 of 3 have none"):
        filled.read(digests(1, 8, 9))
    with pytest.raises(StoreError, match="0 of 0 have none"):
        filled.read([])


def test_an_image_is_never_stored_twice(
    filled: EmbeddingStore, tmp_path: Path, digests: Numbers, vectors: Vectors
) -> None:
    with filled.writing():
        filled.append(digests(1, 4, 4, 2), vectors(7, 4, 8, 9))
        filled.append(digests(1, 2), vectors(7, 7))
    again = EmbeddingStore(tmp_path, KEY)
    assert np.array_equal(again.read(digests(1, 2, 3, 4)), vectors(1, 2, 3, 4))
    assert sum(len(shard) for shard in again._shards) == 4


def test_appending_needs_the_store_to_be_held(
    filled: EmbeddingStore, digests: Numbers, vectors: Vectors
) -> None:
    with pytest.raises(StoreError, match=r"appended inside `with store.writing\(\):` only"):
        filled.append(digests(5), vectors(5))


def test_vectors_of_another_width_or_dtype_are_refused(
    filled: EmbeddingStore, digests: Numbers, vectors: Vectors
) -> None:
    for wrong in (vectors(5)[:, :2], vectors(5).astype(np.float64), vectors(5, 6)):
        with (
            filled.writing(),
            pytest.raises(StoreError, match=r"Expected float32 vectors of shape \(1, 3\); got"),
        ):
            filled.append(digests(5), wrong)


def test_vectors_that_are_not_finite_are_refused(
    filled: EmbeddingStore, digests: Numbers, vectors: Vectors
) -> None:
    with filled.writing(), pytest.raises(StoreError, match="1 vector of 2 have NaN or infinite"):
        filled.append(digests(5, 6), vectors(5, np.inf))


def test_half_written_shards_are_ignored_and_then_removed(
    filled: EmbeddingStore, tmp_path: Path, digests: Numbers
) -> None:
    shard = next(filled.folder.glob("shard-*"))
    left = filled.folder / f".partial-{shard.name}-x1"
    shutil.copytree(shard, left)
    (left / "vectors.npy").write_bytes((left / "vectors.npy").read_bytes()[:-3])
    again = EmbeddingStore(tmp_path, KEY)
    assert len(again) == 3
    with again.writing():
        assert not left.exists()
    assert again.lookup(digests(1, 2, 3)).all()


def test_a_damaged_shard_is_refused_when_it_is_read_and_not_before(
    filled: EmbeddingStore, tmp_path: Path, digests: Numbers, vectors: Vectors
) -> None:
    path = filled._shards[1].path
    content = bytearray((path / "vectors.npy").read_bytes())
    content[-1] ^= 1
    (path / "vectors.npy").write_bytes(bytes(content))
    again = EmbeddingStore(tmp_path, KEY)
    assert np.array_equal(again.read(digests(3)), vectors(3))
    with pytest.raises(StoreError, match=rf"{path.name} is damaged: its content does not match"):
        again.read(digests(2))


def test_after_the_damaged_folder_is_gone_its_images_are_missing_only(
    filled: EmbeddingStore, tmp_path: Path, digests: Numbers
) -> None:
    shutil.rmtree(filled._shards[1].path)
    assert EmbeddingStore(tmp_path, KEY).lookup(digests(1, 2, 3)).tolist() == [True, False, True]


def test_a_folder_of_another_key_is_refused(filled: EmbeddingStore, tmp_path: Path) -> None:
    (filled.folder / "key.json").write_text('{"contract": {}}')
    with pytest.raises(StoreError, match=r"holds embeddings of another key\. Move it away"):
        EmbeddingStore(tmp_path, KEY)


def test_shards_of_two_widths_are_refused(
    filled: EmbeddingStore, tmp_path: Path, digests: Numbers, vectors: Vectors
) -> None:
    other = EmbeddingStore(tmp_path, {"another": {}})
    with other.writing():
        other.append(digests(7), vectors(7)[:, :2])
    shard = other._shards[0].path
    shutil.copytree(shard, filled.folder / shard.name)
    with pytest.raises(StoreError, match=r"have \d and \d values per image; one key has one width"):
        EmbeddingStore(tmp_path, KEY)


def test_a_second_writer_waits_says_so_and_finds_what_the_first_wrote(
    filled: EmbeddingStore, tmp_path: Path, digests: Numbers, vectors: Vectors
) -> None:
    second, ear, found = EmbeddingStore(tmp_path, KEY), Ear(), []

    def write() -> None:
        with second.writing(ear):
            found.append(second.lookup(digests(5)).tolist())

    with filled.writing():
        thread = threading.Thread(target=write)
        thread.start()
        assert ear.heard.wait(timeout=30)
        filled.append(digests(5), vectors(5))
    thread.join(timeout=30)
    assert "Another process is writing embeddings" in ear.message
    assert found == [[True]]


def test_the_lock_ends_with_the_block_even_after_an_error(filled: EmbeddingStore) -> None:
    with pytest.raises(ZeroDivisionError), filled.writing():
        raise ZeroDivisionError
    with (filled.folder / "writing.lock").open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with pytest.raises(StoreError, match="only"):
        filled.append([], np.empty((0, 3), dtype=np.float32))
