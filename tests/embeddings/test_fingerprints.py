import hashlib
import os
from pathlib import Path

import pytest

from fieldmark.core.errors import ImageError
from fieldmark.embeddings.fingerprints import Fingerprint, fingerprints


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"some bytes")
    return path


def test_the_digest_is_the_sha_256_of_the_bytes(path: Path) -> None:
    assert Fingerprint.of(path).digest == hashlib.sha256(b"some bytes").hexdigest()


def test_copies_share_the_digest(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "b.jpg"
    copy.write_bytes(path.read_bytes())
    os.utime(copy, (0, 0))
    assert Fingerprint.of(copy).digest == Fingerprint.of(path).digest
    assert Fingerprint.of(copy) != Fingerprint.of(path)


def test_an_untouched_file_is_unchanged(path: Path) -> None:
    Fingerprint.of(path).check_unchanged(path)


def test_a_file_that_was_written_to_is_refused(path: Path) -> None:
    before = Fingerprint.of(path)
    path.write_bytes(b"other bytes, longer")
    with pytest.raises(ImageError, match=r"a\.jpg changed while it was read"):
        before.check_unchanged(path)


def test_a_file_of_the_same_size_and_another_time_is_refused(path: Path) -> None:
    before = Fingerprint.of(path)
    os.utime(path, ns=(before.modified, before.modified + 1))
    with pytest.raises(ImageError, match=r"a\.jpg changed while it was read"):
        before.check_unchanged(path)


def test_a_file_that_vanished_is_refused(path: Path) -> None:
    before = Fingerprint.of(path)
    path.unlink()
    with pytest.raises(ImageError, match=r"a\.jpg vanished while it was read"):
        before.check_unchanged(path)


def test_files_keep_their_order_and_unreadable_ones_say_why(path: Path, tmp_path: Path) -> None:
    found = list(fingerprints([tmp_path / "none.jpg", path, tmp_path]))
    assert found[1] == Fingerprint.of(path)
    assert "readable image file at" in str(found[0])
    assert "No such file" in str(found[0])
    assert "Is a directory" in str(found[2])


def test_no_files_give_nothing() -> None:
    assert list(fingerprints([])) == []
