"""The whole evidence on a classifier of 2,829 species in six ranks, over 90,000 photos."""

import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn import metrics

from benchmarks.record import Taken, markdown_table, take_in_turns, write_section
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
from benchmarks.start_up import command, fieldmark
from fieldmark.predictions.store import load_predictions

ROUNDS = 3
SAMPLES = (4_000, 8_000)
CRITICAL = "species 0100"
REPORT = "`fieldmark report`, one contender, with a dossier"
THEIRS = "scikit-learn, values alone"
BACK_OFF = (
    "import sys; from pathlib import Path;"
    " from fieldmark.evaluation.backoff_curve import backoff_curve;"
    " from fieldmark.predictions.store import load_predictions;"
    " backoff_curve(load_predictions(Path(sys.argv[1])))"
)


def main() -> None:
    """Time each part of the evidence in a process of its own, and scikit-learn on samples."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = words_of(folder)
        calls = {way: fieldmark(*of_way) for way, of_way in words.items()}
        flat = words[REPORT][1]
        calls["the back-off curve alone, with intervals"] = command(
            sys.executable, "-c", BACK_OFF, flat
        )
        for size in SAMPLES:
            calls[str(size)] = with_scikit_learn(Path(flat), size)
        taken = take_in_turns(calls, rounds=ROUNDS)
        peaks = {way: peak_of(*of_way) for way, of_way in words.items()}
    small, large = (taken.pop(str(size)) for size in SAMPLES)
    taken[THEIRS] = extended(small, large)
    write_section("taxonomy_evidence", "A taxonomy's whole evidence", body_of(taken, peaks))


def words_of(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the commands that are timed."""
    flat, heads, stock = (str(make_table(folder, one)) for one in (FLAT, HEADS, STOCK))
    out = ("--out", str(folder / "page"), "--critical", CRITICAL)
    return {
        "`fieldmark evaluate`, float32": ("evaluate", flat),
        "`fieldmark evaluate`, float16": ("evaluate", heads),
        "`fieldmark compare` on accuracy": ("compare", heads, flat),
        "`fieldmark compare` on macro F1": ("compare", heads, flat, "--metric", "macro_f1"),
        "`fieldmark compare --classes common`, against the stock model": (
            *("compare", flat, stock),
            *("--classes", "common"),
        ),
        REPORT: ("report", flat, *out),
        "`fieldmark report`, two contenders, with a dossier each": ("report", flat, heads, *out),
    }


def body_of(taken: dict[str, Taken], peaks: dict[str, float]) -> str:
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
        f" both. Medians of {ROUNDS} turns.\n\n"
    )
    rows = [
        (
            way,
            f"{one.cpu:.2f}",
            f"{one.clock:.2f}",
            f"{taken[THEIRS].cpu / one.cpu:.1f}",
            f"{peaks[way]:,.0f}" if way in peaks else "",
        )
        for way, one in taken.items()
    ]
    columns = ("", "CPU seconds", "seconds on the clock", "times as fast", "peak memory, MiB")
    return text + markdown_table(columns, rows)


def with_scikit_learn(folder: Path, items: int) -> Callable[[], object]:
    """Return a call that computes the metrics of the first items as a script would."""
    table, paths = load_predictions(folder), lineages()
    scores = np.asarray(table.scores[:items])
    labels = table.label_positions[:items]
    return lambda: [at_rank(scores, labels, paths[:, depth]) for depth in range(len(RANKS))]


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


def extended(small: Taken, large: Taken) -> Taken:
    """Return what all photos would take, on the line through two samples."""
    beyond = (PHOTOS - SAMPLES[1]) / (SAMPLES[1] - SAMPLES[0])
    return Taken(
        large.cpu + beyond * (large.cpu - small.cpu),
        large.clock + beyond * (large.clock - small.clock),
    )


def peak_of(*words: str) -> float:
    """Return how much memory a command holds at its highest, in MiB, files that it maps counted."""
    code = (
        "import resource, subprocess, sys;"
        " subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
        " print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    program = str(Path(sys.executable).with_name("fieldmark"))
    done = subprocess.run(
        [sys.executable, "-c", code, program, *words], capture_output=True, check=True
    )
    return int(done.stdout) / 1024


if __name__ == "__main__":
    main()
