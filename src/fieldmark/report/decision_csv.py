"""Decisions, ways to back off, dangers and claims of critical classes as rows of CSV files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields

from fieldmark.decision.operating_point import FittedOn, OperatingPoint
from fieldmark.evaluation.estimates import Estimate
from fieldmark.report.backoff_settings import BackoffSetting
from fieldmark.report.dangers import Danger
from fieldmark.report.decided import Decided
from fieldmark.report.dossier_claims import TARGETS
from fieldmark.report.dossiers import Dossier

Row = Mapping[str, object]

_ESTIMATE = [field.name for field in fields(Estimate)]
_POINT = [field.name for field in fields(OperatingPoint) if field.name != "fitted_on"]
_FITTED = [field.name for field in fields(FittedOn)]
#: The columns of each file, in order.
DECISION_COLUMNS = ("decision", *_ESTIMATE, "promised", "verdict", "why_not")
THRESHOLD_COLUMNS = ("decision", "contender", *_POINT, *_FITTED)
SETTING_COLUMNS = (
    "contender",
    "split",
    "answers",
    "rank",
    "threshold",
    "answered",
    "wrong",
    "n",
)
DANGER_COLUMNS = (*_ESTIMATE, "source")
CLAIM_COLUMNS = (
    "critical_class",
    "contender",
    "rank",
    "name",
    "named",
    "of",
    "unit",
    "bound",
    *(f"needed_for_{100 * target:g}" for target in TARGETS),
)


def decision_rows(decided: Sequence[Decided]) -> Iterable[Row]:
    """Yield one row for each number of each decision, and one for each that was not taken."""
    for one in decided:
        place = {"decision": one.name, "contender": one.contender, "why_not": one.why_not}
        if one.found is None:
            yield place
            continue
        verdicts = {(check.metric, check.rank): check for check in one.found.checks}
        for estimate in one.found.estimates:
            check = verdicts.get((estimate.metric, estimate.rank))
            promise = {} if check is None else {"promised": check.limit, "verdict": check.verdict}
            yield estimate.to_dict() | place | promise


def threshold_rows(decided: Sequence[Decided]) -> Iterable[Row]:
    """Yield one row for each threshold of each decision, with its promise."""
    for one in decided:
        for point in () if one.found is None else one.found.points:
            fitted = asdict(point.fitted_on)
            yield point.to_dict() | fitted | {"decision": one.name, "contender": one.contender}


def setting_rows(settings: Sequence[BackoffSetting]) -> Iterable[Row]:
    """Yield one row for each rank of each way to back off."""
    for one in settings:
        for at, threshold in zip(one.by_rank(), one.thresholds, strict=True):
            yield {
                "contender": one.contender,
                "split": one.split,
                "answers": one.name,
                "rank": at.rank,
                "threshold": threshold,
                "answered": at.answered,
                "wrong": at.wrong,
                "n": one.n,
            }


def danger_rows(dangers: Sequence[Danger]) -> Iterable[Row]:
    """Yield one row for each share of dangerous answers."""
    for one in dangers:
        for estimate in one.estimates:
            yield estimate.to_dict() | {"source": one.source}


def claim_rows(dossiers: Sequence[Dossier]) -> Iterable[Row]:
    """Yield one row for each rank of each critical class: what may be claimed of it."""
    for dossier in dossiers:
        for one in dossier.claims:
            place = {"critical_class": dossier.name, "contender": dossier.contender}
            own = {key: value for key, value in asdict(one).items() if key != "plans"}
            needed = {
                f"needed_for_{100 * plan.target_recall:g}": plan.needed_positives
                for plan in one.plans
            }
            yield place | own | needed
