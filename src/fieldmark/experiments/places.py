"""Where the files that a study names lie on a machine that the study was carried to.

A cell's inputs have the same digest wherever it runs, so a study that was carried elsewhere stays
word for word what it was; that its files lie in other places there is said beside it.
"""

import os
from pathlib import Path

from fieldmark.core.errors import StudyError
from fieldmark.core.storage import read_json

PLACES = "places.json"
IMAGES_VARIABLE = "FIELDMARK_IMAGES"


def places_of(folder: Path, *, images: str) -> dict[str, Path]:
    """Return the place of everything that lies elsewhere than the study says, by what it says.

    Args:
        folder: the folder of the study; ``places.json`` in it maps what the study says to paths
            that start from that folder.
        images: what the study calls the folder of images; the variable ``FIELDMARK_IMAGES`` of the
            process says where that is, and wins over the file.

    Raises:
        StudyError: the file is not such a mapping, or the variable names no folder.
        StoreError: the file is damaged.

    Example:
        >>> places_of(Path("no-such-folder"), images="photos")
        {}
    """
    found: dict[str, Path] = {}
    file = folder / PLACES
    if file.is_file():
        stated = read_json(file)
        if not isinstance(stated, dict) or not all(isinstance(to, str) for to in stated.values()):
            raise StudyError(f"{file} should map each path of the study to where it lies here.")
        found = {written: folder / place for written, place in stated.items()}
    root = os.environ.get(IMAGES_VARIABLE)
    if root:
        if not Path(root).is_dir():
            raise StudyError(
                f"The variable {IMAGES_VARIABLE} names the folder of images, {root}; there is none."
            )
        found[images] = Path(root).resolve()
    return found
