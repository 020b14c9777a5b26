"""What an audit finds in the image files, without knowing pixels."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from fieldmark.core.errors import ImageError
from fieldmark.core.progress import Progress
from fieldmark.core.same_files import same_files
from fieldmark.manifest.findings import Finding, finding, merged
from fieldmark.manifest.image_root import paths_outside
from fieldmark.manifest.image_sizes import file_sizes
from fieldmark.manifest.split_set import SplitSet, as_set
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest

_THREADS: Final = min(8, os.cpu_count() or 1)
_BLOCK: Final = 1000


def file_findings(
    manifest: Manifest,
    split: Split | SplitSet,
    *,
    progress: Progress,
    read_image: Callable[[Path], object] | None,
) -> list[Finding]:
    """Return what is wrong with the image files: absent, empty, unreadable, or there twice.

    Args:
        manifest: the images.
        split: which image is in which part.
        progress: who is told how far the reading is.
        read_image: raises `ImageError` where a file is no whole image; called by several threads
            at once. None reads none.
    """
    paths = dict(zip(manifest.ids.to_list(), manifest.frame["path"].to_list(), strict=True))
    outside = set(paths_outside(manifest.root, set(paths.values())))
    found = finding(
        "path_leaves_root",
        "error",
        f"Paths that leave the image root {manifest.root}: {{count}} (first: {{first}}). Correct "
        "them, or name the folder that holds all images as the image root.",
        [path for path in paths.values() if path in outside],
    )
    inside = {id_: path for id_, path in paths.items() if path not in outside}
    looked = file_sizes(manifest.root, list(inside.values()), progress=progress)
    sizes = {id_: size for id_, size in zip(inside, looked, strict=True) if size is not None}
    found += _absent(manifest, inside, sizes)
    whole = {id_: manifest.root / inside[id_] for id_, size in sizes.items() if size}
    twins = same_files(whole, sizes, progress=progress)
    splits = as_set(split).splits
    found += merged({name: _twins(twins, manifest, each) for name, each in splits.items()})
    if read_image is not None:
        found += _unreadable(whole, read_image, progress)
    return found


def _absent(
    manifest: Manifest, paths: Mapping[str, str], sizes: Mapping[str, int]
) -> list[Finding]:
    advice = (
        f"None of the images lies there: is the image root {manifest.root} right?"
        if not sizes
        else "Copy them there, correct the paths, or leave the rows out."
    )
    missing = [manifest.root / path for id_, path in paths.items() if id_ not in sizes]
    found = finding(
        "missing_file",
        "error",
        f"Missing image files: {{count}} (first: {{first}}). {advice}",
        missing,
    )
    return found + finding(
        "empty_file",
        "error",
        "Image files without content: {count} (first: {first}). Copy them anew, or leave the rows "
        "out.",
        [manifest.root / paths[id_] for id_, size in sizes.items() if size == 0],
    )


def _twins(twins: list[list[str]], manifest: Manifest, split: Split) -> list[Finding]:
    part_of = {id_: part for part, ids in split.parts.items() for id_ in ids}
    label_of = dict(zip(manifest.ids.to_list(), manifest.labels.to_list(), strict=True))
    torn, within, contested = [], [], []
    for ids in twins:
        first = ids[0]
        stranger = next((id_ for id_ in ids if part_of.get(id_) != part_of.get(first)), None)
        if stranger is None:
            within.append(f"'{first}' and '{ids[1]}'")
        else:
            torn.append(
                f"'{first}' in {part_of.get(first, 'no part')} and '{stranger}' in "
                f"{part_of.get(stranger, 'no part')}"
            )
        other = next((id_ for id_ in ids if label_of[id_] != label_of[first]), None)
        if other is not None:
            contested.append(f"'{first}' ({label_of[first]}) and '{other}' ({label_of[other]})")
    return [
        *finding(
            "same_bytes_in_two_parts",
            "error",
            "Images that stand in two parts of the split, under several ids: {count} (first: "
            "{first}). Keep one of each, or give them the same group.",
            torn,
        ),
        *finding(
            "same_bytes_two_labels",
            "warning",
            "Images with two labels: {count} (first: {first}). Decide on one.",
            contested,
        ),
        *finding(
            "same_bytes",
            "note",
            "Images that stand in the manifest under several ids: {count} (first: {first}). They "
            "count more than once.",
            within,
        ),
    ]


def _unreadable(
    paths: Mapping[str, Path], read_image: Callable[[Path], object], progress: Progress
) -> list[Finding]:
    def refusal_of(path: Path) -> str | None:
        try:
            read_image(path)
        except ImageError as error:
            return str(error)
        return None

    files = list(paths.values())
    refusals: list[str] = []
    with (
        progress.step("read images", len(files)) as step,
        ThreadPoolExecutor(_THREADS, thread_name_prefix="fieldmark-read") as pool,
    ):
        for start in range(0, len(files), _BLOCK):
            for refusal in pool.map(refusal_of, files[start : start + _BLOCK]):
                if refusal is not None:
                    refusals.append(refusal)
                step.advance()
    return finding(
        "unreadable_image",
        "error",
        "Unreadable images: {count}. First: {first}",
        refusals,
    )
