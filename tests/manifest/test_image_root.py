import os
from pathlib import Path

import pytest

from fieldmark.manifest.image_root import paths_outside


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "images" / "apple").mkdir(parents=True)
    (tmp_path / "images" / "apple" / "1.jpg").touch()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "2.jpg").touch()
    return tmp_path / "images"


@pytest.mark.parametrize("path", ["apple/1.jpg", "absent/1.jpg", "./apple/../apple/1.jpg", "1.jpg"])
def test_paths_inside_pass(root: Path, path: str) -> None:
    assert list(paths_outside(root, [path, str(root / path)])) == []


@pytest.mark.parametrize("path", ["..", "../images2/1.jpg", "apple/../../x", "/1.jpg", "/"])
def test_paths_outside_are_told(root: Path, path: str) -> None:
    assert list(paths_outside(root, ["apple/1.jpg", path])) == [path]


def test_links_are_followed(root: Path) -> None:
    (root / "file.jpg").symlink_to("../secret/2.jpg")
    (root / "folder").symlink_to("../secret")
    (root / "inner.jpg").symlink_to("apple/1.jpg")
    asked = ["file.jpg", "folder/2.jpg", "inner.jpg", "apple/1.jpg"]
    assert list(paths_outside(root, asked)) == ["file.jpg", "folder/2.jpg"]


def test_the_root_itself_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert list(paths_outside(tmp_path / "link", ["apple/1.jpg"])) == []


def test_a_relative_root_is_read_from_the_working_folder(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    assert list(paths_outside(Path("images"), ["apple/1.jpg", f"..{os.sep}secret"])) == [
        "../secret"
    ]
