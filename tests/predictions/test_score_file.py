from pathlib import Path

import numpy as np
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions import score_file
from fieldmark.predictions.score_file import ColumnFile, ScoreFile

ROWS = np.arange(12, dtype=np.float64).reshape(4, 3)


def test_rows_become_a_plain_array(tmp_path: Path) -> None:
    path = tmp_path / "scores.npy"
    with path.open("wb") as stream:
        file = ScoreFile(stream, 3, np.dtype(np.float32))
        for rows in (ROWS[:1], ROWS[1:3], ROWS[3:]):
            file.write(rows)
        file.finish()
    written = np.load(path, mmap_mode="r")
    assert written.dtype == np.float32
    assert np.array_equal(written, ROWS)


@pytest.mark.parametrize("shape", [(3,), (2, 4)])
def test_rows_of_another_width_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with (tmp_path / "scores.npy").open("wb") as stream:
        file = ScoreFile(stream, 3, np.dtype(np.float32))
        with pytest.raises(PredictionsError, match="rows of 3 scores; got an array of shape"):
            file.write(np.zeros(shape))


@pytest.mark.parametrize("stretch", [1, 48, 10**6])
def test_columns_become_the_same_array(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr(score_file, "_STRETCH_BYTES", stretch)
    path = tmp_path / "scores.npy"
    with ColumnFile(path, (4, 3), np.dtype(np.float64)) as file:
        file.write(2, ROWS[:, 2:])
        file.write(0, ROWS[:, :2])
    assert np.array_equal(np.load(path, mmap_mode="r"), ROWS)
