import os
from pathlib import Path

import pytest

from fieldmark.core.errors import ImageError
from fieldmark.core.progress import SilentProgress
from fieldmark.embeddings import fingerprints as module
from fieldmark.embeddings.fingerprint_cache import FingerprintCache
from fieldmark.embeddings.fingerprints import Fingerprint, fingerprints
from fieldmark.embeddings.image_contents import known_images

LONG_AGO = 1_600_000_000


def old_files(folder: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Files that were written well before the clock of the cache says they were hashed."""
    paths = {f"i{at}": folder / f"{at}.jpg" for at in range(count)}
    for at, path in enumerate(paths.values()):
        path.write_bytes(bytes([at]))
        os.utime(path, (LONG_AGO, LONG_AGO))
    later = max(path.stat().st_ctime_ns for path in paths.values()) + 10_000_000_000
    monkeypatch.setattr("fieldmark.embeddings.fingerprint_cache.time.time_ns", lambda: later)
    return paths


def test_what_was_hashed_before_an_interruption_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = old_files(tmp_path, 4, monkeypatch)
    paths["i3"].unlink()
    file = tmp_path / "fingerprints.json"
    with pytest.raises(ImageError, match="Expected a readable image file"):
        known_images(paths, policy="fail", listener=SilentProgress(), cache=FingerprintCache(file))
    kept = FingerprintCache(file)
    assert [kept.find(path) is not None for path in paths.values()] == [True, True, True, False]


def test_files_that_were_hashed_before_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = old_files(tmp_path, 3, monkeypatch)
    file = tmp_path / "fingerprints.json"

    def known() -> list[str]:
        cache = FingerprintCache(file)
        return [
            image.key
            for image in known_images(paths, policy="fail", listener=SilentProgress(), cache=cache)[
                0
            ].values()
        ]

    first = known()

    def refuse(path: Path) -> Fingerprint:
        raise AssertionError(path)

    monkeypatch.setattr(module.Fingerprint, "of", refuse)
    assert known() == first


def test_fingerprints_come_in_order_across_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BLOCK", 2)
    paths = list(old_files(tmp_path, 5, monkeypatch).values())
    found = list(fingerprints([*paths, tmp_path / "gone.jpg"]))
    assert found[:5] == [Fingerprint.of(path) for path in paths]
    assert isinstance(found[5], ImageError)
