"""The splits of one study: a single one, one a fold, or one a number of training images."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from fieldmark.core.checks import count_of, unknown_choice
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import SplitError
from fieldmark.manifest.parts import Split

SplitKind = Literal["single", "folds", "shots"]
ONLY: Final = "split"
_UNSAFE: Final = re.compile(r"[^\w.+-]+")


@dataclass(frozen=True, eq=False, slots=True)
class SplitSet:
    """Every split that the cells of a study are run on.

    Attributes:
        splits: name -> split, in order: "split" alone, the names of folds, or numbers of shots.
        kind: "single"; "folds", whose test parts share no image and are judged together; or
            "shots", whose test parts are the same and are judged each by itself.

    Raises:
        SplitError: there is no split, or an image is tested in two folds.

    Example:
        >>> halves = {
        ...     "1": Split({"train": ("a",), "test": ("b",)}, name="1"),
        ...     "2": Split({"train": ("b",), "test": ("a",)}, name="2"),
        ... }
        >>> SplitSet(halves, "folds").names
        ('1', '2')
    """

    splits: Mapping[str, Split]
    kind: SplitKind

    def __post_init__(self) -> None:
        object.__setattr__(self, "splits", MappingProxyType(dict(self.splits)))
        if not self.splits:
            raise SplitError("Expected at least one split; got none.")
        if self.kind == "folds":
            self._refuse_tested_twice()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the folds or numbers of shots; empty for a single split."""
        return () if self.kind == "single" else tuple(self.splits)

    @property
    def digest(self) -> str:
        """The digest of all splits with their names; that of the split where there is one."""
        if self.kind == "single":
            return self.splits[ONLY].digest
        return digest_of({name: split.digest for name, split in self.splits.items()})

    @property
    def in_words(self) -> str:
        """How many images are in each part, from the smallest split to the largest.

        Example:
            >>> SplitSet({"1": Split({"train": ("a", "b"), "test": ("c",)}, "x")}, "folds").in_words
            '1 fold, each train 2, test 1'
        """
        sizes: dict[str, list[int]] = {}
        for split in self.splits.values():
            for part, ids in split.parts.items():
                sizes.setdefault(part, []).append(len(ids))
        ranges = [
            f"{part} {min(own):,}" + (f" to {max(own):,}" if min(own) < max(own) else "")
            for part, own in sizes.items()
        ]
        counted = {
            "single": "",
            "folds": f"{count_of(len(self.splits), 'fold')}, each ",
            "shots": f"{count_of(len(self.splits), 'number')} of shots, each ",
        }
        return counted[self.kind] + ", ".join(ranges)

    def named(self, name: str | None) -> Split:
        """Return one split; None for the only one.

        Raises:
            SplitError: there is none of that name, or there are several and none is named.
        """
        if name is None and self.kind != "single":
            raise SplitError(
                f"This study has {len(self.splits):,} splits ({', '.join(list(self.splits)[:5])}"
                f"{', ...' if len(self.splits) > 5 else ''}); name one of them: --fold."
            )
        found = ONLY if name is None else name
        if found not in self.splits:
            raise SplitError(unknown_choice("split", found, self.splits))
        return self.splits[found]

    def file_name(self, name: str) -> str:
        """Return the name of the file that a split is stored in.

        Example:
            >>> split = Split({"train": ("a",)}, name="by hand")
            >>> SplitSet({"3": split}, "folds").file_name("3")
            'fold-3.csv'
        """
        prefix = {"single": "", "folds": "fold-", "shots": "shots-"}[self.kind]
        return f"{prefix}{name}.csv"

    def _refuse_tested_twice(self) -> None:
        seen: dict[str, str] = {}
        for name, split in self.splits.items():
            for id_ in split.parts.get("test", ()):
                if id_ in seen:
                    raise SplitError(
                        f"An image may be tested in one fold only; '{id_}' is tested in fold "
                        f"'{seen[id_]}' and in fold '{name}'."
                    )
                seen[id_] = name


def single(split: Split) -> SplitSet:
    """Return a split as the only one of a study."""
    return SplitSet({ONLY: split}, "single")


def as_set(split: Split | SplitSet) -> SplitSet:
    """Return the splits of a study, where one of them may be all there is."""
    return split if isinstance(split, SplitSet) else single(split)


def safe_names(names: Sequence[str]) -> dict[str, str]:
    """Return for each name one that can stand in the name of a folder, all different.

    Example:
        >>> safe_names(["G 12/a", "G 12 a", "g-12-a"])
        {'G 12/a': 'G-12-a', 'G 12 a': 'G-12-a-2', 'g-12-a': 'g-12-a-3'}
    """
    taken: set[str] = set()
    found: dict[str, str] = {}
    for name in names:
        plain = _UNSAFE.sub("-", name).strip("-.") or "unnamed"
        safe, number = plain, 1
        while safe.casefold() in taken:
            number += 1
            safe = f"{plain}-{number}"
        taken.add(safe.casefold())
        found[name] = safe
    return found
