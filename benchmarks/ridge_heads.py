"""Ridge regression that leaves out each plant in turn: the hat matrix, and fitting again."""

import time
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import Ridge

from benchmarks.record import markdown_table, write_section
from fieldmark.heads.hat_matrix import ridge_leave_group_out

Array = npt.NDArray[Any]
PLANTS, IMAGES, WIDTH, PENALTY, LOOPED, ROUNDS = 264, 2000, 384, 100.0, 24, 5


def main() -> None:
    """Predict each plant from all others in both ways, in turns."""
    generator = np.random.default_rng(0)
    plants = generator.permutation(np.arange(IMAGES) % PLANTS)
    targets = np.eye(2)[plants % 2]
    vectors = generator.normal(size=(IMAGES, WIDTH)) + 0.1 * targets[:, :1]
    inside = plants < LOOPED
    ours, theirs, apart = [], [], 0.0
    for turn in range(ROUNDS + 1):
        started = time.process_time()
        found = ridge_leave_group_out(vectors, targets, plants, PENALTY)
        between = time.process_time()
        expected = again(vectors, targets, plants)
        ended = time.process_time()
        apart = max(apart, float(np.abs(found - expected)[inside].max()))
        if turn:
            ours.append(between - started)
            theirs.append((ended - between) / LOOPED * PLANTS)
    ratio = median(theirs) / median(ours)
    rows = [
        (
            f"scikit-learn's Ridge again and again ({LOOPED} measured, scaled)",
            f"{median(theirs):.2f}",
            "1.0",
        ),
        ("`ridge_leave_group_out`", f"{median(ours):.3f}", f"{ratio:.0f}"),
    ]
    table = markdown_table((f"{PLANTS} plants left out", "CPU seconds", "times faster"), rows)
    body = (
        f"{IMAGES:,} embeddings of width {WIDTH}, 2 outputs.\n\n{table}\n\n"
        f"Largest difference {apart:.1e}."
    )
    write_section("ridge_heads", "Ridge that leaves out each group", body)


def again(vectors: Array, targets: Array, plants: Array) -> Array:
    """Return the predictions for the first plants, each by a regression on all others."""
    found = np.zeros_like(targets)
    for plant in range(LOOPED):
        out = plants == plant
        model = Ridge(alpha=PENALTY).fit(vectors[~out], targets[~out])
        found[out] = model.predict(vectors[out])
    return found


if __name__ == "__main__":
    main()
