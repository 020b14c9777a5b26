"""Planning 10,000 cells: contenders x folds x seeds, with the digest of every cell."""

import tempfile
from pathlib import Path

import polars as pl

from benchmarks.record import markdown_table, time_in_turns, write_section
from fieldmark.experiments.plan import plan
from fieldmark.experiments.study_file import StudyFile, read_study
from fieldmark.experiments.study_plan import study_plan
from fieldmark.workflows.ground import open_ground

CONTENDERS, SEEDS = 76, 3
GENOTYPES, PLANTS, DAYS = 44, 6, 22
HEAD = """\
study: drought
task: taxonomy
data:
  manifest: manifest.csv
  images: .
  label: treatment
  group: plant
  split: {kind: leave_one_group_out, by: genotype, strata: set, validation: 1}
protocol: {seeds: [0, 1, 2]}
contenders:
"""


def main() -> None:
    """Time the plan alone, the whole study as it is opened, and the table of its cells."""
    with tempfile.TemporaryDirectory() as folder:
        file = written(Path(folder))
        ground = open_ground(file)
        records = [ground.ledger.settled_record(spec) for spec in ground.cells]
        seconds = time_in_turns(
            {
                "cells and digests": lambda: [
                    spec.inputs_digest for spec in plan(file.study, folds=ground.splits.names)
                ],
                "`plan` table with what has run": lambda: study_plan(
                    file.study, ground.cells, records
                ),
                "state of every cell on disk": lambda: [
                    ground.ledger.settled_record(spec) for spec in ground.cells
                ],
                "opening the study: table of images, 44 splits, files, cells": lambda: open_ground(
                    file
                ),
            },
            rounds=3,
        )
    images = GENOTYPES * PLANTS * DAYS
    rows = [(name, f"{1000 * took:,.0f} ms") for name, took in seconds.items()]
    table = markdown_table(("step", "median of 3"), rows)
    write_section(
        "plan_cells",
        "Planning cells",
        f"{len(ground.cells):,} cells: {CONTENDERS} contenders x {GENOTYPES} folds that leave one "
        f"genotype out x {SEEDS} seeds, over {images:,} images that are not there. Settings are "
        f"read once a contender, and a split once a fold.\n\n{table}",
    )


def written(folder: Path) -> StudyFile:
    """Write the study and return it."""
    rows = [
        (
            f"{genotype}-{plant}-{day}",
            f"g{genotype}",
            f"{genotype}-{plant}",
            genotype % 3,
            plant % 2,
        )
        for genotype in range(GENOTYPES)
        for plant in range(PLANTS)
        for day in range(DAYS)
    ]
    frame = pl.DataFrame(rows, schema=["id", "genotype", "plant", "set", "dry"], orient="row")
    labels = pl.when(pl.col("dry") == 1).then(pl.lit("dry")).otherwise(pl.lit("wet"))
    path = pl.col("id") + ".png"
    frame.with_columns(treatment=labels, path=path).write_csv(folder / "manifest.csv")
    contenders = [
        f"  c{number}: {{backbone: {{name: resnet18, weights: random, weights_seed: {number}}}, "
        "head: {kind: linear}}\n"
        for number in range(CONTENDERS)
    ]
    (folder / "study.yaml").write_text(HEAD + "".join(contenders), encoding="utf-8")
    return read_study(folder)


if __name__ == "__main__":
    main()
