"""Logistic regression over folds and penalties: all folds at once, and one by one."""

import time
import warnings
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from benchmarks.record import markdown_table, write_section
from fieldmark.heads.logistic_folds import fit_logistic_folds

Array = npt.NDArray[Any]
PLANTS, IMAGES, WIDTH, FOLDS, LOOPED, ROUNDS = 264, 2000, 384, 44, 6, 3
GRID = tuple(10.0**power for power in range(-5, 2))
Table = list[tuple[float, float, float, float]]


def main() -> None:
    """Fit every fold under every penalty in both ways, in turns."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    generator = np.random.default_rng(0)
    plants = generator.permutation(np.arange(IMAGES) % PLANTS)
    labels = plants % 2
    inputs = generator.normal(size=(IMAGES, WIDTH))
    inputs += 0.1 * labels[:, None] * generator.normal(size=WIDTH)
    inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    learnt = plants % FOLDS != np.arange(FOLDS)[:, None]
    rounds = [both(inputs, labels, learnt) for _ in range(ROUNDS + 1)][1:]
    of_grid = [
        tuple(median(column) for column in zip(*parts, strict=True))
        for parts in zip(*rounds, strict=True)
    ]
    rows = [
        (*cells(f"{c:g}", theirs, ours), f"{their_rest:.0e}", f"{our_rest:.0e}")
        for c, (ours, theirs, our_rest, their_rest) in zip(GRID, of_grid, strict=True)
    ]
    ours, theirs = (sum(part[place] for part in of_grid) for place in (0, 1))
    rows.append((*cells("all", theirs, ours), "", ""))
    heads = ("C", "scikit-learn, CPU s", "fieldmark, CPU s", "times faster")
    table = markdown_table((*heads, "its gradient", "our gradient"), rows)
    body = (
        f"{IMAGES:,} embeddings of width {WIDTH}, 2 classes, {FOLDS} folds of whole plants;"
        f" scikit-learn with its defaults ({LOOPED} folds measured, scaled), `fit_logistic_folds`"
        " from each penalty to the next. The gradient is the largest entry of what is left of that"
        f" of the mean loss.\n\n{table}"
    )
    write_section("logistic_heads", f"Logistic regression over {FOLDS} folds", body)


def cells(name: str, theirs: float, ours: float) -> tuple[str, str, str, str]:
    """Return a name, both seconds and their ratio."""
    return name, f"{theirs:.2f}", f"{ours:.2f}", f"{theirs / ours:.1f}"


def both(inputs: Array, labels: Array, learnt: Array) -> Table:
    """Return for each penalty our seconds, theirs, our gradient and theirs."""
    table: Table = []
    found = None
    for c in GRID:
        started = time.process_time()
        found = fit_logistic_folds(
            inputs, labels, learnt=learnt, n_classes=2, penalty=1 / c, start=found
        )
        between = time.process_time()
        models = [
            LogisticRegression(C=c).fit(inputs[rows], labels[rows]) for rows in learnt[:LOOPED]
        ]
        ended = time.process_time()
        rest = max(
            gradient(model, inputs[rows], labels[rows])
            for model, rows in zip(models, learnt, strict=False)
        )
        theirs = (ended - between) / LOOPED * FOLDS
        table.append((between - started, theirs, float(found.gradient.max()), rest))
    return table


def gradient(model: LogisticRegression, inputs: Array, labels: Array) -> float:
    """Return the largest entry of the gradient of the mean loss at a model's solution."""
    residual = model.predict_proba(inputs)[:, 1] - labels
    slope = inputs.T @ residual + model.coef_[0] / model.C
    return float(max(np.abs(slope).max(), abs(residual.sum())) / len(inputs))


if __name__ == "__main__":
    main()
