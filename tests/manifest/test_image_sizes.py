import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldmark.core.progress import SilentProgress, SilentStep
from fieldmark.manifest import image_sizes
from fieldmark.manifest.image_sizes import file_sizes


class Listener(SilentProgress):
    """Remembers the steps and how far each came."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, list[int]]] = []

    @contextlib.contextmanager
    def step(self, description: str, total: int) -> Iterator[SilentStep]:
        steps: list[int] = []
        self.told.append((description, total, steps))

        class Step(SilentStep):
            def advance(self, count: int = 1) -> None:
                steps.append(count)

        yield Step()


def test_sizes_are_those_of_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.jpg").write_bytes(b"123")
    (tmp_path / "2.jpg").write_bytes(b"")
    paths = ["a/1.jpg", "2.jpg", "a", "a/none.jpg", "none/1.jpg", "a/1.jpg", "bad\0name"]
    assert file_sizes(tmp_path, paths) == [3, 0, None, None, None, 3, None]


def test_many_blocks_keep_their_order_and_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Listener()
    monkeypatch.setattr(image_sizes, "_BLOCK", 3)
    for number in range(10):
        (tmp_path / f"{number}.jpg").write_bytes(b"x" * number)
    paths = [f"{number}.jpg" for number in range(10)]
    assert file_sizes(tmp_path, paths, progress=recorder) == list(range(10))
    assert recorder.told == [("look for image files", 10, [3, 3, 3, 1])]


def test_no_path_is_no_size(tmp_path: Path) -> None:
    assert file_sizes(tmp_path, []) == []
