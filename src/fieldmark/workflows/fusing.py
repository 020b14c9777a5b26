"""Late fusion of two contenders: complementarity, fit on one part, verdict on another."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fieldmark.comparison.outcome import Comparison
from fieldmark.comparison.rules import ComparisonRules
from fieldmark.comparison.verdict import compare
from fieldmark.core.storage import write_json
from fieldmark.decision.calibrators import calibrate
from fieldmark.decision.division import require_apart
from fieldmark.decision.fusing import Fusion, FusionSettings, apply_fusion, fit_fusion
from fieldmark.evaluation.answers import rows_in_order_of
from fieldmark.evaluation.complementarity import Complementarity, complementarity
from fieldmark.evaluation.evaluate import evaluate_predictions
from fieldmark.evaluation.record import Evaluation
from fieldmark.evaluation.resampling import units_of
from fieldmark.predictions.part_folders import load_part
from fieldmark.predictions.store import save_predictions
from fieldmark.predictions.summary import summarise
from fieldmark.predictions.table import Predictions
from fieldmark.predictions.universe import common_classes, restrict

_ACROSS = frozenset({"contract", "tap"})
REPORTED = ("accuracy", "top_5_accuracy", "balanced_accuracy", "macro_f1", "log_loss")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class FusionReport:
    """What became of a fusion.

    Attributes:
        fusion: how it was fitted, and whether it is kept.
        complementarity: of the two contenders on the fitting part.
        evaluations: of the first, the second and the fused, on the reported part.
        verdict: the fused against the better contender by itself, on the reported part.
        answer: predictions of whoever answers: the fused, or else the better one, calibrated.
        notes: what a reader should know, one sentence each.
    """

    fusion: Fusion
    complementarity: Complementarity
    evaluations: tuple[Evaluation, Evaluation, Evaluation]
    verdict: Comparison
    answer: Predictions
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON, without the predictions."""
        return {
            "fusion": self.fusion.to_dict(),
            "complementarity": self.complementarity.to_dict(),
            "evaluations": [found.to_dict() for found in self.evaluations],
            "verdict": self.verdict.to_dict(),
            "answers": self.answer.header.contender,
            "notes": list(self.notes),
        }


def fuse(
    fit: tuple[Predictions, Predictions],
    report: tuple[Predictions, Predictions],
    settings: FusionSettings | None = None,
) -> FusionReport:
    """Return how two contenders fuse, fitted on one part and reported on another.

    Args:
        fit: predictions of both contenders on the fitting part.
        report: predictions of both on the reported part.
        settings: method, metric and bound; defaults when None.

    Raises:
        DecisionError: an item stands in both parts, or a setting is not one.
        NotComparableError: other items, labels or classes, or one contender twice.
    """
    notes = [note for pair in zip(fit, report, strict=True) for note in require_apart(*pair)]
    fusion = fit_fusion(*fit, settings)
    fused = apply_fusion(fusion, *report)
    tables = (*report, fused)
    first, second, both = (evaluate_predictions(table, resamples=1000) for table in tables)
    better = report[0] if fusion.better == fusion.first else report[1]
    calibrator = fusion.calibrators[0 if better is report[0] else 1]
    return FusionReport(
        fusion=fusion,
        complementarity=_complementarity(*fit),
        evaluations=(first, second, both),
        verdict=compare(
            fused, better, metric=fusion.settings.metric, rules=ComparisonRules(across=_ACROSS)
        ),
        answer=fused if fusion.is_kept else calibrate(better, calibrator),
        notes=tuple(dict.fromkeys(notes)),
    )


def fuse_stored(
    folders: tuple[Path, Path],
    *,
    fit_on: str,
    report_on: str,
    settings: FusionSettings | None = None,
    common: str = "refuse",
    out: Path | None = None,
) -> FusionReport:
    """Return how two stored contenders fuse, and store what answers.

    Args:
        folders: stored predictions of both contenders, as `load_part` finds their parts.
        fit_on: name of the part to fit on.
        report_on: name of the part to report on.
        settings: method, metric and bound; defaults when None.
        common: "refuse" different classes, or restrict both to the "common" ones.
        out: folder for ``fusion.json`` and the answering ``predictions``; None stores nothing.

    Raises:
        StoreError: a part is not there, or ``out`` holds something else.
        DecisionError: an item stands in both parts, or a setting is not one.
        NotComparableError: other items, labels or classes, or one contender twice.
    """
    fit, report = (
        _over_common_classes((load_part(folders[0], part), load_part(folders[1], part)), common)
        for part in (fit_on, report_on)
    )
    found = fuse(fit, report, settings)
    if out is not None:
        save_predictions(found.answer, out / "predictions")
        write_json(out / "fusion.json", found.to_dict())
    return found


def _over_common_classes(
    pair: tuple[Predictions, Predictions], common: str
) -> tuple[Predictions, Predictions]:
    if common == "refuse":
        return pair
    classes = common_classes(*pair)
    return restrict(pair[0], classes), restrict(pair[1], classes)


def _complementarity(first: Predictions, second: Predictions) -> Complementarity:
    rows = rows_in_order_of(first, second)
    one, two = summarise(first), summarise(second)
    names = np.array(second.label_space.classes)[two.predicted[rows]]
    code = {name: place for place, name in enumerate(first.label_space.classes)}
    answers = np.array([code.get(name, len(code)) for name in names.tolist()], dtype=np.int64)
    groups = None if first.groups is None else first.groups.to_numpy()
    return complementarity(
        (first.header.contender, second.header.contender),
        (one.predicted.astype(np.int64), answers),
        (one.right, two.right[rows]),
        units_of(groups, n=first.n),
    )
