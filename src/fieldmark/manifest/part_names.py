"""How the parts of a split are called."""

from typing import Final

# The column that says which table a row came from, where each part has a table of its own.
PART: Final = "part"
_ALIASES: Final = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
}


def usual_part_name(written: str) -> str:
    """Return the name of a part as fieldmark writes it.

    Example:
        >>> usual_part_name("Val"), usual_part_name("training"), usual_part_name("dna-test")
        ('validation', 'train', 'dna-test')
    """
    return _ALIASES.get(written.lower(), written)
