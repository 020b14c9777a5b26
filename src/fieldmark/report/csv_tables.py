"""The stored records as CSV: every number in full, an empty field for what is missing."""

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Mapping, Sequence

from fieldmark.comparison.claims import ClaimResult
from fieldmark.comparison.outcome import Comparison
from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.content import ReportContent


def estimates_csv(content: ReportContent) -> str:
    """Return one line for each stored estimate, with the name of its row as contender."""
    fields = ["contender", *(name for name in _fields(Estimate) if name != "contender")]
    rows = (
        estimate.to_dict() | {"contender": row.name}
        for row in content.rows
        for estimate in row.estimates
    )
    return _csv(fields, rows)


def comparisons_csv(comparisons: Sequence[Comparison]) -> str:
    """Return one line for each comparison."""
    return _csv(_fields(Comparison), (comparison.to_dict() for comparison in comparisons))


def claims_csv(claims: Sequence[ClaimResult]) -> str:
    """Return one line for each checked claim."""
    return _csv(_fields(ClaimResult), (claim.to_dict() for claim in claims))


def _fields(record: type) -> list[str]:
    return [field.name for field in dataclasses.fields(record)]


def _csv(fields: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows([_field(row.get(field)) for field in fields] for row in rows)
    return stream.getvalue()


def _field(value: object) -> object:
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return value
