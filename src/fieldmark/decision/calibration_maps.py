"""The maps behind the calibrators: fitted to a table of predictions, applied to blocks of it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from fieldmark.decision.log_scores import log_probability_blocks, log_softmax
from fieldmark.decision.outcome_curves import Knots, beta_at, fit_beta, fit_isotonic
from fieldmark.decision.scaling import fit_vector_scaling, temperature_of_blocks
from fieldmark.evaluation.resampling import FloatArray, IntArray
from fieldmark.predictions.table import Predictions

Parameters = Mapping[str, Sequence[float] | Sequence[Sequence[float]]]

_COLUMN_BYTES = 64 << 20


def fit_map(kind: str, predictions: Predictions) -> Parameters:
    """Return the parameters of a calibration map, as JSON holds them.

    Args:
        kind: "temperature", "vector", "isotonic" or "beta".
        predictions: with at least one item whose label is a class.
    """
    fits = {
        "temperature": _fit_temperature,
        "vector": _fit_vector,
        "isotonic": _fit_isotonic,
        "beta": _fit_beta,
    }
    return fits[kind](predictions)


def probabilities_of(kind: str, parameters: Parameters, logs: FloatArray) -> FloatArray:
    """Return calibrated probabilities, float64 (rows, k), rows sum to 1.

    A row to which every class gives 0 gets the same probability for each.

    Args:
        kind: of the map.
        parameters: what `fit_map` gave.
        logs: float64 (rows, k), logarithms of probabilities.
    """
    if kind == "temperature":
        return np.exp(log_softmax(logs / parameters["temperature"][0]))
    if kind == "vector":
        scale, bias = (np.asarray(parameters[name]) for name in ("scale", "bias"))
        return np.exp(log_softmax(logs * scale + bias))
    if kind == "beta":
        a, b, c = (np.asarray(parameters[name]) for name in ("a", "b", "c"))
        return _normalised(beta_at(np.exp(logs), a, b, c))
    probabilities = np.exp(logs)
    curves = zip(parameters["scores"], parameters["probabilities"], strict=True)
    for column, (scores, shares) in enumerate(curves):
        curve = Knots(np.asarray(scores), np.asarray(shares))
        probabilities[:, column] = curve.at(probabilities[:, column])
    return _normalised(probabilities)


def _fit_temperature(predictions: Predictions) -> Parameters:
    return {"temperature": [temperature_of_blocks(lambda: _labelled_blocks(predictions))]}


def _fit_vector(predictions: Predictions) -> Parameters:
    scale, bias = fit_vector_scaling(
        lambda: _labelled_blocks(predictions), classes=len(predictions.label_space)
    )
    return {"scale": scale.tolist(), "bias": bias.tolist()}


def _fit_isotonic(predictions: Predictions) -> Parameters:
    scores, probabilities = [], []
    for outcome, column in _one_against_rest(predictions):
        is_seen = bool(outcome.any())
        curve = fit_isotonic(column, outcome) if is_seen else _IDENTITY
        scores.append(curve.scores.tolist())
        probabilities.append(curve.probabilities.tolist())
    return {"scores": scores, "probabilities": probabilities}


def _fit_beta(predictions: Predictions) -> Parameters:
    found = [
        fit_beta(column, outcome) if outcome.any() else (1.0, 1.0, 0.0)
        for outcome, column in _one_against_rest(predictions)
    ]
    return {name: [one[place] for one in found] for place, name in enumerate("abc")}


def _labelled_blocks(predictions: Predictions) -> Iterator[tuple[FloatArray, IntArray]]:
    positions = predictions.label_positions.astype(np.int64)
    classes = len(predictions.label_space)
    for rows, logs in log_probability_blocks(predictions):
        known = positions[rows] < classes
        if known.any():
            yield (logs, positions[rows]) if known.all() else (logs[known], positions[rows][known])


def _one_against_rest(
    predictions: Predictions,
) -> Iterator[tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], FloatArray]]:
    """Yield for each class whether it is the label, and its probabilities, a few columns at a time.

    Each pass over the scores keeps as many columns as fit into 64 MiB.
    """
    positions = predictions.label_positions
    classes = len(predictions.label_space)
    known = positions < classes
    truth = positions[known]
    width = max(1, _COLUMN_BYTES // (8 * len(truth)))
    for first in range(0, classes, width):
        columns = slice(first, min(first + width, classes))
        kept = np.concatenate(
            [
                np.exp(logs[known[rows], columns])
                for rows, logs in log_probability_blocks(predictions)
            ]
        )
        for place in range(kept.shape[1]):
            yield truth == first + place, np.ascontiguousarray(kept[:, place])


def _normalised(shares: FloatArray) -> FloatArray:
    sums = shares.sum(axis=1, keepdims=True)
    empty = sums[:, 0] <= 0
    shares[empty], sums[empty] = 1.0, shares.shape[1]
    shares /= sums
    return shares


_IDENTITY = Knots(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
