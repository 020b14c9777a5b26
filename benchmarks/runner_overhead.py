"""What the runner adds to the work: cells of a study against a loop over the same function."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import JsonValue

from benchmarks.record import markdown_table, time_in_turns, write_section
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.runner import run_missing

CELLS: Final = 100
ITEMS, CLASSES = 1000, 50
FILES: Final = 6


def main() -> None:
    """Time a loop, a first run and a run with nothing to do, and write the section."""
    plan = [RunSpec("probe", seed, settings_digest="s") for seed in range(CELLS)]
    scores = np.random.default_rng(0).random((ITEMS, CLASSES), dtype=np.float32)
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        run(plan, scores, Ledger(folder / "done"))
        seconds = time_in_turns(
            {
                "a loop over the function": lambda: loop(plan, scores, fresh(folder)),
                "the runner, a first run": lambda: run(plan, scores, Ledger(fresh(folder))),
                "the runner, nothing to do": lambda: run(plan, scores, Ledger(folder / "done")),
            }
        )
    write_section("runner_overhead", "What the runner adds", body(seconds))


def work(scores: np.ndarray, folder: Path) -> dict[str, JsonValue]:
    """Store what a cell with two judged parts stores, and return a fact."""
    for number in range(FILES):
        np.save(folder / f"scores-{number}.npy", scores)
    return {"items": ITEMS}


def fresh(root: Path) -> Path:
    """Return a new folder."""
    return Path(tempfile.mkdtemp(dir=root))


def loop(plan: Sequence[RunSpec], scores: np.ndarray, root: Path) -> None:
    """Call the function for every cell, as a script would."""
    for spec in plan:
        folder = root / spec.id
        folder.mkdir(parents=True)
        work(scores, folder)


def run(plan: Sequence[RunSpec], scores: np.ndarray, ledger: Ledger) -> None:
    """Call the function for every cell by the runner; all have to be done afterwards."""

    def task(_: RunSpec, folder: Path, __: Progress) -> Mapping[str, JsonValue]:
        return work(scores, folder)

    summary = run_missing(plan, task, ledger, progress=SilentProgress())
    if not summary.is_complete:
        raise SystemExit(summary.sentence)


def body(seconds: Mapping[str, float]) -> str:
    """Return the text of the section."""
    alone = next(iter(seconds.values()))
    rows = [
        (name, f"{1000 * value / CELLS:.1f}", f"{1000 * (value - alone) / CELLS:.1f}")
        for name, value in seconds.items()
    ]
    rows[-1] = (*rows[-1][:2], "")
    megabytes = FILES * ITEMS * CLASSES * 4 / 1e6
    return (
        f"{CELLS} cells that each store {FILES} arrays, {megabytes:.1f} MB together; medians of 5 "
        "turns. Beyond the loop the runner locks the cell, forces the result to disk, moves it "
        "into place in one step, and records what it was made from and the digest of every file. "
        "A run with nothing to do reads the records and compares lengths.\n\n"
        + markdown_table(("", "ms per cell", "ms beyond the loop"), rows)
    )


if __name__ == "__main__":
    main()
