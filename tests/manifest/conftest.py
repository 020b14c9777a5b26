from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from fieldmark.manifest.table import Manifest

FRUIT = {
    "id": ["a1", "a2", "b1", "b2", "c1", "c2"],
    "path": ["apple/1.jpg", "apple/2.jpg", "apple/3.jpg", "pear/1.jpg", "pear/2.jpg", "pear/3.jpg"],
    "label": ["apple", "apple", "apple", "pear", "pear", "pear"],
    "group": ["tree 1", "tree 1", "tree 2", "tree 3", "tree 4", "tree 4"],
}


@pytest.fixture
def orchard(tmp_path: Path) -> Manifest:
    """Six images of two classes on disk, all different."""
    for place, path in enumerate(FRUIT["path"]):
        file = tmp_path / "images" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(f"picture {place}".encode())
    return Manifest(pl.DataFrame(FRUIT), tmp_path / "images")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes, str], Path]:
    """Write a table file, and return where."""

    def write_table(content: str | bytes, name: str = "manifest.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_table
