"""The audit of a study: what is accepted, what stops it, and where it is stored."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from fieldmark.core.checks import count_of
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import ManifestError, StoreError
from fieldmark.core.progress import Progress
from fieldmark.core.storage import read_json, write_json
from fieldmark.manifest.audit import audit, in_order
from fieldmark.manifest.findings import Finding
from fieldmark.manifest.hazards import hazard_findings
from fieldmark.workflows.ground import Ground

_UNREADABLE: Final = {
    "missing_file",
    "empty_file",
    "unreadable_image",
    "missing_mask",
    "mask_unlike_image",
    "box_outside_image",
}


def audit_study(ground: Ground, *, read_images: bool, progress: Progress) -> tuple[Finding, ...]:
    """Return what is doubtful about the data of a study, and store it with the results.

    What the study accepts (``data.accept``), and unreadable images where it excludes them, are
    warnings: they stay on the page and stop nothing.

    Args:
        ground: what all contenders share.
        read_images: whether to decode every image, which takes as long as reading them.
        progress: who is told how far it is.
    """
    from fieldmark.workflows.near_copies import NearCopies
    from fieldmark.workflows.region_findings import region_findings

    near = NearCopies()
    found = audit(
        ground.manifest,
        ground.splits,
        progress=progress,
        read_image=near.read if read_images else None,
    )
    near_copies = near.findings(ground.manifest, ground.splits)
    hazards = [] if ground.hazards is None else hazard_findings(ground.hazards)
    regions = region_findings(ground, progress=progress)
    found = in_order((*ground.findings, *found, *near_copies, *regions, *hazards))
    findings = tuple(_weighed(ground, finding) for finding in found)
    stored = {
        "of": _subject(ground),
        "read_images": read_images,
        "findings": [dataclasses.asdict(finding) for finding in findings],
    }
    write_json(ground.results / "audit.json", stored)
    return findings


def findings_of(ground: Ground, *, progress: Progress) -> tuple[Finding, ...]:
    """Return the stored audit of this very data, or audit all but the pixels now."""
    findings = _stored(ground)
    if findings is None:
        findings = audit_study(ground, read_images=False, progress=progress)
    return findings


def require_sound(findings: Sequence[Finding]) -> None:
    """Refuse to go on with data that an audit found errors in.

    Raises:
        ManifestError: a finding is an error: the numbers would be wrong.
    """
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise ManifestError(
            f"The audit found {count_of(len(errors), 'error')}, so nothing runs. "
            f"{errors[0].message} 'fieldmark check' lists all; {_ways_out(errors)}."
        )


def _ways_out(errors: Sequence[Finding]) -> str:
    codes = dict.fromkeys(finding.code for finding in errors)
    meant = ", ".join(code for code in codes if code not in _UNREADABLE)
    ways = []
    if meant:
        ways.append(
            f"what is meant can be accepted with data.accept: [{meant}], and is then shown on the "
            "page"
        )
    if codes.keys() & _UNREADABLE:
        ways.append("unreadable images can be left out with data.unreadable: exclude")
    return "; ".join(ways)


def _weighed(ground: Ground, finding: Finding) -> Finding:
    data = ground.file.study.data
    excused = data.unreadable == "exclude" and finding.code in _UNREADABLE
    if finding.severity == "error" and (excused or finding.code in data.accept):
        return dataclasses.replace(finding, severity="warning")
    return finding


def _subject(ground: Ground) -> str:
    data = ground.file.study.data
    told = [] if data.hazard is None else [data.hazard.model_dump(mode="json")]
    return digest_of([ground.content_digest, sorted(data.accept), data.unreadable, *told])


def _stored(ground: Ground) -> tuple[Finding, ...] | None:
    path = ground.results / "audit.json"
    if not path.is_file():
        return None
    try:
        content: dict[str, Any] = read_json(path)
        if content["of"] != _subject(ground):
            return None
        return tuple(
            Finding(**{**finding, "examples": tuple(finding["examples"])})
            for finding in content["findings"]
        )
    except (StoreError, KeyError, TypeError):
        return None
