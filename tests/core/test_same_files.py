from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.core import same_files as module
from fieldmark.core.digests import digest_of_file
from fieldmark.core.same_files import same_files


def written(folder: Path, contents: dict[str, bytes]) -> dict[str, Path]:
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


def of(paths: dict[str, Path]) -> list[list[str]]:
    return same_files(paths, {name: path.stat().st_size for name, path in paths.items()})


def test_groups_stand_in_the_order_of_their_first(tmp_path: Path) -> None:
    long = bytes(5000)
    paths = written(
        tmp_path, {"z": long, "y": b"two", "x": long, "w": b"two", "v": b"tri", "u": long[1:]}
    )
    assert of(paths) == [["z", "x"], ["y", "w"]]
    assert of({}) == []
    assert of({"z": paths["z"]}) == []


def test_empty_files_are_the_same(tmp_path: Path) -> None:
    assert of(written(tmp_path, {"a": b"", "b": b""})) == [["a", "b"]]


def test_files_that_begin_alike_and_end_otherwise_differ(tmp_path: Path) -> None:
    for length in (4096, 4097, 9000):
        same, other = bytes(length), bytes(length - 1) + b"x"
        paths = written(tmp_path, {"a": same, "b": other, "c": same})
        assert of(paths) == [["a", "c"]]


def test_only_files_that_begin_alike_are_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(path: Path) -> str:
        read.append(path.name)
        return digest_of_file(path)

    monkeypatch.setattr(module, "digest_of_file", noted)
    contents = {str(place): bytes([place]) + bytes(8000) for place in range(20)}
    paths = written(tmp_path, contents | {"copy": contents["7"], "short": b"1", "brief": b"1"})
    assert of(paths) == [["7", "copy"], ["short", "brief"]]
    assert sorted(read) == ["7", "copy"]


def test_more_files_than_one_thread_takes(tmp_path: Path) -> None:
    numbers = np.random.default_rng(0).integers(0, 400, 1000)
    paths = written(tmp_path, {f"f{at}": b"%5d" % of for at, of in enumerate(numbers)})
    groups = of(paths)
    assert sum(map(len, groups)) == sum(count for count in np.bincount(numbers) if count > 1)
    assert all(len({paths[id_].read_bytes() for id_ in ids}) == 1 for ids in groups)


@settings(deadline=None, max_examples=40, database=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1, 4095, 4096, 4097, 8192]), st.integers(0, 2)), max_size=12
    )
)
def test_groups_are_those_of_a_slow_loop(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("files")
    contents = {
        f"f{at}": (bytes(length) + bytes([last]))[-length:] if length else b""
        for at, (length, last) in enumerate(drawn)
    }
    expected: dict[bytes, list[str]] = {}
    for name, content in contents.items():
        expected.setdefault(content, []).append(name)
    assert of(written(folder, contents)) == [ids for ids in expected.values() if len(ids) > 1]


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    paths = written(tmp_path, {"a": b"x", "b": b"y"})
    paths["b"].unlink()
    with pytest.raises(FileNotFoundError):
        same_files(paths, {"a": 1, "b": 1})
