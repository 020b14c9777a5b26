"""The one folder that image paths must not leave."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path


def paths_outside(root: Path, paths: Iterable[str]) -> Iterator[str]:
    """Yield the paths that leave ``root`` once ".." and symbolic links are followed."""
    base = root.resolve()
    folders: dict[str, tuple[bool, set[str]]] = {}
    for path in paths:
        text, _, name = path.rpartition("/")
        folder = text or ("/" if path.startswith("/") else ".")
        if folder not in folders:
            place = (base / folder).resolve()
            folders[folder] = (place.is_relative_to(base), _links_in(place))
        inside, links = folders[folder]
        if name == ".." or name in links:
            inside = (base / path).resolve().is_relative_to(base)
        if not inside:
            yield path


def _links_in(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    with os.scandir(folder) as entries:
        return {entry.name for entry in entries if entry.is_symlink()}
