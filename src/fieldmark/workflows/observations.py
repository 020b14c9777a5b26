"""One observation of a study: its photos, its label, and what else the manifest says of it."""

from dataclasses import dataclass

import polars as pl

from fieldmark.core.checks import count_of, first_few, nearest, unknown_choice
from fieldmark.core.errors import ManifestError
from fieldmark.manifest.split_set import SplitSet
from fieldmark.manifest.table import Manifest

_NO_METADATA = ("id", "path", "label", "group")


@dataclass(frozen=True, slots=True)
class Observation:
    """Photos of one thing.

    Attributes:
        name: of the observation, or of its only photo.
        ids: of its photos, in the order of the manifest; at least one.
        labels: the distinct labels of its photos, in their order; one where all is well.
        groups: the groups that its photos are in; none without a group column.
    """

    name: str
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    groups: frozenset[str]


def find_observation(manifest: Manifest, name: str, *, by: str | None = None) -> Observation:
    """Return the photos of an observation.

    Without a column, the name is that of a group, or the id of an image: then it is the group of
    that image, or the image alone in a manifest without groups.

    Args:
        manifest: the images.
        name: of the observation, or id of one of its images.
        by: the column that names observations; None for the group.

    Raises:
        ManifestError: there is no such column, or nothing of that name; says what is near.

    Example:
        >>> from pathlib import Path
        >>> frame = pl.DataFrame({"id": ["1", "2"], "path": ["1.jpg", "2.jpg"],
        ...     "label": ["oak", "oak"], "group": ["tree", "tree"]})
        >>> find_observation(Manifest(frame, Path()), "2").ids
        ('1', '2')
    """
    frame = manifest.frame
    if by is not None and by not in frame.columns:
        raise ManifestError(unknown_choice("column of observations", by, frame.columns))
    column = by or ("group" if "group" in frame.columns else "id")
    names = frame[column].cast(pl.String)
    own = frame.filter(names == name)
    if own.is_empty():
        own = frame.filter(frame["id"] == name)
        if own.is_empty():
            raise ManifestError(_unknown(manifest, name, column))
        of_image = own[column].cast(pl.String)[0]
        if of_image is not None:
            own, name = frame.filter(names == of_image), of_image
    return Observation(
        name=name,
        ids=tuple(own["id"]),
        labels=tuple(own["label"].unique(maintain_order=True)),
        groups=frozenset(own["group"]) if "group" in own.columns else frozenset(),
    )


def parts_of(splits: SplitSet, ids: tuple[str, ...]) -> dict[str, str]:
    """Return the part of each photo; with several splits, each part that it is in.

    Photos that no part holds are in "none".
    """
    found: dict[str, dict[str, None]] = {id_: {} for id_ in ids}
    for split in splits.splits.values():
        for part, members in split.parts.items():
            for id_ in found.keys() & set(members):
                found[id_][part] = None
    return {id_: ", ".join(sorted(parts)) or "none" for id_, parts in found.items()}


def columns_of(manifest: Manifest, observation: Observation) -> tuple[tuple[str, str], ...]:
    """Return what else the manifest says: each column with its distinct values, in order."""
    frame = manifest.select(observation.ids).frame
    hidden = {*_NO_METADATA, *manifest.ranks, *manifest.regions.names}
    found = []
    for name in frame.columns:
        if name not in hidden:
            values = frame[name].cast(pl.String, strict=False).to_list()
            distinct = dict.fromkeys(value if value else "?" for value in values)
            found.append((name, "; ".join(distinct)))
    return tuple(found)


def _unknown(manifest: Manifest, name: str, column: str) -> str:
    frame = manifest.frame
    known = dict.fromkeys([*frame[column].cast(pl.String).drop_nulls(), *frame["id"]])
    guess = nearest(name, known)
    holding = [
        other
        for other in frame.columns
        if frame.schema[other] == pl.String and other not in (column, "id", "path", "label")
        if (frame[other] == name).any()
    ]
    hint = f"; the nearest is '{guess}'" if guess else ""
    if holding:
        hint = f"; column {first_few(holding)} has it: add --by {holding[0]}"
    there = count_of(frame[column].n_unique(), "observation")
    return f"Expected one of {there} (column '{column}') or the id of an image; got '{name}'{hint}."
