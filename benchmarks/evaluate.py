"""All classification and hierarchical metrics of a large table, against scikit-learn."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn import metrics

from benchmarks.large_tables import ITEMS, SPECIES, make_table
from benchmarks.record import markdown_table, write_section
from fieldmark.evaluation.evaluate import evaluate_predictions, judge
from fieldmark.evaluation.measurements import statistics_of
from fieldmark.evaluation.resampling import FloatArray, units_of
from fieldmark.predictions.blocks import score_blocks
from fieldmark.predictions.table import Predictions

ROUNDS, SAMPLE = 3, 4_000


def main() -> None:
    """Time the values of all metrics, one read of the scores, and scikit-learn on a sample."""
    with tempfile.TemporaryDirectory() as folder:
        table = make_table(Path(folder), "probe", strength=4.0)
        all_metrics(table)  # compile
        grown = memory_of(Path(folder) / "probe")
        read, ours = seconds_of(lambda: read_once(table)), seconds_of(lambda: all_metrics(table))
        theirs = seconds_of(lambda: with_scikit_learn(table, SAMPLE), rounds=1) * ITEMS / SAMPLE
        started = time.process_time()
        evaluate_predictions(table)
        whole = time.process_time() - started
    rows = [
        ("scikit-learn, scaled from a sample", f"{theirs:.1f}", "1"),
        ("fieldmark, values of all metrics", f"{ours:.2f}", f"{theirs / ours:.0f}"),
        ("reading the scores once", f"{read:.2f}", ""),
        ("fieldmark evaluate, with 2,000 resamples and baselines", f"{whole:.1f}", ""),
    ]
    size = ITEMS * SPECIES * 4 / 2**20
    body = (
        f"{ITEMS:,} items x {SPECIES:,} classes, float32, memory-mapped ({size:,.0f} MiB), six"
        f" ranks. CPU seconds, median of {ROUNDS} runs; scikit-learn (accuracy, top-3 and top-5,"
        " balanced accuracy, macro and weighted precision, recall and F1, Matthews correlation, log"
        f" loss, Brier score at every rank) was measured on {SAMPLE:,} items and scaled. The values"
        f" take {ours / read:.1f} times as long as one read, and the peak of the memory grew by"
        f" {grown:,.0f} MiB ({100 * grown / size:.1f} % of the scores).\n\n"
    )
    table_of_rows = markdown_table(("", "CPU seconds", "times as fast"), rows)
    write_section("evaluate", "Evaluating a large table", body + table_of_rows)


def all_metrics(table: Predictions) -> FloatArray:
    """Return the values of all metrics at all ranks, without intervals."""
    units = units_of(None, n=table.n)
    return statistics_of(judge(table), units).exact(np.ones((units.count, 1)))


def read_once(table: Predictions) -> float:
    """Return the sum of all scores, block by block: the least that any metric has to do."""
    return float(sum(block.sum() for _, block in score_blocks(table.scores)))


def with_scikit_learn(table: Predictions, items: int) -> list[float]:
    """Return the same metrics of the first items, computed by scikit-learn."""
    tree = table.taxonomy
    assert tree is not None
    scores = np.asarray(table.scores[:items])
    labels = tree.leaves.positions(table.labels[:items])
    found = []
    for rank in range(len(tree.ranks)):
        nodes = tree.paths[:, rank]
        truth, width = nodes[labels], len(tree.nodes[rank])
        sums = np.zeros((items, width))
        np.add.at(sums.T, nodes, scores.T)
        answers = nodes[scores.argmax(axis=1)]
        every = np.arange(width)
        found.append(metrics.accuracy_score(truth, answers))
        found += [
            metrics.top_k_accuracy_score(truth, sums, k=k, labels=every)
            for k in (3, 5)
            if k < width
        ]
        for average in ("macro", "weighted"):
            found += metrics.precision_recall_fscore_support(
                truth, answers, average=average, zero_division=0.0
            )[:3]
        found.append(metrics.balanced_accuracy_score(truth, answers))
        found.append(metrics.matthews_corrcoef(truth, answers))
        found.append(metrics.log_loss(truth, sums, labels=every))
        found.append(float(((sums - np.eye(width)[truth]) ** 2).sum(axis=1).mean()))
    return found


def seconds_of(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median CPU seconds of a call."""
    seconds = []
    for _ in range(rounds):
        started = time.process_time()
        call()
        seconds.append(time.process_time() - started)
    return float(np.median(seconds))


def memory_of(folder: Path) -> float:
    """Return by how many MiB the peak of a fresh process grows while it computes all metrics."""
    code = (
        "import resource, sys; from pathlib import Path; from benchmarks.evaluate import"
        " all_metrics; from benchmarks.large_tables import warm_up;"
        " from fieldmark.predictions.store import load_predictions; warm_up(all_metrics);"
        " peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024;"
        " table = load_predictions(Path(sys.argv[1])); before = peak(); all_metrics(table);"
        " print(peak() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


if __name__ == "__main__":
    main()
