"""How long a verdict on two tables of 100,000 rows takes, start-up included."""

import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.record import markdown_table, take_in_turns, write_section
from benchmarks.start_up import fieldmark
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import save_predictions
from fieldmark.predictions.table import Predictions

ITEMS = 100_000
METRICS = {"accuracy": "exact McNemar", "log_loss": "sign flips", "macro_f1": "swaps"}


def main() -> None:
    """Time `fieldmark compare` over few and many classes, on metrics with different tests."""
    with tempfile.TemporaryDirectory() as folder:
        calls = {}
        for classes in (10, 170):
            first, second = (
                make_table(Path(folder), name, classes=classes) for name in ("candidate", "today")
            )
            for metric, test in METRICS.items():
                words = f"{classes} classes, {metric} ({test})"
                calls[words] = fieldmark("compare", first, second, "--metric", metric)
        taken = take_in_turns(calls, rounds=3)
    rows = [(name, f"{one.cpu:.2f}", f"{one.clock:.2f}") for name, one in taken.items()]
    body = (
        f"`fieldmark compare` of two tables of {ITEMS:,} rows, the whole process from start-up to"
        " the verdict; medians of 3 turns.\n\n"
    )
    table = markdown_table(("", "CPU seconds", "seconds on the clock"), rows)
    write_section("compare_tables", "Comparing large tables", body + table)


def make_table(folder: Path, name: str, *, classes: int) -> str:
    """Return the folder of a stored table of logits."""
    truth = np.random.default_rng(0).integers(classes, size=ITEMS)
    noise = np.random.default_rng([*name.encode(), classes])
    scores = noise.standard_normal((ITEMS, classes), dtype=np.float32)
    scores[np.arange(ITEMS), truth] += 2
    names = tuple(f"species {number:03}" for number in range(classes))
    items = pl.DataFrame(
        {
            "id": [f"photo {row}" for row in range(ITEMS)],
            "label": [names[position] for position in truth],
        }
    )
    header = PredictionsHeader(score_kind="logits", contender=name, split="test")
    out = folder / f"{name}-{classes}"
    save_predictions(Predictions(header, items, LabelSpace(names), scores), out)
    return str(out)


if __name__ == "__main__":
    main()
