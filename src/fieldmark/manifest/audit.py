"""Look for what would make numbers wrong, before anything is computed."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final

from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.manifest.file_findings import file_findings
from fieldmark.manifest.findings import Finding, merged
from fieldmark.manifest.split_findings import split_findings
from fieldmark.manifest.split_set import SplitSet, as_set
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.table_findings import table_findings

__all__ = ["Finding", "audit", "in_order"]

# What a rule of splitting means: each image is tested in another fold; few images are learnt from.
_MEANT: Final = {
    "single": frozenset[str](),
    "folds": frozenset({"class_never_tested"}),
    "shots": frozenset({"id_without_part", "tiny_class"}),
}


def audit(
    manifest: Manifest,
    split: Split | SplitSet,
    *,
    progress: Progress | None = None,
    read_image: Callable[[Path], object] | None = None,
    filtered_by: Collection[str] = (),
    decided_by: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return everything doubtful about a manifest and a split, errors first.

    Args:
        manifest: the images.
        split: how they are split; of several splits, each kind of finding comes once.
        progress: who hears how far it is; nobody when None.
        read_image: decodes one image, or raises ImageError; None leaves the pixels unread.
        filtered_by: columns by which the data were filtered before they came here.
        decided_by: columns that a decision uses.

    Returns:
        Findings with one of these codes. Errors: path_leaves_root, missing_file, empty_file,
        unreadable_image, same_bytes_in_two_parts, group_in_two_parts, id_not_in_manifest,
        filter_in_decision, two_parents (unless qualified), missing_leaf, ambiguous_parent.
        Warnings: same_bytes_two_labels, id_without_part, class_not_in_train,
        look_alike_labels, look_alike_names, label_with_author, label_like_missing, missing_rank,
        two_parents (qualified). Notes:
        same_bytes, class_never_tested, tiny_class, unequal_depth, filtered_by.
    """
    splits = as_set(split)
    of_splits = {
        name: [one for one in split_findings(manifest, each) if one.code not in _MEANT[splits.kind]]
        for name, each in splits.splits.items()
    }
    found = [
        *table_findings(manifest, filtered_by=filtered_by, decided_by=decided_by),
        *merged(of_splits),
        *file_findings(
            manifest, splits, progress=progress or SilentProgress(), read_image=read_image
        ),
    ]
    return in_order(found)


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with errors first, then warnings, then notes, otherwise as they stand."""
    order = ("error", "warning", "note")
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))
