"""The stored records as CSV: every number in full, an empty field for what is missing."""

import csv
import dataclasses
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from fieldmark.comparison.claims import Claim, ClaimResult
from fieldmark.comparison.outcome import Comparison
from fieldmark.evaluation.backoff_curve import BackoffCurve, BackoffPoint
from fieldmark.evaluation.calibration_error import ReliabilityBin
from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.confidences import BINS, ConfidenceAtRank
from fieldmark.report.content import Refusal, ReportContent
from fieldmark.report.decision_csv import (
    CLAIM_COLUMNS,
    DANGER_COLUMNS,
    DECISION_COLUMNS,
    SETTING_COLUMNS,
    THRESHOLD_COLUMNS,
    claim_rows,
    danger_rows,
    decision_rows,
    setting_rows,
    threshold_rows,
)
from fieldmark.report.decodings import Decoding
from fieldmark.report.dossiers import Dossier
from fieldmark.report.exhibits import Confusion, ExampleImage

_PLACE = ("contender", "split", "rank")


def estimates_csv(content: ReportContent) -> str:
    """Return one line for each stored estimate, with the name of its row as contender.

    Those over the common classes follow; the number of classes tells them apart.
    """
    fields = ["contender", *(name for name in _fields(Estimate) if name != "contender")]
    rows = (
        estimate.to_dict() | {"contender": row.name}
        for row in (*content.rows, *content.common)
        for estimate in row.estimates
    )
    return _csv(fields, rows)


def decoders_csv(decodings: Sequence[Decoding]) -> str:
    """Return one line for each estimate of each decoder; a diagnosis says that it is one."""
    fields = ["contender", "decoder", "is_diagnosis", *_fields(Estimate)]
    rows = (
        estimate.to_dict() | {"decoder": row.decoder, "is_diagnosis": row.is_diagnosis}
        for decoding in decodings
        for row in decoding.rows
        for estimate in row.estimates
    )
    return _csv(list(dict.fromkeys(fields)), rows)


def comparisons_csv(comparisons: Sequence[Comparison]) -> str:
    """Return one line for each comparison, with its sentence."""
    fields = [*_fields(Comparison), "sentence"]
    return _csv(fields, (comparison.to_dict() for comparison in comparisons))


def claims_csv(claims: Sequence[ClaimResult]) -> str:
    """Return one line for each checked claim: what is claimed, and what was measured."""
    fields = [*_fields(Claim), "status", "certain", "value", "low", "high", "n", "sentence"]
    return _csv(fields, map(_claim_line, claims))


def refusals_csv(refusals: Sequence[Refusal]) -> str:
    """Return one line for each pair that may not be compared, with its sentence."""
    return _csv(_fields(Refusal), map(dataclasses.asdict, refusals))


def reliability_csv(confidences: Sequence[ConfidenceAtRank]) -> str:
    """Return one line for each bin of each reliability diagram."""
    fields = [*_PLACE, *_fields(ReliabilityBin)]
    rows = (_place(one) | found.to_dict() for one in confidences for found in one.bins)
    return _csv(fields, rows)


def risk_coverage_csv(confidences: Sequence[ConfidenceAtRank]) -> str:
    """Return one line for each operating point of each risk-coverage curve that is drawn."""
    names = ("threshold", "coverage", "risk")
    rows = (
        _place(one) | dict(zip(names, point, strict=True)) | {"aurc": one.area}
        for one in confidences
        for point in zip(
            one.curve.threshold.tolist(),
            one.curve.coverage.tolist(),
            one.curve.risk.tolist(),
            strict=True,
        )
    )
    return _csv([*_PLACE, *names, "aurc"], rows)


def confidence_csv(confidences: Sequence[ConfidenceAtRank]) -> str:
    """Return one line for each bar of each histogram of confidence."""
    rows = (
        _place(one) | {"low": at / BINS, "high": (at + 1) / BINS, "right": right, "wrong": wrong}
        for one in confidences
        for at, (right, wrong) in enumerate(zip(one.right, one.wrong, strict=True))
    )
    return _csv([*_PLACE, "low", "high", "right", "wrong"], rows)


def back_off_csv(curves: Sequence[BackoffCurve]) -> str:
    """Return one line for each point of each back-off curve."""
    rows = (
        {"contender": one.contender, "split": one.split, "n": one.n} | dataclasses.asdict(point)
        for one in curves
        for point in one.points
    )
    return _csv(["contender", "split", "n", *_fields(BackoffPoint)], rows)


