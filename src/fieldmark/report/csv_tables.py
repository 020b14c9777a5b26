"""The stored records as CSV: every number in full, an empty field for what is missing."""

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Mapping, Sequence

from fieldmark.comparison.claims import Claim, ClaimResult
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
    """Return one line for each comparison, with its sentence."""
    fields = [*_fields(Comparison), "sentence"]
    return _csv(fields, (comparison.to_dict() for comparison in comparisons))


def claims_csv(claims: Sequence[ClaimResult]) -> str:
    """Return one line for each checked claim: what is claimed, and what was measured."""
    fields = [*_fields(Claim), "status", "certain", "value", "low", "high", "n", "sentence"]
    return _csv(fields, map(_claim_line, claims))


def _claim_line(result: ClaimResult) -> dict[str, object]:
    line = dataclasses.asdict(result.claim)
    line |= {"status": result.status, "certain": result.certain, "sentence": result.sentence}
    if result.estimate is not None:
        measured = result.estimate
        line |= {"value": measured.value, "low": measured.low, "high": measured.high}
        line["n"] = measured.n
    return line


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
