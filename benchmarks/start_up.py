"""How long a person waits before a command does its work."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.record import markdown_table, time_in_turns, write_section

ITEMS, CLASSES = 1000, 10


def main() -> None:
    """Time the commands that shall answer at once, and a bare interpreter beside them."""
    with tempfile.TemporaryDirectory() as folder:
        store = make_store(Path(folder))
        seconds = time_in_turns(
            {
                "python -c pass": command(sys.executable, "-c", "pass"),
                "python -c 'import numpy, polars'": command(
                    sys.executable, "-c", "import numpy, polars"
                ),
                "fieldmark --help": fieldmark("--help"),
                f"fieldmark evaluate ({ITEMS:,} x {CLASSES})": fieldmark("evaluate", store),
                f"fieldmark compare ({ITEMS:,} x {CLASSES})": fieldmark("compare", store, store),
            }
        )
    rows = [(f"`{name}`", f"{value:.2f}") for name, value in seconds.items()]
    write_section("start_up", "Start-up", markdown_table(("command", "seconds"), rows))


def make_store(folder: Path) -> str:
    """Return the folder of an imported table of probabilities."""
    generator = np.random.default_rng(0)
    scores = generator.dirichlet(np.ones(CLASSES), ITEMS).astype(np.float32)
    names = np.array([f"species {index}" for index in range(CLASSES)])
    labels = names[generator.integers(CLASSES, size=ITEMS)]
    ids = np.array([f"photo {index}" for index in range(ITEMS)])
    np.savez(folder / "scores.npz", scores=scores, ids=ids, labels=labels, classes=names)
    source, out = str(folder / "scores.npz"), str(folder / "store")
    fieldmark("import", source, "--kind", "probabilities", "--out", out)()
    return out


def fieldmark(*words: str) -> Callable[[], object]:
    """Return a call that runs the command line in a fresh process."""
    return command(str(Path(sys.executable).with_name("fieldmark")), *words)


def command(*words: str) -> Callable[[], object]:
    """Return a call that runs a command and discards what it prints."""
    return lambda: subprocess.run(words, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main()
