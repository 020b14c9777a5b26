"""What an audit finds where it reads the pixels anyway: near-copies that stand in two parts."""

from collections.abc import Sequence
from pathlib import Path

from fieldmark.images.decoding import decode
from fieldmark.images.duplicates import near_by_hash, same_bytes
from fieldmark.images.perceptual import Look, look_of
from fieldmark.manifest.findings import Finding, finding, merged
from fieldmark.manifest.split_set import SplitSet
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest


class NearCopies:
    """Looks at every image that an audit reads, and says afterwards which are near-copies."""

    def __init__(self) -> None:
        self._looks: dict[Path, Look] = {}

    def read(self, path: Path) -> None:
        """Decode an image and remember how it looks.

        Raises:
            ImageError: the file cannot be decoded.
        """
        self._looks[path] = look_of(decode(path))

    def findings(self, manifest: Manifest, splits: SplitSet) -> list[Finding]:
        """Return the near-copies across parts; identical files are found without their pixels."""
        if not self._looks:
            return []
        paths = {
            id_: manifest.root / path
            for id_, path in manifest.frame.select("id", "path").iter_rows()
        }
        looks = {id_: self._looks[path] for id_, path in paths.items() if path in self._looks}
        near = [group.ids for group in near_by_hash(looks)]
        same = {
            frozenset(group.ids) for group in same_bytes({i: paths[i] for g in near for i in g})
        }
        others = [ids for ids in near if frozenset(ids) not in same]
        return merged({name: _torn(others, split) for name, split in splits.splits.items()})


def _torn(near: Sequence[Sequence[str]], split: Split) -> list[Finding]:
    part_of = {id_: part for part, ids in split.parts.items() for id_ in ids}
    torn = []
    for ids in near:
        first = ids[0]
        stranger = next((id_ for id_ in ids if part_of.get(id_) != part_of.get(first)), None)
        if stranger is not None:
            torn.append(
                f"'{first}' in {part_of.get(first, 'no part')} and "
                f"'{stranger}' in {part_of.get(stranger, 'no part')}"
            )
    return finding(
        "near_copy_in_two_parts",
        "warning",
        "Images that look nearly the same in two parts of the split: {count} (first: {first}). "
        "A model is then tested on what it has seen; 'fieldmark duplicates' lists them and "
        "says what they change.",
        torn,
    )
