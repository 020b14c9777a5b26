"""A set of ids, cut into parts that serve different ends."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fieldmark.core.checks import unknown_choice
from fieldmark.core.digests import digest_of_strings
from fieldmark.core.errors import SplitError


@dataclass(frozen=True, eq=False, slots=True)
class Split:
    """A set of ids, cut into named parts that share no id.

    Attributes:
        parts: part name -> sorted ids; no part is empty.
        name: how the split was made; not part of the content.

    Raises:
        SplitError: there is no part, a part has no name or no id, or an id stands in it twice or in
            two parts.

    Example:
        >>> split = Split({"train": ("a", "b"), "test": ("c",)}, name="by hand")
        >>> split.part_of("c"), split.ids("train")
        ('test', ('a', 'b'))
    """

    parts: Mapping[str, tuple[str, ...]]
    name: str

    def __post_init__(self) -> None:
        parts = {part: tuple(sorted(ids)) for part, ids in self.parts.items()}
        object.__setattr__(self, "parts", MappingProxyType(parts))
        if not parts:
            raise SplitError("A split needs at least one part; got none.")
        empty = [part for part, ids in parts.items() if not part or not ids]
        if empty:
            raise SplitError(
                f"Every part of a split needs a name and at least one image; part '{empty[0]}' "
                "has none. Leave it out, or give it images."
            )
        everything = [id_ for ids in parts.values() for id_ in ids]
        if len(set(everything)) < len(everything):
            self._refuse_overlap()

    def __eq__(self, other: object) -> bool:
        return dict(self.parts) == dict(other.parts) if isinstance(other, Split) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def digest(self) -> str:
        """The digest of part names and ids; the order of the parts does not count."""
        parts = sorted(self.parts)
        sizes = [str(len(self.parts[part])) for part in parts]
        ids = [id_ for part in parts for id_ in self.parts[part]]
        return digest_of_strings([*parts, *sizes, *ids])

    def ids(self, part: str) -> tuple[str, ...]:
        """Return the ids of a part, sorted.

        Raises:
            SplitError: the part is unknown.
        """
        if part not in self.parts:
            raise SplitError(unknown_choice("part", part, self.parts))
        return self.parts[part]

    def part_of(self, image_id: str) -> str:
        """Return the part that holds an id.

        Raises:
            SplitError: no part holds it.
        """
        for part, ids in self.parts.items():
            place = bisect_left(ids, image_id)
            if place < len(ids) and ids[place] == image_id:
                return part
        raise SplitError(f"No part of the split '{self.name}' holds the id '{image_id}'.")

    def _refuse_overlap(self) -> None:
        seen: dict[str, str] = {}
        for part, ids in self.parts.items():
            for id_ in ids:
                if id_ in seen:
                    raise SplitError(
                        f"An id may stand in one part only, and once; '{id_}' stands in "
                        f"'{seen[id_]}' and in '{part}'."
                    )
                seen[id_] = part
