import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fieldmark.core import storage
from fieldmark.core.errors import StoreError
from fieldmark.core.storage import (
    atomic_directory,
    atomic_file,
    read_array,
    read_json,
    refuse_foreign,
    remove_partial,
    says_format,
    write_json,
    write_text,
)


def test_a_finished_directory_takes_its_place(tmp_path: Path) -> None:
    with atomic_directory(tmp_path / "deep" / "run") as folder:
        (folder / "a.txt").write_text("x")
        assert not (tmp_path / "deep" / "run").exists()
    assert (tmp_path / "deep" / "run" / "a.txt").read_text() == "x"
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["run"]


def test_an_existing_directory_is_replaced_whole(tmp_path: Path) -> None:
    for name in ("old", "new"):
        with atomic_directory(tmp_path / "run") as folder:
            (folder / name).write_text(name)
    assert [entry.name for entry in (tmp_path / "run").iterdir()] == ["new"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


def test_an_error_leaves_the_old_directory_and_nothing_else(tmp_path: Path) -> None:
    with atomic_directory(tmp_path / "run") as folder:
        (folder / "old").touch()
    with pytest.raises(KeyboardInterrupt), atomic_directory(tmp_path / "run") as folder:
        (folder / "half").touch()
        raise KeyboardInterrupt
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]
    assert [entry.name for entry in (tmp_path / "run").iterdir()] == ["old"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(RuntimeError), atomic_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_killed_writer_leaves_only_a_partial_that_can_be_removed(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, pathlib\n"
        "from fieldmark.core.storage import atomic_directory\n"
        "with atomic_directory(pathlib.Path(sys.argv[1])) as folder:\n"
        "    (folder / 'half').touch()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "run")], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "run").exists()
    assert remove_partial(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_remove_partial_keeps_everything_else(tmp_path: Path) -> None:
    (tmp_path / ".partial-a.txt").touch()
    (tmp_path / "kept").touch()
    assert remove_partial(tmp_path) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]
    assert remove_partial(tmp_path / "absent") == 0


def test_files_are_readable_by_others(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "x")
    with atomic_directory(tmp_path / "run"):
        pass
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o755


def test_json_comes_back_as_it_went(tmp_path: Path) -> None:
    content = {"name": "Chantérelle", "values": [1, 0.5, None]}
    write_json(tmp_path / "a.json", content)
    assert read_json(tmp_path / "a.json") == content
    assert "Chantérelle" in (tmp_path / "a.json").read_text(encoding="utf-8")


def test_json_refuses_what_is_not_finite(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"value": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_reading_json_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is none"):
        read_json(tmp_path / "absent.json")
    (tmp_path / "cut.json").write_text(json.dumps({"a": 1})[:-1])
    with pytest.raises(StoreError, match="damaged or not JSON"):
        read_json(tmp_path / "cut.json")


def test_arrays_are_mapped_and_read_only(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    array = read_array(tmp_path / "a.npy")
    assert isinstance(array, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_reading_arrays_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is none"):
        read_array(tmp_path / "absent.npy")
    np.save(tmp_path / "a.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(StoreError, match="not a plain NumPy array"):
        read_array(tmp_path / "a.npy")
    (tmp_path / "cut.npy").write_bytes(b"\x93NUM")
    with pytest.raises(StoreError, match="not a plain NumPy array"):
        read_array(tmp_path / "cut.npy")


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_text(tmp_path / "a.txt", "x")
    assert list(tmp_path.iterdir()) == []


def test_every_file_of_a_directory_is_forced_to_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(storage, "_flush", lambda path: flushed.append(path.name))
    with atomic_directory(tmp_path / "run") as folder:
        (folder / "deep").mkdir()
        for name in ("a", "b", "deep/c"):
            (folder / name).write_text(name)
    assert sorted(flushed[:-1]) == ["a", "b", "c"]
    assert flushed[-1] == tmp_path.name


def test_a_disk_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        if path.name == "b":
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(storage, "_flush", refuse)
    with (
        pytest.raises(OSError, match="Input/output error"),
        atomic_directory(tmp_path / "run") as folder,
    ):
        (folder / "a").write_text("a")
        (folder / "b").write_text("b")
    assert list(tmp_path.iterdir()) == []


def test_a_record_says_its_format(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    assert not says_format(record, "trees 1")
    for text, expected in (("{", False), ("[]", False), ('{"format": "trees 1"}', True)):
        record.write_text(text, encoding="utf-8")
        assert says_format(record, "trees 1") is expected
    assert not says_format(record, "trees 2")


def test_only_what_is_ones_own_is_replaced(tmp_path: Path) -> None:
    refuse_foreign(tmp_path / "absent", is_own=False, what="trees")
    refuse_foreign(tmp_path, is_own=False, what="trees")
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    refuse_foreign(tmp_path, is_own=True, what="trees")
    for place in (tmp_path, tmp_path / "note.txt"):
        with pytest.raises(StoreError, match=r"or stored trees at .* there is something else"):
            refuse_foreign(place, is_own=False, what="trees")
