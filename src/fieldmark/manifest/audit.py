"""Look for what would make numbers wrong, before anything is computed."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.manifest.file_findings import file_findings
from fieldmark.manifest.findings import Finding
from fieldmark.manifest.split_findings import split_findings
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.table_findings import table_findings

__all__ = ["Finding", "audit", "in_order"]


def audit(
    manifest: Manifest,
    split: Split,
    *,
    progress: Progress | None = None,
    read_image: Callable[[Path], object] | None = None,
    filtered_by: Collection[str] = (),
    decided_by: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return everything doubtful about a manifest and a split, errors first.

    Args:
        manifest: the images.
        split: how they are split.
        progress: who hears how far it is; nobody when None.
        read_image: decodes one image, or raises ImageError; None leaves the pixels unread.
        filtered_by: columns by which the data were filtered before they came here.
        decided_by: columns that a decision uses.

    Returns:
        Findings with one of these codes. Errors: path_leaves_root, missing_file, empty_file,
        unreadable_image, same_bytes_in_two_parts, group_in_two_parts, id_not_in_manifest,
        filter_in_decision, two_parents (unless qualified), missing_leaf, ambiguous_parent.
        Warnings: same_bytes_two_labels, id_without_part, class_not_in_train,
        look_alike_labels, label_like_missing, missing_rank, two_parents (qualified). Notes:
        same_bytes, class_never_tested, tiny_class, unequal_depth, filtered_by.
    """
    found = [
        *table_findings(manifest, filtered_by=filtered_by, decided_by=decided_by),
        *split_findings(manifest, split),
        *file_findings(
            manifest, split, progress=progress or SilentProgress(), read_image=read_image
        ),
    ]
    return in_order(found)


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with errors first, then warnings, then notes, otherwise as they stand."""
    order = ("error", "warning", "note")
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))
