"""Time and memory of importing a table of scores, against reading it whole with polars or NumPy.

Every measurement is a fresh process, which tells its own time and by how much its resident memory
rose at its highest; pages of mapped files count, the interpreter and its packages do not.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.record import markdown_table, write_section

FORMATS = ("csv", "parquet", "npz")
WAYS = ("read whole", "import", "open what was imported, and summarise")


def main() -> None:
    """Measure the ways in turns, in fresh processes, and write the medians to the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--classes", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "FILE"))
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure[0], Path(arguments.measure[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        files = write_sources(Path(folder), arguments.items, arguments.classes)
        found = measure_in_turns(files, rounds=arguments.rounds)
    size = arguments.items * arguments.classes * 4 >> 20
    title = (
        f"Importing {arguments.items:,} x {arguments.classes:,} scores ({size:,} MiB as float32)"
    )
    note = (
        "Importing also checks every score, takes its digest and stores it, which reading does not."
    )
    write_section("import_predictions", title, f"{table_of(found)}\n\n{note}")


def write_sources(folder: Path, items: int, classes: int) -> list[Path]:
    """Write the same random probabilities in every format; return the paths."""
    import polars as pl

    generator = np.random.default_rng(0)
    scores = generator.standard_exponential((items, classes), dtype=np.float32)
    scores /= scores.sum(axis=1, keepdims=True)
    names = [f"class {column}" for column in range(classes)]
    labels = [names[column] for column in generator.integers(classes, size=items)]
    frame = pl.DataFrame(
        {
            "id": [f"photo {row}" for row in range(items)],
            "label": labels,
            **{f"score:{name}": scores[:, column] for column, name in enumerate(names)},
        }
    )
    paths = [folder / f"scores.{suffix}" for suffix in FORMATS]
    frame.write_csv(paths[0])
    frame.write_parquet(paths[1])
    ids = frame["id"].to_numpy().astype(str)
    np.savez(paths[2], scores=scores, ids=ids, labels=np.array(labels), classes=np.array(names))
    return paths


def measure_in_turns(files: list[Path], *, rounds: int) -> dict[tuple[str, str], list[list[float]]]:
    """Return seconds and MiB of every round for each format and way."""
    found: dict[tuple[str, str], list[list[float]]] = {}
    for turn in range(rounds + 1):
        for path in files:
            for way in WAYS:
                words = [sys.executable, "-m", "benchmarks.import_predictions"]
                done = subprocess.run(
                    [*words, "--measure", way, str(path)],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                if turn:
                    values = [float(word) for word in done.stdout.split()]
                    found.setdefault((path.suffix[1:], way), []).append(values)
    return found


def table_of(found: dict[tuple[str, str], list[list[float]]]) -> str:
    """Return the medians, with the ratios to reading the file whole."""
    medians = {
        key: [statistics.median(column) for column in zip(*rounds, strict=True)]
        for key, rounds in found.items()
    }
    rows = []
    for (suffix, way), (seconds, mebibytes) in medians.items():
        whole = medians[suffix, WAYS[0]]
        rows.append(
            (
                f"{suffix}: {way}",
                f"{seconds:.2f}",
                f"{seconds / whole[0]:.2f}",
                f"{mebibytes:,.0f}",
                f"{mebibytes / whole[1]:.2f}",
            )
        )
    return markdown_table(("", "seconds", "ratio", "rise of memory, MiB", "ratio"), rows)


def measure(way: str, path: Path) -> None:
    """Do one thing in this process; print its seconds and its rise of resident memory in MiB."""
    import polars as pl

    from fieldmark.predictions.importers import import_predictions
    from fieldmark.predictions.store import load_predictions
    from fieldmark.predictions.summary import summarise
    from fieldmark.predictions.table import ScoreKind

    def read_whole() -> object:
        if path.suffix == ".npz":
            with np.load(path) as arrays:
                return {name: arrays[name] for name in arrays.files}
        frame = pl.read_csv(path) if path.suffix == ".csv" else pl.read_parquet(path)
        return frame.select(pl.col("^score:.*$")).to_numpy()

    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        store = Path(folder) / "store"
        calls: dict[str, Callable[[], object]] = {
            WAYS[0]: read_whole,
            WAYS[1]: lambda: import_predictions(path, kind=ScoreKind.PROBABILITIES, out=store),
            WAYS[2]: lambda: summarise(load_predictions(store)),
        }
        if way == WAYS[2]:
            calls[WAYS[1]]()
        seconds, mebibytes = timed(calls[way])
    print(seconds, mebibytes)


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of a call, and by how many MiB resident memory rose at its highest."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = peak_mebibytes()
    started = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - started
    del result
    return seconds, peak_mebibytes() - before


def peak_mebibytes() -> float:
    """Return the highest resident memory of this process so far, in MiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("Expected a line VmHWM in /proc/self/status; there is none.")


if __name__ == "__main__":
    main()
