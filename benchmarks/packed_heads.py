"""Hundreds of linear heads on the same embeddings, packed and one by one."""

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from benchmarks.record import markdown_table, write_section
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.linear import LinearHead, fit_linear
from fieldmark.heads.packed_linear import PackedRun, fit_packed
from fieldmark.heads.softmax_regression import LinearSettings
from fieldmark.manifest.labels import LabelSpace

T = TypeVar("T")
Array = npt.NDArray[Any]
PLANTS, IMAGES, WIDTH, FOLDS, SEEDS, BACKBONES = 264, 2000, 384, 44, 3, 3
LOOPED, ROUNDS = 4, 3
SPACE = LabelSpace(("well watered", "dry"))
SETTINGS = LinearSettings(epochs=20)


def main() -> None:
    """Fit all heads packed, and a few of them one by one, in turns."""
    generator = np.random.default_rng(0)
    plants = generator.integers(PLANTS, size=IMAGES)
    labels = plants % 2
    backbones = [embedded(generator, labels) for _ in range(BACKBONES)]
    runs = [
        PackedRun(np.flatnonzero(plants % FOLDS != fold), seed, SETTINGS)
        for fold in range(FOLDS)
        for seed in range(SEEDS)
    ]
    fit_packed(backbones[0], labels, runs[:1], SPACE)
    picked = runs[:: len(runs) // LOOPED][:LOOPED]
    packed, one_by_one = [], []
    for _ in range(ROUNDS):
        seconds, heads = taken(
            lambda: [fit_packed(known, labels, runs, SPACE) for known in backbones]
        )
        packed.append(seconds)
        seconds, alone = taken(lambda: [fitted(backbones[0], labels, run) for run in picked])
        one_by_one.append(seconds / LOOPED * len(runs) * BACKBONES)
    same = [heads[0][runs.index(run)] for run in picked]
    report(packed, one_by_one, difference(same, alone, backbones[0]))


def embedded(generator: np.random.Generator, labels: Array) -> EmbeddingSet:
    """Return made-up embeddings in which the classes overlap."""
    vectors = generator.normal(size=(IMAGES, WIDTH)) + 0.1 * labels[:, None]
    return EmbeddingSet(tuple(map(str, range(IMAGES))), vectors.astype(np.float32), {}, {})


def fitted(known: EmbeddingSet, labels: Array, run: PackedRun) -> LinearHead:
    """Return the head of one run by itself."""
    rows = run.train_rows
    chosen = known.select([known.ids[row] for row in rows])
    return fit_linear(chosen, labels[rows], label_space=SPACE, seed=run.seed, settings=run.settings)


def taken(call: Callable[[], T]) -> tuple[float, T]:
    """Return the processor's seconds, and what came of it."""
    started = time.process_time()
    found = call()
    return time.process_time() - started, found


def difference(
    packed: list[LinearHead], alone: list[LinearHead], known: EmbeddingSet
) -> Mapping[str, float]:
    """Return how far the logits lie apart, and how large they are."""
    pairs = [
        (one.scores_of(known.vectors), other.scores_of(known.vectors))
        for one, other in zip(packed, alone, strict=True)
    ]
    return {
        "apart": max(float(np.abs(one - other).max()) for one, other in pairs),
        "size": max(float(np.abs(other).max()) for _, other in pairs),
        "answers": sum(int((a.argmax(1) != b.argmax(1)).sum()) for a, b in pairs),
    }


def report(packed: list[float], one_by_one: list[float], found: Mapping[str, float]) -> None:
    """Write the table."""
    ours, theirs = median(packed), median(one_by_one)
    count = BACKBONES * FOLDS * SEEDS
    rows = [
        (f"one by one, `fit_linear` ({LOOPED} measured, scaled)", f"{theirs:.1f}", "1.0"),
        ("packed, `fit_packed` (all measured)", f"{ours:.2f}", f"{theirs / ours:.1f}"),
    ]
    table = markdown_table((f"{count} linear heads", "CPU seconds", "times faster"), rows)
    title = f"{count} linear heads: {BACKBONES} backbones x {FOLDS} folds x {SEEDS} seeds"
    body = (
        f"{IMAGES:,} embeddings of width {WIDTH}, {PLANTS} plants, 2 classes,"
        f" {SETTINGS.epochs} epochs in batches of {SETTINGS.batch_size}, numba installed.\n\n"
        f"{table}\n\nLargest difference of a logit {found['apart']:.1e}, of logits up to"
        f" {found['size']:.1f}; {found['answers']:.0f} answers differ."
    )
    write_section("packed_heads", title, body)


if __name__ == "__main__":
    main()
