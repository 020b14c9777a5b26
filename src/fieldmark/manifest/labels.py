"""The ordered set of classes that scores are given over."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of, first_few, nearest
from fieldmark.core.digests import digest_of_strings
from fieldmark.core.errors import ManifestError


@dataclass(frozen=True, slots=True)
class LabelSpace:
    """The classes of a question, in the order of the score columns.

    Attributes:
        classes: unique names that are not blank; at least one.

    Raises:
        ManifestError: there is no class, or a name is blank, repeated or not a string.

    Example:
        >>> space = LabelSpace(("Amanita muscaria", "Amanita pantherina"))
        >>> len(space)
        2
        >>> space.positions(["Amanita pantherina", "Amanita muscaria"]).tolist()
        [1, 0]
    """

    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", tuple(self.classes))
        if not self.classes:
            raise ManifestError("A label space needs at least one class; got none.")
        names: tuple[object, ...] = self.classes
        foreign = [name for name in names if not isinstance(name, str) or not name.strip()]
        if foreign:
            raise ManifestError(
                "Class names must be strings that are not blank; got "
                f"{foreign[0]!r} ({len(foreign)} of {len(self.classes)} names). Write them as text."
            )
        if len(set(self.classes)) < len(self.classes):
            repeated = _repeated(self.classes)
            raise ManifestError(
                f"Class names must be unique; repeated: {first_few(repeated)}. "
                "Give each class a name of its own."
            )

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def digest(self) -> str:
        """The digest of the classes in their order."""
        return digest_of_strings(self.classes)

    @property
    def set_digest(self) -> str:
        """The digest of the classes whatever their order."""
        return digest_of_strings(sorted(self.classes))

    def positions(self, labels: Iterable[str]) -> npt.NDArray[np.int64]:
        """Return where each label stands among the classes.

        Args:
            labels: class names, in any number; a list, a tuple or a polars series.

        Returns:
            int64 array (n_labels,), values from 0 to n_classes - 1; empty for no labels.

        Raises:
            ManifestError: a label is not a class; names the first ones, how many, and the nearest.
        """
        index = {name: position for position, name in enumerate(self.classes)}
        asked = list(labels)
        found = [index.get(label, -1) for label in asked]
        if -1 in found:
            unknown = [label for label in asked if label not in index]
            raise ManifestError(self._refusal(unknown, len(asked)))
        return np.asarray(found, dtype=np.int64)

    def _refusal(self, unknown: list[str], asked: int) -> str:
        names = sorted({str(label) for label in unknown})
        guess = nearest(names[0], self.classes)
        hint = f" (nearest class: '{guess}')" if guess else ""
        return (
            f"Expected labels among {count_of(len(self), 'class', 'classes')}; {len(unknown):,} of "
            f"{asked:,} are not: {first_few(names)}{hint}. Correct the labels, or use the label "
            "space that holds them."
        )


def _repeated(names: tuple[str, ...]) -> list[str]:
    seen: set[str] = set()
    again: dict[str, None] = {}
    for name in names:
        if name in seen:
            again[name] = None
        seen.add(name)
    return list(again)
