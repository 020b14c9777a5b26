"""What an audit finds in the table itself: names, ranks and filters."""

from collections.abc import Collection

from fieldmark.manifest.findings import Finding, Severity, finding
from fieldmark.manifest.lineage import DUMMY
from fieldmark.manifest.name_findings import name_findings
from fieldmark.manifest.table import Manifest
from fieldmark.manifest.taxonomy import TaxonomyFault, taxonomy_faults

_ADVICE = {
    "two_parents": "the ranks are no tree; correct the rows, or set data.two_parents: qualify.",
    "missing_leaf": "these images can neither be learnt nor judged; name them, or leave them out.",
    "ambiguous_parent": "fill in the missing names, since nothing says which one is meant.",
    "missing_rank": "the gap is filled from other rows of the same name where they agree.",
    "unequal_depth": "at that rank they stand for themselves, which makes it a little easier.",
}


def table_findings(
    manifest: Manifest, *, filtered_by: Collection[str], decided_by: Collection[str]
) -> list[Finding]:
    """Return what is doubtful in names, ranks and filters."""
    faults = taxonomy_faults(manifest.frame, manifest.ranks) if manifest.ranks else ()
    return [
        *(found for fault in faults for found in _rank_finding(fault, manifest)),
        *name_findings(manifest.label_names, _coarser_names(manifest)),
        *_filter_findings(filtered_by, decided_by),
    ]


def _coarser_names(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    if manifest.taxonomy is None:
        return {}
    nodes = zip(manifest.ranks[:-1], manifest.taxonomy.nodes[:-1], strict=True)
    return {
        rank: tuple(name for name in names if not name.startswith(DUMMY)) for rank, names in nodes
    }


def _rank_finding(fault: TaxonomyFault, manifest: Manifest) -> list[Finding]:
    severities: dict[str, Severity] = {"missing_rank": "warning", "unequal_depth": "note"}
    severity = severities.get(fault.kind, "error")
    advice = _ADVICE[fault.kind]
    if fault.kind == "two_parents" and manifest.taxonomy is not None:
        severity, advice = "warning", "each is kept apart as 'name (parent)'."
    examples = (fault.name,) if fault.name is not None else ()
    return [Finding(fault.kind, severity, f"{fault.detail}; {advice}", fault.count, examples)]


def _filter_findings(filtered_by: Collection[str], decided_by: Collection[str]) -> list[Finding]:
    return [
        *finding(
            "filter_in_decision",
            "error",
            "Columns that filtered the data and decide as well: {count} (first: {first}). The "
            "decision is then right by construction; judge on data not filtered by them.",
            sorted(set(filtered_by) & set(decided_by)),
        ),
        *finding(
            "filtered_by",
            "note",
            "Columns by which the data were filtered: {count} (first: {first}). Numbers hold for "
            "what passed the filter only.",
            sorted(set(filtered_by)),
        ),
    ]
