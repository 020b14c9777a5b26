"""Prior shift: scores freed of how often training showed each class, after the fact.

The answer is the largest f_y - tau log pi_y, at the leaves, before anything is summed to a rank.
With tau = 1 and honest scores that is the best answer where all classes are equally frequent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import DecisionError, NotComparableError
from fieldmark.decision.log_scores import log_softmax
from fieldmark.decision.metadata_tuning import FLOOR_COUNT
from fieldmark.decision.prior_shift_record import PriorShift
from fieldmark.evaluation.resampling import FloatArray, IntArray
from fieldmark.predictions.blocks import collect, score_blocks
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.shares import SMALLEST_PROBABILITY
from fieldmark.predictions.table import Predictions

#: By what tau can be chosen: each gives rare classes their share.
CHOOSABLE = ("macro_f1", "balanced_accuracy")
TAUS = tuple(float(tau) for tau in np.linspace(0, 2, 21).round(1))
#: What the name of the contender gets.
SHIFTED = " + prior shift"
#: Key of the provenance: what in training has freed the scores of the prior already, in words.
CORRECTED_BY = "prior_corrected_by"


def given_prior_shift(predictions: Predictions, tau: float) -> PriorShift:
    """Return a shift of a given size.

    Args:
        predictions: of the contender; the header says how often training showed each class.
        tau: at least 0.

    Raises:
        DecisionError: tau is below 0 or no number, or the header has no counts of training.
        NotComparableError: similarities, or scores that training has freed already.
    """
    if not 0 <= tau < np.inf:
        raise DecisionError(f"Expected a tau of at least 0; got {tau}.")
    require_shiftable(predictions)
    counts = _training_counts(predictions)
    floored = np.maximum(counts, FLOOR_COUNT)
    header = predictions.header
    return PriorShift(
        contender=header.contender,
        seed=header.seed,
        fold=header.fold,
        classes=predictions.label_space.classes,
        log_prior=tuple(np.log(floored / floored.sum()).tolist()),
        tau=tau,
        lacking=int((counts == 0).sum()),
    )


def fit_prior_shift(predictions: Predictions, *, metric: str = "macro_f1") -> PriorShift:
    """Return the shift with the best metric on these predictions, the smallest of equal ones.

    Tau is tried from 0 to 2 in steps of 0.1. Items whose label is no class are left out.

    Args:
        predictions: of a validation part.
        metric: "macro_f1" or "balanced_accuracy".

    Raises:
        DecisionError: an unknown metric, no item whose label is a class, or no counts of training.
        NotComparableError: similarities, or scores that training has freed already.

    Source:
        Methods E6; Menon et al. (2021), Long-tail learning via logit adjustment, ICLR.
    """
    if metric not in CHOOSABLE:
        raise DecisionError(unknown_choice("metric to choose tau by", metric, CHOOSABLE))
    start = given_prior_shift(predictions, 0.0)
    truth = predictions.label_positions.astype(np.int64)
    known = truth < len(start.classes)
    if not known.any():
        raise DecisionError(
            f"Expected items of '{predictions.header.split}' whose label is a class, to choose tau"
            f" on; got none of {predictions.n:,}. Choose on another part, or state tau."
        )
    answers = _answers(predictions, start)[:, known]
    values = [_value(metric, truth[known], one, len(start.classes)) for one in answers]
    best = int(np.argmax(values))
    return replace(
        start,
        tau=TAUS[best],
        metric=metric,
        candidates=len(TAUS),
        fitted_on=predictions.header.split,
        fitted_items_digest=predictions.items_digest,
        values=(values[0], values[best]),
    )


def apply_prior_shift(shift: PriorShift, predictions: Predictions) -> Predictions:
    """Return the predictions with f_y - tau log pi_y: logits as logits, probabilities summing to 1.

    Args:
        shift: what `fit_prior_shift` or `given_prior_shift` gave.
        predictions: of the same contender over the same classes.

    Raises:
        NotComparableError: another contender, seed, fold or classes, similarities, or scores that
            training has freed already.
    """
    require_shiftable(predictions)
    header = predictions.header
    here = (header.contender, header.seed, header.fold, predictions.label_space.classes)
    if here != (shift.contender, shift.seed, shift.fold, shift.classes):
        raise NotComparableError(
            f"The shift was made for '{shift.contender}' (seed {shift.seed}, fold {shift.fold});"
            f" the predictions are of '{header.contender}' (seed {header.seed}, fold"
            f" {header.fold}), or over other classes. Fit one for them."
        )
    dtype = np.promote_types(predictions.scores.dtype, np.float32)
    blocks = _shifted(predictions, shift.tau * np.array(shift.log_prior))
    note: dict[str, Any] = {"prior_shift": shift.digest, "prior_shift_tau": shift.tau}
    if shift.metric is not None:
        note["choices"] = [*header.provenance.get("choices", []), _choice(shift)]
    return Predictions(
        header=header.model_copy(
            update={
                "contender": f"{shift.contender}{SHIFTED}",
                "provenance": {**header.provenance, **note},
            }
        ),
        items=predictions.items,
        label_space=predictions.label_space,
        scores=collect(blocks, shape=predictions.scores.shape, dtype=dtype),
        taxonomy=predictions.taxonomy,
        training_ids=predictions.training_ids,
    )


def require_shiftable(predictions: Predictions) -> None:
    """Raise unless the scores are odds that no loss has freed of the prior before.

    Raises:
        NotComparableError: similarities, scores that were shifted, or trained by an adjusted loss.
    """
    header = predictions.header
    if header.score_kind is ScoreKind.SIMILARITIES:
        raise NotComparableError(
            f"Expected probabilities or logits to shift the prior of; the scores of"
            f" '{header.contender}' are similarities, which hold no prior."
        )
    corrected_by = header.provenance.get(CORRECTED_BY)
    if "prior_shift" in header.provenance:
        corrected_by = "a shift"
    if corrected_by is not None:
        raise NotComparableError(
            f"The scores of '{header.contender}' were freed of the prior of training already, by"
            f" {corrected_by}; a shift would correct twice. Take them as they are."
        )


def _answers(predictions: Predictions, shift: PriorShift) -> IntArray:
    """Return the answer of each item at each tau, int64 (taus, n)."""
    log_prior = np.array(shift.log_prior)
    found = np.empty((len(TAUS), predictions.n), dtype=np.int64)
    for start, logs in _logs(predictions):
        for row, tau in enumerate(TAUS):
            found[row, start : start + len(logs)] = (logs - tau * log_prior).argmax(axis=1)
    return found


def _value(metric: str, truth: IntArray, answers: IntArray, classes: int) -> float:
    """Return the metric over the classes that items have, as the catalogue defines it."""
    right = np.bincount(truth[truth == answers], minlength=classes)
    items, said = (np.bincount(codes, minlength=classes) for codes in (truth, answers))
    if metric == "balanced_accuracy":
        return float((right[items > 0] / items[items > 0]).mean())
    return float((2 * right[items > 0] / (items + said)[items > 0]).mean())


def _logs(predictions: Predictions) -> Iterator[tuple[int, FloatArray]]:
    is_probability = predictions.header.score_kind is ScoreKind.PROBABILITIES
    for start, block in score_blocks(predictions.scores, block_bytes=1 << 20):
        wide = block.astype(np.float64)
        yield start, np.log(np.maximum(wide, SMALLEST_PROBABILITY)) if is_probability else wide


def _shifted(predictions: Predictions, offset: FloatArray) -> Iterator[FloatArray]:
    is_probability = predictions.header.score_kind is ScoreKind.PROBABILITIES
    for _, logs in _logs(predictions):
        moved = logs - offset
        yield np.exp(log_softmax(moved)) if is_probability else moved


def _training_counts(predictions: Predictions) -> FloatArray:
    counts: Mapping[str, int] | None = predictions.header.training_label_counts
    if not counts:
        raise DecisionError(
            f"Expected the number of training items of each class in the header of"
            f" '{predictions.header.contender}'; there are none. Those of a study carry them;"
            " leave the shift out for others."
        )
    return np.array([counts.get(name, 0) for name in predictions.label_space.classes], np.float64)


def _choice(shift: PriorShift) -> dict[str, Any]:
    """Return the choice of tau, as an entry of a selection ledger."""
    return {
        "contender": f"{shift.contender}{SHIFTED}",
        "what": "tau",
        "chosen": f"{shift.tau:g}",
        "candidates": shift.candidates,
        "metric": shift.metric,
        "part": shift.fitted_on,
        "items_digest": shift.fitted_items_digest,
    }
