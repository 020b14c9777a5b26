"""Trap 19: what was tuned on the test predictions, or learnt from the test labels' metadata."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import DecisionError
from fieldmark.decision.metadata_record import MetadataSettings
from fieldmark.experiments.observing import YearsConfig
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.store import load_predictions, save_predictions
from fieldmark.predictions.table import Predictions, PredictionsHeader
from fieldmark.workflows.metadata import PriorTables, metadata_prior_of

SETTINGS = MetadataSettings(columns=("habitat",))
YEARS = YearsConfig(column="year", before=2021)


def items(part: str, n: int) -> pl.DataFrame:
    rng = np.random.default_rng([n, *part.encode()])
    label = rng.integers(2, size=n)
    habitat = np.where(rng.random(n) < 0.85, label, 1 - label)
    return pl.DataFrame(
        {
            "id": [f"{part}-{i}" for i in range(n)],
            "label": [("cap", "cep")[one] for one in label],
            "habitat": [("wood", "lawn")[one] for one in habitat],
            "year": rng.integers(2016, 2024, size=n),
        }
    )


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Return a folder with predictions of two parts, and a table of training items."""
    for part in ("validation", "test"):
        frame = items(part, 300)
        scores = np.random.default_rng(len(part)).normal(size=(300, 2))
        scores[np.arange(300), (frame["label"] == "cep").cast(int).to_numpy()] += 0.8
        header = PredictionsHeader(score_kind="logits", contender="probe", split=part)
        table = Predictions(header, frame, LabelSpace(("cap", "cep")), scores)
        save_predictions(table, tmp_path / part)
    items("train", 500).write_csv(tmp_path / "train.csv")
    return tmp_path


def learnt(folder: Path, training: str = "train.csv"):
    return metadata_prior_of(
        (folder / "validation", folder / "test"),
        PriorTables(training=folder / training, years=YEARS),
        SETTINGS,
    )


def test_trap_19_labels_of_the_reported_part_do_not_change_the_prior(stored: Path) -> None:
    before = learnt(stored).prior
    test = load_predictions(stored / "test")
    turned = test.items.with_columns(
        label=pl.lit("cap"), habitat=test.items["habitat"].shuffle(1), year=pl.lit(2016)
    )
    again = Predictions(test.header, turned, test.label_space, np.array(test.scores))
    save_predictions(again, stored / "turned")
    after = metadata_prior_of(
        (stored / "validation", stored / "turned"),
        PriorTables(training=stored / "train.csv", years=YEARS),
        SETTINGS,
    ).prior
    assert after.digest == before.digest


def test_trap_19_years_that_are_not_counted_do_not_change_the_prior(stored: Path) -> None:
    before = learnt(stored).prior
    frame = items("train", 500)
    late = frame["year"] >= 2021
    assert late.any()
    other = pl.when(late).then(pl.lit("cap")).otherwise(pl.col("label"))
    frame.with_columns(label=other).write_csv(stored / "late.csv")
    after = learnt(stored, "late.csv").prior
    assert after.counts.by_class.tolist() == before.counts.by_class.tolist()
    assert after.weights == before.weights
    assert after.training_items == int((~late).sum())


def test_trap_19_one_part_for_both_is_refused(stored: Path) -> None:
    with pytest.raises(DecisionError, match="300 of the 300 items to report on were used to fit"):
        metadata_prior_of(
            (stored / "test", stored / "test"), PriorTables(training=stored / "train.csv"), SETTINGS
        )


def test_trap_19_training_items_of_the_reported_part_are_refused(stored: Path) -> None:
    both = pl.concat([items("train", 500), items("test", 300)[:2]])
    both.write_csv(stored / "both.csv")
    with pytest.raises(DecisionError, match="2 of 300 items of 'test', which is reported, stand"):
        learnt(stored, "both.csv")
