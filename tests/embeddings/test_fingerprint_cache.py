import os
import time
from pathlib import Path

import pytest

from fieldmark.embeddings import fingerprint_cache
from fieldmark.embeddings.fingerprint_cache import FingerprintCache
from fieldmark.embeddings.fingerprints import Fingerprint

LATER = 10_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"some bytes")
    return path


@pytest.fixture
def cache(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> FingerprintCache:
    """A cache that hashed the file well after it was written."""
    now = time.time_ns()
    monkeypatch.setattr(fingerprint_cache.time, "time_ns", lambda: now + LATER)
    cache = FingerprintCache(tmp_path / "cache.json")
    cache.keep(path, Fingerprint.of(path))
    cache.save()
    return FingerprintCache(tmp_path / "cache.json")


def test_an_untouched_file_is_known_by_its_place(cache: FingerprintCache, path: Path) -> None:
    assert cache.find(path) == Fingerprint.of(path)


def test_another_file_is_not_known(cache: FingerprintCache, path: Path) -> None:
    copy = path.with_name("b.jpg")
    copy.write_bytes(path.read_bytes())
    assert cache.find(copy) is None
    assert cache.find(path.with_name("none.jpg")) is None


def test_a_file_of_the_same_size_and_date_but_other_bytes_is_read_again(
    cache: FingerprintCache, path: Path
) -> None:
    status = path.stat()
    time.sleep(0.02)
    path.write_bytes(b"SOME BYTES")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_mtime_ns == status.st_mtime_ns
    assert cache.find(path) is None


def test_a_file_that_took_the_place_of_another_is_read_again(
    cache: FingerprintCache, path: Path
) -> None:
    new = path.with_name("new")
    new.write_bytes(b"some_bytes")
    new.replace(path)
    assert cache.find(path) is None


def test_a_file_that_vanished_is_not_known(cache: FingerprintCache, path: Path) -> None:
    path.unlink()
    assert cache.find(path) is None


def test_a_file_hashed_just_after_it_was_written_is_read_again(tmp_path: Path, path: Path) -> None:
    cache = FingerprintCache(tmp_path / "cache.json")
    cache.keep(path, Fingerprint.of(path))
    assert cache.find(path) is None


def test_a_fingerprint_of_other_content_is_not_kept(tmp_path: Path, path: Path) -> None:
    before = Fingerprint.of(path)
    path.write_bytes(b"longer than before")
    cache = FingerprintCache(tmp_path / "cache.json")
    cache.keep(path, before)
    cache.save()
    assert not (tmp_path / "cache.json").exists()


@pytest.mark.parametrize("content", ["{", "[1]", '{"PATH": [1]}'])
def test_a_damaged_cache_knows_nothing(tmp_path: Path, path: Path, content: str) -> None:
    (tmp_path / "cache.json").write_text(content.replace("PATH", str(path)))
    assert FingerprintCache(tmp_path / "cache.json").find(path) is None
