"""A large collection is read, checked and split; benchmarks/fungitastic_tables.py has the cost."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.manifest.sources import ManifestColumns, read_manifest
from fieldmark.manifest.splits import split_holdout
from fieldmark.manifest.taxonomy import build_taxonomy

pytestmark = pytest.mark.slow
ROWS = 100_000
RANKS = ("phylum", "class", "order", "family", "genus", "species")


@pytest.fixture(scope="module")
def collection() -> pl.DataFrame:
    species = np.random.default_rng(0).integers(0, 2829, ROWS)
    numbers = np.arange(ROWS)
    widths = dict(zip(RANKS, (1536, 384, 96, 32, 8, 1), strict=True))
    ranks = {rank: [f"{rank} {s // width}" for s in species] for rank, width in widths.items()}
    return pl.DataFrame(
        {
            "id": [f"img{number:07d}" for number in numbers],
            "path": [f"{number % 300}/img{number:07d}.jpg" for number in numbers],
            **ranks,
            "observation": [str(number // 3) for number in numbers],
            "caption": ['A mushroom with "warts",\nfound on the forest floor. ' * 8] * ROWS,
        }
    )


def test_a_tree_of_many_rows_is_built(collection: pl.DataFrame) -> None:
    assert len(build_taxonomy(collection, RANKS).leaves) == 2829


def test_a_large_table_is_read_checked_and_split(collection: pl.DataFrame, tmp_path: Path) -> None:
    collection.write_csv(tmp_path / "large.csv")
    columns = ManifestColumns(ranks=RANKS, group="observation")
    manifest = read_manifest(tmp_path / "large.csv", columns=columns, images=tmp_path)
    split = split_holdout(manifest, fractions={"train": 0.8, "test": 0.2}, seed=0)
    assert manifest.frame["caption"].equals(collection["caption"])
    assert len(split.ids("train")) == pytest.approx(0.8 * ROWS, rel=0.02)
