from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError
from fieldmark.predictions import parquet_source
from fieldmark.predictions.importers import import_predictions
from fieldmark.predictions.table import Predictions, ScoreKind

PLAIN = {"id": ["x", "y"], "label": ["a", "b"]}


@pytest.fixture
def load(tmp_path: Path):
    def loaded(frame: pl.DataFrame) -> Predictions:
        frame.write_parquet(tmp_path / "scores.parquet")
        return import_predictions(
            tmp_path / "scores.parquet", kind=ScoreKind.LOGITS, out=tmp_path / "out"
        )

    return loaded


def scored(**columns: object) -> pl.DataFrame:
    return pl.DataFrame(PLAIN | {f"score:{name}": values for name, values in columns.items()})


def test_a_plain_table(load) -> None:
    table = load(scored(a=[1.0, 2.0], b=[3.0, 4.5]).with_columns(altitude=pl.Series([1, None])))
    assert table.items.columns == ["id", "label", "altitude"]
    assert table.items["altitude"].to_list() == [1, None]
    assert table.scores.tolist() == [[1.0, 3.0], [2.0, 4.5]]


@pytest.mark.parametrize(
    ("first", "second", "stored"),
    [
        (pl.Float32, pl.Float32, np.float32),
        (pl.Float64, pl.Float32, np.float64),
        (pl.Int64, pl.Float32, np.float64),
    ],
)
def test_scores_keep_their_precision(load, first, second, stored) -> None:
    frame = scored(a=pl.Series([1, 2], dtype=first), b=pl.Series([3, 4], dtype=second))
    assert load(frame).scores.dtype == stored


@pytest.mark.parametrize("batch", [1, 40, 10**6])
def test_columns_come_in_batches(load, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(parquet_source, "_BATCH_BYTES", batch)
    scores = np.random.default_rng(0).standard_normal((50, 7))
    frame = pl.DataFrame(scores, schema=[f"score:{column}" for column in range(7)]).with_columns(
        id=pl.Series([f"i{row}" for row in range(50)]), label=pl.lit("3")
    )
    assert np.array_equal(load(frame).scores, scores)


def test_integer_ids_and_labels_become_text(load) -> None:
    frame = scored(**{"1": [1.0, 2.0]}).with_columns(id=pl.Series([7, 8]), label=pl.Series([1, 0]))
    table = load(frame)
    assert table.ids.to_list() == ["7", "8"]
    assert table.unknown_label_count == 1


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (scored(a=["1", "2"]), "expected numbers in the column 'score:a'; it holds String"),
        (scored(a=[True, False]), "expected numbers in the column 'score:a'; it holds Bool"),
        (scored(a=[1.0, None]), "'score:a'; 1 of 2 are missing .first: 'y'"),
        (scored(a=[1.0, 2.0]).clear(), "expected at least one row; there is none"),
        (scored(), "expected one column 'score:<class>'"),
        (scored(a=[1.0, 2.0]).with_columns(label=pl.lit(1.5)), "'label' to hold text or integers"),
        (scored(a=[1.0, 2.0]).with_columns(id=pl.lit(None, pl.String)), "id for every item; 2"),
        (scored(a=[1.0, np.nan]), "NaN or infinite"),
    ],
)
def test_what_does_not_fit_is_refused(load, tmp_path: Path, frame, message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        load(frame)
    assert [entry.name for entry in tmp_path.iterdir()] == ["scores.parquet"]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    path.write_bytes(b"PAR1 this is not Parquet")
    with pytest.raises(PredictionsError, match=r"scores.parquet cannot be read as Parquet"):
        import_predictions(path, kind=ScoreKind.LOGITS, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
