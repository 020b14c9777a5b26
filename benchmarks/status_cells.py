"""How long it takes to say how a study of many cells stands, half of them done."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.record import markdown_table, take_in_turns, write_section
from benchmarks.start_up import fieldmark
from fieldmark.experiments.ledger import Ledger
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.records import CellState, RunRecord, seal
from fieldmark.experiments.study_file import read_study
from fieldmark.synthetic.fungi import write_fungi
from fieldmark.workflows.ground import open_ground

CONTENDERS, SEEDS = 100, 100
_NET = "{name: resnet10t, weights: random}"
_ONE = ("--set", f"contenders={{one: {{backbone: {_NET}, head: {{kind: knn}}}}}}")
_OUTPUTS = ("head/arrays.npz", "predictions/test/header.json", "predictions/test/scores.npy")


def main() -> None:
    """Measure the ledger alone, and the whole command in a fresh process."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        cells, ledger = make_study(folder)
        done = fill(ledger, cells[::2])
        taken = take_in_turns(
            {
                "`fieldmark --help`": fieldmark("--help"),
                "`fieldmark status` with 1 cell": fieldmark("status", str(folder), *_ONE),
                "`Ledger.records`": lambda: ledger.records(cells),
                "`fieldmark status`": fieldmark("status", str(folder)),
                "`fieldmark status --json`": fieldmark("status", str(folder), "--json"),
            },
            rounds=3,
        )
    rows = [(name, f"{one.cpu:.2f}") for name, one in taken.items()]
    write_section(
        "status_cells",
        f"The state of {len(cells):,} cells, {done:,} of them done",
        f"{CONTENDERS} contenders, {SEEDS} seeds, on a local disk whose folders are in memory. A"
        " done cell is a record and three outputs, each looked at; no index is kept. The rest of a"
        " command is Python and its packages.\n\n" + markdown_table(("what", "CPU seconds"), rows),
    )


def make_study(folder: Path) -> tuple[tuple[RunSpec, ...], Ledger]:
    """Write a study of many contenders and return its cells and its ledger."""
    write_fungi(folder / "data", species=3, observations=3, size=16, seed=0)
    contender = {"backbone": {"name": "resnet10t", "weights": "random"}, "head": {"kind": "linear"}}
    study = {
        "study": "many",
        "task": "taxonomy",
        "data": {
            "manifest": "data/manifest.csv",
            "images": "data",
            "label": "species",
            "group": "observation",
            "split": "split",
        },
        "protocol": {"seeds": list(range(SEEDS))},
        "contenders": {f"probe-{number}": contender for number in range(CONTENDERS)},
    }
    (folder / "study.yaml").write_text(json.dumps(study), encoding="utf-8")
    ground = open_ground(read_study(folder, (), tasks=("taxonomy",), metrics=("accuracy",)))
    return ground.cells, ground.ledger


def fill(ledger: Ledger, cells: Sequence[RunSpec]) -> int:
    """Write a result of each cell and return how many; the outputs are copies of one."""
    for spec in cells:
        folder = ledger.result_folder(spec)
        for name in _OUTPUTS:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(bytes(100))
        record = RunRecord(
            cell=spec.id,
            state=CellState.RUNNING,
            inputs_digest=spec.inputs_digest,
            started="2026-01-01T00:00:00+00:00",
            finished="2026-01-01T00:01:00+00:00",
            seconds=60.0,
            made_with=dict.fromkeys(("fieldmark", "numpy", "python", "torch", "timm"), "1.2.3"),
        )
        seal(folder, record, facts={"head": "0" * 64, "trained_on": 100, "excluded": {"train": 0}})
        ledger.lock_path(spec).touch()
    return len(cells)


if __name__ == "__main__":
    main()
