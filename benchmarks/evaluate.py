"""All classification and hierarchical metrics of a large table, against scikit-learn."""

import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn import metrics

from benchmarks.large_tables import ITEMS, SPECIES, make_table, taxonomy
from benchmarks.record import Taken, markdown_table, take_in_turns, write_section
from benchmarks.start_up import fieldmark
from fieldmark.evaluation.evaluate import judge
from fieldmark.evaluation.measurements import rows_of, statistics_of
from fieldmark.evaluation.resampling import units_of
from fieldmark.predictions.blocks import raw_blocks
from fieldmark.predictions.store import load_predictions
from fieldmark.predictions.table import Predictions

ROUNDS = 3
_LEAVES_ONLY = ("brier_score",)
SAMPLES = (4_000, 8_000)
READ, SUMMED = "reading the file once, into a buffer", "summing the mapped scores once"
OURS, THEIRS = "fieldmark, values of all metrics", "scikit-learn"
WHOLE = "`fieldmark evaluate`, with 2,000 resamples and baselines"


def main() -> None:
    """Time the values of all metrics, one reading of the scores, and scikit-learn on samples."""
    warnings.filterwarnings("ignore", message="y_pred contains classes not in y_true")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = make_table(folder, "probe", strength=4.0)
        compare_values(make_table(folder, "sample", strength=4.0, items=SAMPLES[0]))
        taken = take_in_turns(calls_on(folder / "probe", table), rounds=ROUNDS)
        grown = growth_of_memory(folder / "probe", folder / "sample")
        first = first_call(folder / "probe", folder / "cache")
    taken[THEIRS] = extended(*(taken.pop(str(size)) for size in SAMPLES))
    write_section("evaluate", "Evaluating a large table", body_of(taken, grown, first))


def calls_on(folder: Path, table: Predictions) -> dict[str, Callable[[], object]]:
    """Return what is timed."""
    small, large = SAMPLES
    return {
        READ: lambda: read_file(folder / "scores.npy"),
        SUMMED: lambda: [block.sum() for _, block in raw_blocks(table.scores)],
        OURS: lambda: all_values(folder),
        str(small): lambda: with_scikit_learn(table, small),
        str(large): lambda: with_scikit_learn(table, large),
        WHOLE: fieldmark("evaluate", str(folder)),
    }


def body_of(taken: dict[str, Taken], grown: float, first: float) -> str:
    """Return the text and the table of the section."""
    size = ITEMS * SPECIES * 4 / 2**20
    ratios = [taken[OURS].cpu / taken[way].cpu for way in (READ, SUMMED)]
    text = (
        f"{ITEMS:,} items x {SPECIES:,} classes, float32 probabilities, memory-mapped"
        f" ({size:,.0f} MiB, in the page cache), six ranks; medians of {ROUNDS} turns. fieldmark"
        " opens the stored table and computes the values of all its metrics of classification,"
        " hierarchy, calibration and selection at every rank, without intervals. scikit-learn"
        " starts from the same array and computes accuracy, top-3 and top-5 accuracy, balanced"
        " accuracy, macro and weighted precision, recall and F1, Matthews correlation, log loss"
        " and Brier"
        " score at every rank, the ranks summed by a sparse product; it was measured on"
        f" {SAMPLES[0]:,} and {SAMPLES[1]:,} items and extended along the line through both. On"
        f" {SAMPLES[0]:,} items the values of both are equal.\n\n"
        f"The values take {ratios[0]:.1f} times as long as reading the file once, and"
        f" {ratios[1]:.1f} times as long as summing the mapped scores once. Once the"
        f" table is open, memory rises by {grown:,.0f} MiB at its highest"
        f" ({100 * grown / size:.1f} % of the scores). The first"
        f" call after an installation also compiles, and takes {first:.1f} CPU seconds.\n\n"
    )
    rows = [
        (way, f"{one.cpu:.2f}", f"{one.clock:.2f}", f"{taken[THEIRS].cpu / one.cpu:,.0f}")
        for way, one in taken.items()
        if way in (THEIRS, OURS)
    ]
    rows += [
        (way, f"{taken[way].cpu:.2f}", f"{taken[way].clock:.2f}", "")
        for way in (READ, SUMMED, WHOLE)
    ]
    columns = ("", "CPU seconds", "seconds on the clock", "times as fast")
    return text + markdown_table(columns, rows)


def all_values(folder: Path) -> dict[tuple[str, str | None], float]:
    """Return the values of a stored table, opened anew."""
    return values_of(load_predictions(folder))


