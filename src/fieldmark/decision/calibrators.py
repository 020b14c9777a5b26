"""Calibrators: from scores to probabilities that mean what they say, fitted on one part only.

A calibrator remembers the contender and the items that it was fitted on. Predictions that are
calibrated by it carry its digest, and whether they are the very items it has seen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fieldmark.core.checks import count_of, field_differences, unknown_choice
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import NotComparableError, PredictionsError
from fieldmark.decision.calibration_maps import Parameters, fit_map, probabilities_of
from fieldmark.decision.calibrator_kinds import KINDS, CalibratorKind
from fieldmark.decision.log_scores import log_probability_blocks
from fieldmark.decision.pair_calibrator import PairCalibrator, fit_pair_calibrator
from fieldmark.decision.scaling import fit_temperature
from fieldmark.evaluation.resampling import FloatArray
from fieldmark.predictions.blocks import collect
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.table import Predictions

__all__ = [
    "KINDS",
    "Calibrator",
    "CalibratorKind",
    "PairCalibrator",
    "calibrate",
    "calibrator_from_dict",
    "fit_calibrator",
    "fit_pair_calibrator",
    "fit_temperature",
    "was_fitted_on",
]

_SOURCES: dict[CalibratorKind, str] = {
    "temperature": "Guo et al. (2017), ICML: temperature scaling",
    "vector": "Guo et al. (2017), ICML: vector scaling, drawn to the temperature",
    "isotonic": "Zadrozny and Elkan (2002), KDD: isotonic regression, one class against the rest",
    "beta": "Kull, Silva Filho and Flach (2017), AISTATS: beta calibration, one against the rest",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrator:
    """How scores of one contender become probabilities, and what that was learnt from.

    Attributes:
        kind: "temperature", "vector", "isotonic" or "beta".
        contender: whose scores it was fitted to.
        seed: training seed of the contender; None where there is none.
        fold: fold of the contender; None outside cross-validation.
        fitted_on: name of the part that it was fitted on.
        fitted_items_digest: digest of the ids and labels of that part.
        n: number of items that it was fitted on; items whose label is no class are not counted.
        classes: the classes, in the order of the score columns.
        parameters: lists of numbers by name; which ones depends on the kind.
        source: the paper.

    Raises:
        PredictionsError: the kind is none.
    """

    kind: CalibratorKind
    contender: str
    seed: int | None
    fold: str | None
    fitted_on: str
    fitted_items_digest: str
    n: int
    classes: tuple[str, ...]
    parameters: Parameters
    source: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise PredictionsError(unknown_choice("calibrator", self.kind, KINDS))

    @property
    def digest(self) -> str:
        """Digest of everything."""
        return digest_of(self.to_dict())

    @property
    def temperature(self) -> float:
        """What logarithms are divided by, where the kind is "temperature"."""
        return float(self.parameters["temperature"][0])  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written to JSON."""
        return asdict(self) | {"classes": list(self.classes)}

    def sentence(self) -> str:
        """Return what it is in one sentence."""
        value = f" T = {self.temperature:.3f}" if self.kind == "temperature" else ""
        return (
            f"calibrated by {self.kind}{value}, fitted on {count_of(self.n, 'item')} of"
            f" '{self.fitted_on}' ({self.source})"
        )


def fit_calibrator(predictions: Predictions, *, kind: CalibratorKind) -> Calibrator:
    """Return a calibrator that was fitted on these predictions, and on nothing else.

    Items whose label is no class are left out of the fit. Similarities can be calibrated by
    temperature and vector, which take them through a softmax. For isotonic and beta a class without
    any item in the fit stays as it is.

    Args:
        predictions: of a calibration part, of one contender.
        kind: "temperature" (one number), "vector" (two numbers a class), "isotonic" (a curve a
            class) or "beta" (three numbers a class).

    Raises:
        PredictionsError: an unknown kind, fewer than two classes, no item whose label is a class,
            or similarities where probabilities are needed.

    Example:
        >>> import polars as pl
        >>> from fieldmark.manifest.labels import LabelSpace
        >>> table = Predictions(
        ...     PredictionsHeader(score_kind="logits", contender="probe", split="calibration"),
        ...     pl.DataFrame({"id": list("abcd"), "label": ["oak", "oak", "oak", "elm"]}),
        ...     LabelSpace(("oak", "elm")),
        ...     np.array([[4.0, 0.0]] * 4),
        ... )
        >>> calibrator = fit_calibrator(table, kind="temperature")
        >>> round(calibrator.parameters["temperature"][0], 3), calibrator.fitted_on
        (3.641, 'calibration')
    """
    if kind not in KINDS:
        raise PredictionsError(unknown_choice("calibrator", kind, KINDS))
    header, classes = predictions.header, len(predictions.label_space)
    known = predictions.n - predictions.unknown_label_count
    if classes < 2 or not known:
        raise PredictionsError(
            "Expected at least two classes and one item whose label is among them to calibrate"
            f" '{header.contender}'; got {count_of(classes, 'class', 'classes')} and"
            f" {count_of(known, 'such item')}."
        )
    if header.score_kind is ScoreKind.SIMILARITIES and kind in ("isotonic", "beta"):
        raise PredictionsError(
            f"Expected probabilities or logits for a calibrator of kind '{kind}'; the scores of"
            f" '{header.contender}' are similarities. Use temperature or vector; for pairs of"
            f" images use fit_pair_calibrator."
        )
    return Calibrator(
        kind=kind,
        contender=header.contender,
        seed=header.seed,
        fold=header.fold,
        fitted_on=header.split,
        fitted_items_digest=predictions.items_digest,
        n=known,
        classes=predictions.label_space.classes,
        parameters=fit_map(kind, predictions),
        source=_SOURCES[kind],
    )


