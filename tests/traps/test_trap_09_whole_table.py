"""Trap 9: metrics came from one of 16 shards. A table is whole, or there is none."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import PredictionsWriter, load_predictions

SHARDS, ROWS, CLASSES = 16, 5, 3
N = SHARDS * ROWS
ITEMS = pl.DataFrame({"id": [f"photo {row}" for row in range(N)], "label": ["c0"] * N})
SCORES = np.arange(N * CLASSES, dtype=np.float32).reshape(SHARDS, ROWS, CLASSES)


def writer(folder: Path) -> PredictionsWriter:
    return PredictionsWriter(
        folder,
        PredictionsHeader(score_kind="logits", contender="sharded"),
        items=ITEMS,
        label_space=LabelSpace(tuple(f"c{column}" for column in range(CLASSES))),
    )


@pytest.mark.parametrize("count", [1, SHARDS - 1])
def test_trap_09_some_of_the_shards_are_refused(tmp_path: Path, count: int) -> None:
    expected = rf"shape \({N}, {CLASSES}\) \(items, classes\); got \({count * ROWS}, {CLASSES}\)"
    with pytest.raises(PredictionsError, match=expected), writer(tmp_path / "store") as table:
        for shard in SCORES[:count]:
            table.write(shard)
    assert not (tmp_path / "store").exists()


def test_trap_09_all_shards_become_one_table(tmp_path: Path) -> None:
    with writer(tmp_path / "store") as table:
        for shard in SCORES:
            table.write(shard)
    loaded = load_predictions(tmp_path / "store")
    assert loaded.n == N
    assert np.array_equal(loaded.scores, SCORES.reshape(N, CLASSES))
