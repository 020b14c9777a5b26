"""What an audit finds in a split: leaks, and classes that a part lacks."""

from collections.abc import Mapping

import polars as pl

from fieldmark.core.checks import count_of
from fieldmark.manifest.findings import Finding, finding
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest

_FEW_IMAGES = 5
_NAMES = 100
_FIRST = 3


def split_findings(manifest: Manifest, split: Split) -> list[Finding]:
    """Return where a split leaks, does not fit the manifest, or leaves classes out."""
    rows = _rows(manifest, split)
    known = set(manifest.ids)
    strangers = [id_ for ids in split.parts.values() for id_ in ids if id_ not in known]
    return [
        *finding(
            "id_not_in_manifest",
            "error",
            "Ids of the split that the manifest does not have: {count} (first: {first}). Use the "
            "manifest that the split was made for, or make the split anew.",
            strangers,
        ),
        *finding(
            "id_without_part",
            "warning",
            "Images in no part of the split: {count} (first: {first}). They are left out.",
            rows.filter(pl.col("part").is_null())["id"].sort(),
        ),
        *_torn_groups(rows),
        *_absent_classes(rows, split),
    ]


def _rows(manifest: Manifest, split: Split) -> pl.DataFrame:
    ids = [id_ for ids in split.parts.values() for id_ in ids]
    parts = [part for part, ids in split.parts.items() for _ in ids]
    placed = pl.DataFrame({"id": ids, "part": parts})
    columns = [name for name in ("id", "label", "group") if name in manifest.frame.columns]
    return manifest.frame.select(columns).join(placed, on="id", how="left")


def _torn_groups(rows: pl.DataFrame) -> list[Finding]:
    if "group" not in rows.columns:
        return []
    torn = (
        rows.drop_nulls("part")
        .group_by("group")
        .agg(pl.col("part").unique().sort())
        .filter(pl.col("part").list.len() > 1)
        .sort("group")
    )
    return finding(
        "group_in_two_parts",
        "error",
        "Groups that the split tears apart: {count} (first: {first}). A model is then tested on "
        "what it has seen; split by group.",
        [f"'{group}' in {' and '.join(parts)}" for group, parts in torn.iter_rows()],
    )


def _absent_classes(rows: pl.DataFrame, split: Split) -> list[Finding]:
    if "train" not in split.parts:
        return []
    of = {
        part: dict(rows.filter(pl.col("part") == part)["label"].value_counts().iter_rows())
        for part in split.parts
    }
    found: list[Finding] = []
    for part in (part for part in split.parts if part != "train"):
        found += _not_in_train(part, of[part], of["train"])
    if "test" in of:
        found += finding(
            "class_never_tested",
            "note",
            "Classes of train without an image in test: {count} (first: {first}). No number "
            "speaks of them.",
            sorted(of["train"].keys() - of["test"].keys()),
        )
    return found + finding(
        "tiny_class",
        "note",
        f"Classes with fewer than {_FEW_IMAGES} images in train: {{count}} (first: {{first}}). "
        "Expect little of them.",
        sorted(label for label, images in of["train"].items() if images < _FEW_IMAGES),
    )


def _not_in_train(
    part: str, images: Mapping[str, int], of_train: Mapping[str, int]
) -> list[Finding]:
    unseen = sorted(images.keys() - of_train.keys())
    concerned = sum(images[label] for label in unseen)
    return finding(
        "class_not_in_train",
        "warning",
        f"Classes of part '{part}' without an image in train: {{count}} (first: "
        f"{', '.join(unseen[:_FIRST])}). Their images can never be named right, and count as "
        f"wrong ({concerned:,} of {count_of(sum(images.values()), 'image')}); read the numbers so, "
        "or split anew.",
        unseen,
        examples=_NAMES,
    )
