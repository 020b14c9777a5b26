"""The whole evidence on a classifier of 2,829 species in six ranks, over 90,000 photos."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn import metrics

from benchmarks.record import markdown_table, write_section
from benchmarks.species_tables import (
    FLAT,
    HEADS,
    PHOTOS,
    RANKS,
    STOCK,
    STOCK_KNOWS,
    WIDTHS,
    lineages,
    make_table,
)
from fieldmark.predictions.store import load_predictions

ROUNDS = 3
SAMPLES = (4_000, 8_000)
CRITICAL = "species 0100"
REPORT = "`fieldmark report`, one contender, with a dossier"
THEIRS = "scikit-learn, values alone"
WITH_SCIKIT_LEARN = (
    "import sys; from pathlib import Path;"
    " from benchmarks.taxonomy_evidence import with_scikit_learn;"
    " with_scikit_learn(Path(sys.argv[1]), int(sys.argv[2]))"
)
BACK_OFF = (
    "import sys; from pathlib import Path;"
    " from fieldmark.evaluation.backoff_curve import backoff_curve;"
    " from fieldmark.predictions.store import load_predictions;"
    " backoff_curve(load_predictions(Path(sys.argv[1])))"
)


def main() -> None:
    """Time each part of the evidence in processes of its own, and scikit-learn on samples.

    A folder that is named keeps the generated tables for another time.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(name)
        words = words_of(folder, Path(name) / "page")
        runs: dict[str, list[Run]] = {way: [] for way in words}
        for _ in range(ROUNDS):
            for way, of_way in words.items():
                runs[way].append(run(*of_way))
    taken = {way: median_of(of_way) for way, of_way in runs.items()}
    taken[THEIRS] = extended(*(taken.pop(str(size)) for size in SAMPLES))
    write_section("taxonomy_evidence", "A taxonomy's whole evidence", body_of(taken))


@dataclass(frozen=True, slots=True)
class Run:
    """What a process took: CPU seconds, seconds on the clock, and MiB at its highest."""

    cpu: float
    clock: float
    peak: float


def run(*words: str) -> Run:
    """Run a command in a process of its own, and discard what it prints."""
    started = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}.")
    clock = time.perf_counter() - started
    return Run(used.ru_utime + used.ru_stime, clock, used.ru_maxrss / 1024)


def median_of(runs: Sequence[Run]) -> Run:
    """Return the median of each number."""
    return Run(*(statistics.median(column) for column in zip(*map(astuple, runs), strict=True)))


def words_of(folder: Path, page: Path) -> dict[str, tuple[str, ...]]:
    """Return the commands that are timed."""
    flat, heads, stock = (str(make_table(folder, one)) for one in (FLAT, HEADS, STOCK))
    program = str(Path(sys.executable).with_name("fieldmark"))
    python = (sys.executable, "-c")
    out = ("--out", str(page), "--critical", CRITICAL)
    common = ("--classes", "common")
    commands = {
        "`fieldmark evaluate`, float32": ("evaluate", flat),
        "`fieldmark evaluate`, float16": ("evaluate", heads),
        "`fieldmark compare` on accuracy": ("compare", heads, flat),
        "`fieldmark compare` on macro F1": ("compare", heads, flat, "--metric", "macro_f1"),
        "`fieldmark compare --classes common`, with the stock model": (
            *("compare", flat, stock),
            *common,
        ),
        REPORT: ("report", flat, *out),
        "`fieldmark report`, two contenders, with a dossier each": ("report", flat, heads, *out),
    }
    return {
        **{way: (program, *words) for way, words in commands.items()},
        "the back-off curve alone, with intervals": (*python, BACK_OFF, flat),
        **{str(size): (*python, WITH_SCIKIT_LEARN, flat, str(size)) for size in SAMPLES},
    }


def body_of(taken: dict[str, Run]) -> str:
    """Return the text and the table of the section."""
    widths = ", ".join(f"{width:,} {rank}" for rank, width in zip(RANKS, WIDTHS, strict=True))
    text = (
        f"{PHOTOS:,} photos of observations with about two photos each, nodes at the ranks:"
        f" {widths}; generated scores, stored as probabilities. Every command is a process of its"
        " own, start-up included; intervals are drawn by observation, 2,000 times. The report holds"
        " the evaluation at every rank, baselines, confidence, the back-off curve, mix-ups, and the"
        f" dossier of a critical species. The stock model knows {STOCK_KNOWS:,} of the species and"
        " some of its own, in another order. scikit-learn starts from the array in"
        " memory: accuracy, top-5 accuracy, log loss, macro precision, recall and F1 and the"
        " confusion matrix at every rank, without intervals, baselines, calibration and page;"
        f" measured on {SAMPLES[0]:,} and {SAMPLES[1]:,} photos and extended along the line through"
        f" both, its start-up included. Medians of {ROUNDS} turns.\n\n"
    )
    rows = [
        (
            way,
            f"{one.cpu:.2f}",
            f"{one.clock:.2f}",
            f"{taken[THEIRS].cpu / one.cpu:.1f}",
            "" if way == THEIRS else f"{one.peak:,.0f}",
        )
        for way, one in taken.items()
    ]
    columns = ("", "CPU seconds", "seconds on the clock", "times as fast", "peak memory, MiB")
    return text + markdown_table(columns, rows)


def with_scikit_learn(folder: Path, items: int) -> None:
    """Compute the metrics of the first items as a script would."""
    table, paths = load_predictions(folder), lineages()
    scores, labels = np.asarray(table.scores[:items]), table.label_positions[:items]
    for depth in range(len(RANKS)):
        at_rank(scores, labels, paths[:, depth])


def at_rank(scores: np.ndarray, labels: np.ndarray, nodes: np.ndarray) -> list[object]:
    """Return the metrics at one rank."""
    truth, every = nodes[labels], np.arange(int(nodes.max()) + 1)
    below = sparse.csr_array((np.ones(len(nodes), scores.dtype), (np.arange(len(nodes)), nodes)))
    sums = scores @ below
    sums = sums / sums.sum(axis=1, keepdims=True)
    answers = nodes[scores.argmax(axis=1)]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="y_pred contains classes not in y_true")
        return [
            metrics.accuracy_score(truth, answers),
            metrics.top_k_accuracy_score(truth, sums, k=5, labels=every),
            metrics.log_loss(truth, sums, labels=every),
            metrics.precision_recall_fscore_support(
                truth, answers, labels=every, average="macro", zero_division=0.0
            ),
            metrics.confusion_matrix(truth, answers, labels=every),
        ]


def extended(small: Run, large: Run) -> Run:
    """Return what all photos would take, on the line through two samples."""
    beyond = (PHOTOS - SAMPLES[1]) / (SAMPLES[1] - SAMPLES[0])
    pairs = zip(astuple(small), astuple(large), strict=True)
    return Run(*(after + beyond * (after - before) for before, after in pairs))


if __name__ == "__main__":
    main()
