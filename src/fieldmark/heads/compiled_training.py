"""Softmax regression by AdamW, compiled by numba, which is imported here and nowhere else in heads.

Compiled when it is first called and kept on disk. Sums of products may be taken in any order.
"""

from typing import Any

import numba
import numpy as np

_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8


def _compiled(kernel: Any) -> Any:
    """Return the kernel compiled; where nothing can be kept on disk, anew in every process."""
    try:
        return numba.njit(kernel, cache=True, nogil=True, fastmath={"reassoc", "contract"})
    except RuntimeError:
        return numba.njit(kernel, nogil=True, fastmath={"reassoc", "contract"})


def _gradient(inputs: Any, target: Any, share: Any, state: Any, slope: Any) -> Any:
    """Add one image's gradient to ``slope``; return its cross-entropy."""
    weights, bias = state
    slope_weights, slope_bias = slope
    classes, width = weights.shape
    logits = np.empty(classes, np.float32)
    highest = np.float32(-np.inf)
    for c in range(classes):
        total = np.float32(0)
        row = weights[c]
        for j in range(width):
            total += inputs[j] * row[j]
        logits[c] = total + bias[c]
        highest = max(highest, logits[c])
    own = logits[target]
    below = np.float32(0)
    for c in range(classes):
        logits[c] = np.exp(logits[c] - highest)
        below += logits[c]
    for c in range(classes):
        change = (logits[c] / below - np.float32(c == target)) * share
        slope_bias[c] += change
        row = slope_weights[c]
        for j in range(width):
            row[j] += change * inputs[j]
    return np.log(below) + highest - own


def _adamw(values: Any, slope: Any, first: Any, second: Any, rates: Any) -> None:
    """Change ``values`` (rows, columns) by one step, and the moments with them."""
    keep, step, root = rates
    for c in range(len(values)):
        row, pull, mean, square = values[c], slope[c], first[c], second[c]
        for j in range(len(row)):
            mean[j] += np.float32(1 - _FIRST) * (pull[j] - mean[j])
            square[j] = (
                np.float32(_SECOND) * square[j] + np.float32(1 - _SECOND) * pull[j] * pull[j]
            )
            row[j] = row[j] * keep - step * mean[j] / (
                np.sqrt(square[j]) / root + np.float32(_TINY)
            )


def _train(
    inputs: Any, targets: Any, class_weights: Any, orders: Any, rates: Any, state: Any
) -> Any:
    weights, bias, decay, batch_size = state
    epochs, images = orders.shape
    slope, slope_bias = np.zeros_like(weights), np.zeros_like(bias)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    first_bias, second_bias = np.zeros_like(bias), np.zeros_like(bias)
    losses, first_loss, step = np.zeros(epochs), 0.0, 0
    for epoch in range(epochs):
        for start in range(0, images, batch_size):
            batch = orders[epoch, start : start + batch_size]
            slope[:], slope_bias[:] = 0, 0
            whole = np.float32(0)
            for i in batch:
                whole += class_weights[targets[i]]
            loss = 0.0
            for i in batch:
                share = class_weights[targets[i]] / whole
                loss += share * gradient(
                    inputs[i], targets[i], share, (weights, bias[0]), (slope, slope_bias[0])
                )
            if step == 0:
                first_loss = loss
            rate = rates[step]
            step += 1
            how = (
                np.float32(1 - rate * decay),
                np.float32(rate / (1 - _FIRST**step)),
                np.float32(np.sqrt(1 - _SECOND**step)),
            )
            adamw(weights, slope, first, second, how)
            adamw(bias, slope_bias, first_bias, second_bias, how)
            losses[epoch] += loss * len(batch) / images
    return losses, first_loss


gradient = _compiled(_gradient)
adamw = _compiled(_adamw)
train = _compiled(_train)
