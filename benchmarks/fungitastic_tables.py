"""What reading and auditing costs at FungiTastic's size, with tables and without photographs."""

import json
import resource
import tempfile
from pathlib import Path

import polars as pl

from benchmarks.record import markdown_table, take_in_turns, write_section
from benchmarks.start_up import fieldmark
from fieldmark.experiments.study_file import read_study
from fieldmark.manifest.fungitastic import fungitastic_tables
from fieldmark.manifest.table_parts import join_tables
from fieldmark.synthetic.fungitastic import METADATA, FungiTasticTruth, write_fungitastic
from fieldmark.workflows.ground import open_ground

SPECIES = 2_829
OBSERVATIONS = {"train": 200_000, "val": 42_000, "test": 42_000}
_MIB = 1024


def main() -> None:
    """Measure the reading alone, opening a study, and commands in fresh processes."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        truth = make_study(folder)
        tables = fungitastic_tables(folder / "data" / METADATA)
        file = read_study(folder, (), tasks=("taxonomy",), metrics=("macro_f1",))
        taken = take_in_turns(
            {
                "`polars.read_csv`, types guessed": lambda: [
                    pl.read_csv(path, infer_schema_length=None) for path in tables.values()
                ],
                "`join_tables`": lambda: join_tables(tables),
                "`open_ground`": lambda: open_ground(file),
                "`fieldmark check --skip-pixels`": fieldmark("check", str(folder), "--skip-pixels"),
            },
            rounds=1,
        )
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _MIB
    rows = [(name, f"{one.cpu:.1f}") for name, one in taken.items()]
    write_section(
        "fungitastic_tables",
        f"FungiTastic's tables: {sum(truth.rows.values()):,} rows, {SPECIES:,} species",
        f"Generated: {truth.rows['train']:,} rows of training, {truth.rows['val']:,} of validation"
        f" and {truth.rows['test']:,} of test, 32 columns, captions with line breaks, no photograph"
        " on the disk. Every cell is read as text, and the line of each row is known; ids, groups,"
        " ranks, names and parts are checked, and each file is looked for. The command held"
        f" {peak:,.0f} MiB at most.\n\n" + markdown_table(("what", "CPU seconds"), rows),
    )


def make_study(folder: Path) -> FungiTasticTruth:
    """Write tables of full size and a study on them; missing photographs are accepted there."""
    study = {
        "study": "large",
        "task": "taxonomy",
        "data": {"format": "fungitastic", "images": "data", "accept": ["missing_file"]},
        "contenders": {
            "one": {
                "backbone": {"name": "resnet10t", "weights": "random"},
                "head": {"kind": "knn"},
            }
        },
    }
    (folder / "study.yaml").write_text(json.dumps(study), encoding="utf-8")
    return write_fungitastic(
        folder / "data", species=SPECIES, observations=OBSERVATIONS, size=None, seed=0
    )


if __name__ == "__main__":
    main()
