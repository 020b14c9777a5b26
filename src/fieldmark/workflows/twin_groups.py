"""The groups of images that are there twice, and where their members stand."""

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fieldmark.core.checks import count_of
from fieldmark.core.storage import write_text
from fieldmark.images.duplicates import Twins
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """The groups of images that are the same or nearly, and where their members stand.

    Attributes:
        manifest: the images.
        split: which image is in which part; None when there is none.
        twins: the groups, by kind of likeness in the order asked for.
        thresholds: what "nearly" meant for each kind.
        unreadable: why images could not be compared by their pixels, one sentence each.
    """

    manifest: Manifest
    split: Split | None
    twins: tuple[Twins, ...]
    thresholds: Mapping[str, str]
    unreadable: tuple[str, ...] = ()

    def part_of(self) -> dict[str, str]:
        """Return the part of each id that has one."""
        parts = self.split.parts if self.split is not None else {}
        return {id_: part for part, ids in parts.items() for id_ in ids}

    def straddling(self) -> tuple[Twins, ...]:
        """Return the groups whose members stand in more than one part."""
        part_of = self.part_of()
        return tuple(
            group
            for group in self.twins
            if len({part_of[id_] for id_ in group.ids if id_ in part_of}) > 1
        )

    def contested(self) -> tuple[Twins, ...]:
        """Return the groups whose members have more than one label."""
        label_of = _column(self.manifest, "label")
        return tuple(group for group in self.twins if len({label_of[i] for i in group.ids}) > 1)

    def sentences(self) -> tuple[str, ...]:
        """Return what was found, one line for each kind of likeness."""
        straddling, contested = set(self.straddling()), set(self.contested())
        lines = []
        for by, threshold in self.thresholds.items():
            groups = [group for group in self.twins if group.by == by]
            images = sum(len(group.ids) for group in groups)
            torn, mixed = (sum(g in found for g in groups) for found in (straddling, contested))
            lines.append(
                f"{by} ({threshold}): {count_of(len(groups), 'group')} of "
                f"{count_of(images, 'image')}"
                + ("" if self.split is None else f"; {torn:,} in more than one part")
                + f"; {mixed:,} with more than one label."
            )
        return tuple(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return everything that was found, ready for JSON."""
        part_of, label_of = self.part_of(), _column(self.manifest, "label")
        groups = [
            asdict(group)
            | {
                "ids": list(group.ids),
                "parts": [part_of.get(id_) for id_ in group.ids],
                "labels": [label_of[id_] for id_ in group.ids],
            }
            for group in self.twins
        ]
        return {
            "images": len(self.manifest),
            "thresholds": dict(self.thresholds),
            "groups": groups,
            "unreadable": list(self.unreadable),
        }


def write_duplicates(found: Duplicates, path: Path) -> None:
    """Write one row per image that has a twin: by, group, weakest link, id, path, label, part."""
    part_of = found.part_of()
    label_of, path_of = _column(found.manifest, "label"), _column(found.manifest, "path")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("by", "group", "weakest_link", "id", "path", "label", "part"))
    for number, group in enumerate(found.twins):
        for id_ in group.ids:
            place = (id_, path_of[id_], label_of[id_], part_of.get(id_, ""))
            writer.writerow((group.by, number, f"{group.weakest:g}", *place))
    write_text(path, text.getvalue())


def _column(manifest: Manifest, name: str) -> dict[str, str]:
    return dict(zip(manifest.ids, manifest.frame[name], strict=True))