def calibrate(predictions: Predictions, calibrator: Calibrator) -> Predictions:
    """Return the predictions as calibrated probabilities.

    The provenance says by what (`calibrator`, its digest), on what it was fitted, and, as
    ``calibrated_on_these_items``, whether these are the very items that it was fitted on: numbers
    of such a table flatter, and `was_fitted_on` finds it out.

    Args:
        predictions: of the contender that the calibrator was fitted to, over the same classes.
        calibrator: what `fit_calibrator` gave.

    Raises:
        NotComparableError: another contender, seed or fold, other classes, or scores that were
            calibrated already.
    """
    require_same_contender(predictions, calibrator)
    dtype = np.promote_types(predictions.scores.dtype, np.float32)

    def blocks() -> Iterator[FloatArray]:
        for _, logs in log_probability_blocks(predictions):
            yield probabilities_of(calibrator.kind, calibrator.parameters, logs)

    scores = collect(blocks(), shape=(predictions.n, len(calibrator.classes)), dtype=dtype)
    return Predictions(
        header=calibrated_header(predictions, calibrator),
        items=predictions.items,
        label_space=predictions.label_space,
        scores=scores,
        taxonomy=predictions.taxonomy,
        training_ids=predictions.training_ids,
    )


def was_fitted_on(calibrator: Calibrator, predictions: Predictions) -> bool:
    """Return whether these are the very items, with labels, that the calibrator was fitted on."""
    return calibrator.fitted_items_digest == predictions.items_digest


def calibrator_from_dict(content: Mapping[str, Any]) -> Calibrator:
    """Return the calibrator that ``to_dict`` wrote.

    Raises:
        PredictionsError: a field is missing or unknown.
    """
    try:
        return Calibrator(**{**content, "classes": tuple(content.get("classes", ()))})
    except TypeError as error:
        raise PredictionsError(f"This is not a stored calibrator: {error}.") from None


def require_same_contender(predictions: Predictions, calibrator: Calibrator) -> None:
    """Raise unless the calibrator was fitted to the contender of uncalibrated predictions."""
    header = predictions.header
    if "calibrator" in header.provenance:
        raise NotComparableError(
            f"The predictions of '{header.contender}' were calibrated already, by"
            f" {header.provenance['calibrator']['kind']}. Calibrate those that came from the model."
        )
    differences = field_differences(
        {"contender": header.contender, "seed": header.seed, "fold": header.fold},
        {"contender": calibrator.contender, "seed": calibrator.seed, "fold": calibrator.fold},
    )
    if predictions.label_space.classes != calibrator.classes:
        here, there = len(predictions.label_space), len(calibrator.classes)
        differences += (f"classes: {here} against {there}, or in another order",)
    if differences:
        raise NotComparableError(
            f"The calibrator was fitted to other predictions ({'; '.join(differences)}). Fit one"
            f" to the calibration part of '{header.contender}'."
        )


def calibrated_header(predictions: Predictions, calibrator: Calibrator) -> PredictionsHeader:
    """Return the header of the calibrated predictions."""
    note = {
        "calibrator": {"kind": calibrator.kind, "digest": calibrator.digest},
        "calibrated_on": calibrator.fitted_on,
        "calibrated_on_these_items": was_fitted_on(calibrator, predictions),
    }
    return predictions.header.model_copy(
        update={
            "score_kind": ScoreKind.PROBABILITIES,
            "provenance": {**predictions.header.provenance, **note},
        }
    )
