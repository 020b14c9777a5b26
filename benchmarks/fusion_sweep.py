"""A sweep over the weight and temperature of a pool, against a loop over scikit-learn's metrics."""

import time

import numpy as np
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, top_k_accuracy_score

from benchmarks.record import markdown_table, write_section
from fieldmark.decision.fusion_choice import sweep_grid
from fieldmark.predictions.fusion import linear_pool, sharpened

ITEMS, CLASSES = 10_000, 170
WEIGHTS, TEMPERATURES = np.linspace(0, 1, 101), np.geomspace(0.25, 4, 20)
CELLS_OF_LOOP, ROUNDS = 25, 3


def main() -> None:
    """Time the whole grid, and a few of the loop's cells in turns with it."""
    first, second, truth = sources()
    ours, theirs = [], []
    rng = np.random.default_rng(0)
    for _ in range(ROUNDS):
        started = time.process_time()
        grid = sweep_grid(first, second, truth, TEMPERATURES, weights=WEIGHTS)
        ours.append(time.process_time() - started)
        rows = rng.integers(len(TEMPERATURES), size=CELLS_OF_LOOP)
        columns = rng.integers(len(WEIGHTS), size=CELLS_OF_LOOP)
        started = time.process_time()
        cells = [
            loop_cell(first, second, truth, TEMPERATURES[r], WEIGHTS[c])
            for r, c in zip(rows, columns, strict=True)
        ]
        theirs.append((time.process_time() - started) / CELLS_OF_LOOP)
        for row, column, cell in zip(rows, columns, cells, strict=True):
            for metric, value in cell.items():
                assert abs(grid.values[metric][row, column] - value) < 1e-9
    count = len(WEIGHTS) * len(TEMPERATURES)
    mine, loop = float(np.median(ours)), float(np.median(theirs)) * count
    body = (
        f"{ITEMS:,} items, {CLASSES} classes, 2 sources; {len(WEIGHTS)} weights x"
        f" {len(TEMPERATURES)} temperatures = {count:,} cells; accuracy, top-5 accuracy, balanced"
        f" accuracy and macro F1 of each. CPU seconds, median of {ROUNDS} turns; of the loop"
        f" {CELLS_OF_LOOP} cells a turn were measured and scaled, and found equal to 1e-9.\n\n"
    )
    rows_of_table = [
        ("loop over scikit-learn", f"{loop:.1f}", "1"),
        ("fieldmark, all weights at once", f"{mine:.2f}", f"{loop / mine:.0f}"),
    ]
    table = markdown_table(("", "CPU seconds", "times as fast"), rows_of_table)
    write_section("fusion_sweep", "Fusion sweep", body + table)


def sources() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the probabilities of two sources that are right on 70 and 55 %, and the truth."""
    rng = np.random.default_rng(1)
    truth = rng.integers(CLASSES, size=ITEMS)
    found = []
    for strength in (4.0, 3.2):
        logits = rng.standard_normal((ITEMS, CLASSES))
        logits[np.arange(ITEMS), truth] += strength
        odds = np.exp(2 * (logits - logits.max(axis=1, keepdims=True)))
        found.append(odds / odds.sum(axis=1, keepdims=True))
    return found[0], found[1], truth


def loop_cell(
    first: np.ndarray, second: np.ndarray, truth: np.ndarray, temperature: float, weight: float
) -> dict[str, float]:
    """Return the metrics of one cell as a script would compute them."""
    fused = linear_pool(first, sharpened(second, temperature), weight)
    answers = fused.argmax(axis=1)
    return {
        "accuracy": accuracy_score(truth, answers),
        "top_5_accuracy": top_k_accuracy_score(truth, fused, k=5, labels=np.arange(CLASSES)),
        "balanced_accuracy": balanced_accuracy_score(truth, answers),
        "macro_f1": f1_score(truth, answers, average="macro", labels=np.unique(truth)),
    }


if __name__ == "__main__":
    main()
