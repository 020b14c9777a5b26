"""Paired bootstrap of two contenders at six ranks, against scikit-learn on resampled indices."""

import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import balanced_accuracy_score, f1_score

from benchmarks.large_tables import ITEMS, make_table
from benchmarks.record import markdown_table, write_section
from fieldmark.core.randomness import generator_for
from fieldmark.evaluation.averages import item_averages, stacked
from fieldmark.evaluation.class_metrics import CLASS_METRICS, class_metrics
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.measuring import Judged
from fieldmark.evaluation.resampling import (
    FloatArray,
    Statistic,
    Units,
    draw_weights,
    resampled,
    units_of,
)

RESAMPLES, LOOPS, TURNS = 1_000, 2, 3
WANTED = [CLASS_METRICS.index(name) for name in ("macro_f1", "balanced_accuracy")]


def main() -> None:
    """Time all resamples, and a few of the loop's in turns with them; compare the values."""
    units = units_of(None, n=ITEMS)
    with tempfile.TemporaryDirectory() as folder:
        judged = [
            judge(make_table(Path(folder), name, strength=strength))
            for name, strength in (("candidate", 4.0), ("today", 3.9))
        ]
    ours, loops = [], []
    for _ in range(TURNS):
        started = time.process_time()
        statistic = stacked([statistic_of(one, units) for one in judged])
        draws = resampled(statistic, units, resamples=RESAMPLES, rng=generator_for("turn", 0))
        ours.append(time.process_time() - started)
        weights = next(draw_weights(units, RESAMPLES, generator_for("turn", 0)))
        started = time.process_time()
        slow = [with_scikit_learn(judged, weights[:, draw]) for draw in range(LOOPS)]
        loops.append((time.process_time() - started) / LOOPS)
        for draw, values in enumerate(slow):
            assert np.abs(draws[:, draw] - values).max() < 1e-9
    mine, theirs = float(np.median(ours)), float(np.median(loops)) * RESAMPLES
    rows = [
        ("scikit-learn on resampled indices", f"{theirs:,.0f}", "1"),
        ("fieldmark", f"{mine:.1f}", f"{theirs / mine:.0f}"),
    ]
    body = (
        f"{ITEMS:,} items, two contenders, top-1, top-5, macro F1 and balanced accuracy at six"
        f" ranks, {RESAMPLES:,} paired resamples. CPU seconds, median of {TURNS} turns; of the loop"
        f" {LOOPS} resamples a turn were measured and scaled, and equal fieldmark's to 1e-9. Both"
        " start from answers and places, not from scores.\n\n"
    )
    table = markdown_table(("", "CPU seconds", "times as fast"), rows)
    write_section("paired_bootstrap", "Paired bootstrap", body + table)


def statistic_of(judged: Judged, units: Units) -> Statistic:
    """Return the four metrics of all ranks as one statistic."""
    columns = []
    for answers in judged.levels:
        assert answers.place is not None
        columns += [(answers.right, None), (answers.place <= 5, None)]
    averages = class_metrics(judged.levels, units)
    rows = [
        level * len(CLASS_METRICS) + row for level in range(len(judged.levels)) for row in WANTED
    ]

    def of_classes(weights: FloatArray) -> FloatArray:
        return averages(weights)[rows]

    return stacked([item_averages(columns, units), of_classes])


def with_scikit_learn(judged: list[Judged], weights: FloatArray) -> FloatArray:
    """Return the same values of one resample, its items repeated as often as they were drawn."""
    rows = np.repeat(np.arange(len(weights)), weights.astype(np.int64))
    values = []
    for one in judged:
        of_items, of_classes = [], []
        for answers in one.levels:
            assert answers.place is not None
            truth, predicted = answers.truth[rows], answers.predicted[rows]
            of_items += [(truth == predicted).mean(), (answers.place[rows] <= 5).mean()]
            present = np.unique(truth)
            of_classes += [
                f1_score(truth, predicted, average="macro", labels=present, zero_division=0.0),
                balanced_accuracy_score(truth, predicted),
            ]
        values += [*of_items, *of_classes]
    return np.array(values)


if __name__ == "__main__":
    main()