def values_of(table: Predictions) -> dict[tuple[str, str | None], float]:
    """Return the value of every metric at every rank (None: the leaves) of an open table."""
    judged = judge(table)
    names = [(row.metric, row.rank) for row in rows_of([judged])]
    values = statistics_of(judged, units_of(None, n=table.n)).exact(np.ones((table.n, 1)))
    return dict(zip(names, values[:, 0].tolist(), strict=True))


def with_scikit_learn(table: Predictions, items: int) -> dict[tuple[str, str | None], float]:
    """Return metrics of the first items as a script with scikit-learn computes them."""
    tree = taxonomy()
    scores = np.asarray(table.scores[:items], dtype=np.float64)
    labels = tree.leaves.positions(table.labels[:items])
    best = scores.argmax(axis=1)
    found: dict[tuple[str, str | None], float] = {}
    for depth, rank in enumerate(tree.ranks):
        nodes, width = tree.paths[:, depth], len(tree.nodes[depth])
        is_leaf = rank == tree.ranks[-1]
        below = sparse.csr_array((np.ones(SPECIES), (np.arange(SPECIES), nodes)))
        sums = scores if is_leaf else scores @ below
        of_rank = metrics_of(nodes[labels], nodes[best], sums, width)
        found |= {(metric, None if is_leaf else rank): of_rank[metric] for metric in of_rank}
    return found


def metrics_of(
    truth: np.ndarray, answers: np.ndarray, sums: np.ndarray, width: int
) -> dict[str, float]:
    """Return the metrics at one rank."""
    every = np.arange(width)
    sums /= sums.sum(axis=1, keepdims=True)
    found = {
        "accuracy": metrics.accuracy_score(truth, answers),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, answers),
        "matthews_correlation": metrics.matthews_corrcoef(truth, answers),
        "log_loss": metrics.log_loss(truth, sums, labels=every),
        "brier_score": float(np.square(sums - np.eye(width)[truth]).sum(axis=1).mean()),
    }
    for k in (3, 5):
        if k < width:
            hits = metrics.top_k_accuracy_score(truth, sums, k=k, labels=every)
            found[f"top_{k}_accuracy"] = hits
    for average in ("macro", "weighted"):
        present = np.unique(truth)
        of_classes = metrics.precision_recall_fscore_support(
            truth, answers, labels=present, average=average, zero_division=0.0
        )
        for metric, value in zip(("precision", "recall", "f1"), of_classes, strict=False):
            found[f"{average}_{metric}"] = value
    return found


def compare_values(table: Predictions) -> None:
    """Raise unless both give the same values."""
    theirs = with_scikit_learn(table, table.n)
    ours = values_of(table)
    for name, value in theirs.items():
        if name[0] not in _LEAVES_ONLY or name[1] is None:
            np.testing.assert_allclose(ours[name], value, rtol=1e-5, err_msg=str(name))


def read_file(path: Path) -> None:
    """Read the bytes of a file once."""
    buffer = bytearray(4 << 20)
    with path.open("rb", buffering=0) as stream:
        while stream.readinto(buffer):
            pass


def extended(small: Taken, large: Taken) -> Taken:
    """Return what all items would take, on the line through two samples."""
    beyond = (ITEMS - SAMPLES[1]) / (SAMPLES[1] - SAMPLES[0])
    return Taken(
        large.cpu + beyond * (large.cpu - small.cpu),
        large.clock + beyond * (large.clock - small.clock),
    )


def growth_of_memory(folder: Path, small: Path) -> float:
    """Return by how many MiB the memory of a process rises at its highest, libraries not counted.

    Args:
        folder: stored table that is evaluated.
        small: stored table that is evaluated before, so that all libraries are loaded.
    """
    code = (
        "from pathlib import Path; import sys; import benchmarks.evaluate as here;"
        " from benchmarks.large_tables import load_compiled; load_compiled();"
        " table, small = (here.load_predictions(Path(word)) for word in sys.argv[1:]);"
        " here.values_of(small);"
        " Path('/proc/self/clear_refs').write_text('5');"
        " peak = lambda: next(int(line.split()[1]) / 1024 for line in"
        " Path('/proc/self/status').read_text().splitlines() if line.startswith('VmHWM'));"
        " before = peak(); here.values_of(table); print(peak() - before)"
    )
    return float(run_python(code, str(folder), str(small)))


def first_call(folder: Path, cache: Path) -> float:
    """Return the CPU seconds of the first call in a process that has nothing compiled yet."""
    code = (
        "from pathlib import Path; import sys, os, time;"
        " os.environ['NUMBA_CACHE_DIR'] = sys.argv[2]; import benchmarks.evaluate as here;"
        " started = time.process_time(); here.all_values(Path(sys.argv[1]));"
        " print(time.process_time() - started)"
    )
    return float(run_python(code, str(folder), str(cache)))


def run_python(code: str, *words: str) -> str:
    """Return what a fresh process prints."""
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