def mix_ups_csv(confusions: Sequence[Confusion]) -> str:
    """Return one line for each label and answer that occur together, right answers included."""
    fields = ["contender", "split", "label", "answer", "count"]
    rows = (
        dict(zip(fields, (found.contender, found.split, *cell), strict=True))
        for found in confusions
        for cell in _cells(found)
    )
    return _csv(fields, rows)


def mix_ups_by_rank_csv(confusions: Sequence[Confusion]) -> str:
    """Return one line for each label and answer that occur together at a rank above the leaf."""
    fields = ["contender", "split", "rank", "label", "answer", "count"]
    rows = (
        dict(zip(fields, (found.contender, found.split, at.rank, *cell), strict=True))
        for found in confusions
        for at in found.ranks[:-1]
        for cell in zip(
            [at.names[code] for code in at.truth.tolist()],
            [at.names[code] for code in at.predicted.tolist()],
            at.count.tolist(),
            strict=True,
        )
    )
    return _csv(fields, rows)


def critical_csv(dossiers: Sequence[Dossier]) -> str:
    """Return one line for each rank of each dossier: recall, precision, confidence."""
    rows = (
        {"critical_class": dossier.name, "rank": one.rank, "name": one.name}
        | estimate.to_dict()
        | {"rank": one.rank, "confidence_right": one.confidence_right}
        | {"confidence_wrong": one.confidence_wrong}
        for dossier in dossiers
        for one in dossier.ranks
        for estimate in (one.recall, one.precision)
    )
    own = ["critical_class", "rank", "name"]
    fields = [*own, *(name for name in _fields(Estimate) if name not in own)]
    return _csv([*fields, "confidence_right", "confidence_wrong"], rows)


def examples_csv(examples: Sequence[ExampleImage]) -> str:
    """Return one line for each image of a gallery, the other photos of its observation below."""
    fields = [name for name in _fields(ExampleImage) if name not in ("thumbnail", "others")]
    shown = (one for example in examples for one in (example, *example.others))
    return _csv(fields, ({name: getattr(one, name) for name in fields} for one in shown))


#: The files beside the page, and what each is made of.
CSV_TABLES: Mapping[str, Callable[[ReportContent], str]] = {
    "estimates.csv": estimates_csv,
    "comparisons.csv": lambda content: comparisons_csv(content.comparisons),
    "comparisons_at_ranks.csv": lambda content: comparisons_csv(content.at_ranks),
    "refusals.csv": lambda content: refusals_csv(content.refusals),
    "claims.csv": lambda content: claims_csv(content.claims),
    "reliability.csv": lambda content: reliability_csv(content.confidences),
    "confidence.csv": lambda content: confidence_csv(content.confidences),
    "risk_coverage.csv": lambda content: risk_coverage_csv(content.confidences),
    "back_off.csv": lambda content: back_off_csv(content.backoffs),
    "decoders.csv": lambda content: decoders_csv(content.decodings),
    "mix_ups.csv": lambda content: mix_ups_csv(content.confusions),
    "mix_ups_by_rank.csv": lambda content: mix_ups_by_rank_csv(content.confusions),
    "critical.csv": lambda content: critical_csv(content.dossiers),
    "back_off_settings.csv": lambda content: _csv(
        SETTING_COLUMNS, setting_rows(content.backoff_settings)
    ),
    "decisions.csv": lambda content: _csv(DECISION_COLUMNS, decision_rows(content.decided)),
    "thresholds.csv": lambda content: _csv(THRESHOLD_COLUMNS, threshold_rows(content.decided)),
    "danger.csv": lambda content: _csv(DANGER_COLUMNS, danger_rows(content.dangers)),
    "critical_claims.csv": lambda content: _csv(CLAIM_COLUMNS, claim_rows(content.dossiers)),
    "examples.csv": lambda content: examples_csv(content.examples),
}


def _place(one: ConfidenceAtRank) -> dict[str, object]:
    return {"contender": one.contender, "split": one.split, "rank": one.rank}


def _cells(confusion: Confusion) -> Iterable[tuple[str, str, int]]:
    if confusion.cells is None:
        return [(pair.truth, pair.predicted, pair.count) for pair in confusion.pairs]
    names, cells = confusion.cells.classes, confusion.cells
    codes = (array.tolist() for array in (cells.truth, cells.predicted, cells.count))
    return [(names[truth], names[answer], n) for truth, answer, n in zip(*codes, strict=True)]


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
