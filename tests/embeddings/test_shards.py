from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import StoreError
from fieldmark.embeddings.shards import Shard, open_shard, write_shard

KEYS = [bytes([number]) * 32 for number in range(3)]
VECTORS = np.arange(6, dtype=np.float32).reshape(3, 2)


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    return write_shard(tmp_path, KEYS, VECTORS)


def test_a_shard_gives_back_what_was_written(shard: Shard) -> None:
    again = open_shard(shard.path)
    assert again.keys() == KEYS
    assert np.array_equal(again.vectors, VECTORS)
    assert (len(again), again.width) == (3, 2)
    again.check_content()


def test_the_vectors_are_memory_mapped_and_read_only(shard: Shard) -> None:
    assert isinstance(shard.vectors, np.memmap)
    assert not shard.vectors.flags.writeable


def test_the_name_is_the_content(tmp_path: Path, shard: Shard) -> None:
    same = write_shard(tmp_path / "elsewhere", KEYS, VECTORS)
    other = write_shard(tmp_path, KEYS, VECTORS + 1)
    assert same.path.name == shard.path.name != other.path.name


@pytest.mark.parametrize("name", ["images.npy", "vectors.npy"])
def test_a_changed_byte_is_found(shard: Shard, name: str) -> None:
    path = shard.path / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    message = r"shard-\w+ is damaged: its content does not match its name. Delete that folder"
    with pytest.raises(StoreError, match=message):
        open_shard(shard.path).check_content()


@pytest.mark.parametrize("name", ["images.npy", "vectors.npy"])
def test_a_file_that_was_cut_short_is_found(shard: Shard, name: str) -> None:
    path = shard.path / name
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(StoreError, match=rf"is damaged: .*{name} is not a plain NumPy array"):
        open_shard(shard.path)


def test_a_missing_file_is_found(shard: Shard) -> None:
    (shard.path / "vectors.npy").unlink()
    with pytest.raises(StoreError, match=r"is damaged: Expected an array at .*; there is none\. D"):
        open_shard(shard.path)


@pytest.mark.parametrize(
    "vectors", [VECTORS[:2], VECTORS.astype(np.float64), VECTORS.reshape(3, 2, 1)]
)
def test_files_that_do_not_fit_together_are_found(shard: Shard, vectors: np.ndarray) -> None:
    np.save(shard.path / "vectors.npy", vectors)
    with pytest.raises(StoreError, match="is damaged: its two files do not fit together"):
        open_shard(shard.path)
