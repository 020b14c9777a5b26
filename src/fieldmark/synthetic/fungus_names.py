"""Invented names that sound like those of fungi."""

from collections.abc import Sequence

import numpy as np

_ONSETS = ("b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "tr", "cr", "ph", "gl")
_VOWELS = ("a", "e", "i", "o", "u", "y", "a", "o")
_CODAS = ("", "", "", "l", "n", "r", "m", "s", "x", "nd", "st")
_GENUS_ENDINGS = ("a", "us", "um")
_EPITHET_ENDINGS = {
    "a": ("ata", "osa", "ella", "ica", "ina"),
    "us": ("atus", "osus", "ellus", "icus", "inus"),
    "um": ("atum", "osum", "ellum", "icum", "inum"),
}
_HIGHER_ENDINGS = {"phylum": "mycota", "class": "omycetes", "order": "ales", "family": "aceae"}


class NameMaker:
    """Makes names from a generator, and never the same one twice.

    Example:
        >>> names = NameMaker(np.random.default_rng(0))
        >>> genus = names.genus()
        >>> names.species(genus).startswith(genus + " ")
        True
        >>> names.higher("family").endswith("aceae")
        True
    """

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self._used: set[str] = set()

    def genus(self) -> str:
        """Return a new genus name."""
        while True:
            ending = self._one_of(_GENUS_ENDINGS)
            name = (self._stem(syllables=2) + ending).capitalize()
            if self._is_new(name):
                return name

    def species(self, genus: str) -> str:
        """Return a new species name in a genus; the epithet's ending agrees with the genus."""
        ending = next(ending for ending in ("um", "us", "a") if genus.endswith(ending))
        while True:
            name = f"{genus} {self._stem(syllables=2)}{self._one_of(_EPITHET_ENDINGS[ending])}"
            if self._is_new(name):
                return name

    def higher(self, rank: str) -> str:
        """Return a new name at the rank of phylum, class, order or family."""
        while True:
            name = self._stem(syllables=2).capitalize() + _HIGHER_ENDINGS[rank]
            if self._is_new(name):
                return name

    def _stem(self, *, syllables: int) -> str:
        parts = [
            self._one_of(_ONSETS) + self._one_of(_VOWELS) + self._one_of(_CODAS)
            for _ in range(syllables)
        ]
        stem = "".join(parts)
        return stem if stem[-1] not in "aeiouy" else stem + self._one_of(("l", "n", "r", "d"))

    def _one_of(self, choices: Sequence[str]) -> str:
        return choices[int(self._generator.integers(len(choices)))]

    def _is_new(self, name: str) -> bool:
        if name in self._used:
            return False
        self._used.add(name)
        return True
