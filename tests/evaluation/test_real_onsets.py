"""The baselines on 264 real plants, and real traits of plants that were not imaged every day."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.evaluation.onset_baselines import best_constant_day, median_onset
from fieldmark.evaluation.onset_evaluation import evaluate_onset
from fieldmark.evaluation.onset_rules import OnsetRule
from fieldmark.evaluation.onset_settings import OnsetSettings
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.table import Predictions
from fieldmark.predictions.trajectories_onsets import read_onset_table
from fieldmark.predictions.trajectories_source import trajectories_of

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real data do not lie beside the checkout"),
]


def predictions_over(items: pl.DataFrame, positive: np.ndarray, name: str) -> Predictions:
    return Predictions(
        header=PredictionsHeader(score_kind="probabilities", contender=name, split="test"),
        items=items,
        label_space=LabelSpace(("well", "dry")),
        scores=np.stack([1 - positive, positive], axis=1),
    )


@pytest.fixture(scope="module")
def beans():
    """Return the plants on their own imaging days, seen by an observer at the AUC of the seed."""
    folder = DATA / "faba_drought"
    rounds = pl.read_csv(folder / "timepoint_metadata.csv").select("round", "dag")
    plants = pl.read_csv(folder / "plant_metadata.csv")
    days = dict(rounds.rows())
    rows = [
        (plant, onset, day)
        for plant, onset, imaged in plants.select(
            "plant_id", "dag_drought_onset", "available_timepoints"
        ).rows()
        for day in sorted({days[number] for number in json.loads(imaged)})
    ]
    begun = np.array([onset is not None and day >= onset for _, onset, day in rows])
    rng = np.random.default_rng(0)
    separation = 2.313
    observed = rng.normal(size=len(rows)) + separation * begun
    odds = separation * (observed - separation / 2) + np.log(begun.mean() / (1 - begun.mean()))
    items = pl.DataFrame(
        {
            "id": [f"{plant} {day}" for plant, _, day in rows],
            "label": np.array(["well", "dry"])[begun.astype(int)],
            "plant_id": [plant for plant, _, _ in rows],
            "dag": [str(day) for _, _, day in rows],
        }
    )
    onsets = read_onset_table(
        folder / "plant_metadata.csv",
        specimen="plant_id",
        onset="dag_drought_onset",
        group="accession",
    )
    return trajectories_of(
        predictions_over(items, 1 / (1 + np.exp(-odds)), "ideal observer"),
        specimen="plant_id",
        time="dag",
        positive="dry",
        onset=onsets,
        control=("treatment", "WHC-80"),
    )


def test_beans_are_what_the_study_says(beans) -> None:
    assert (beans.n, len(set(beans.groups)), beans.begins.sum()) == (264, 44, 132)
    assert beans.unaffected.sum() == 132
    assert beans.imaged.sum(axis=1).max() < len(beans.times) / 1.5
    assert beans.contradictions == 0


def test_day_28_for_every_bean(beans) -> None:
    everyone = np.ones(beans.n, bool)
    assert best_constant_day(beans, everyone) == median_onset(beans, everyone) == 28
    errors = np.abs(28 - beans.onset_times[beans.begins])
    assert round(errors.mean(), 2) == 6.07


def test_the_table_of_the_beans(beans) -> None:
    found = evaluate_onset(
        beans, OnsetSettings(rule=OnsetRule("change-point", never=0.5), resamples=200)
    )
    assert found.groups == 44
    constant = found.baseline("constant day", "onset_error_to_end")
    assert 6.06 < constant.value < 6.5
    assert found.estimate("onset_error_to_end").value < constant.value / 2
    assert 0.94 < found.estimate("state_auroc_pooled").value < 0.96


@pytest.fixture(scope="module")
def millet():
    """Return one third of the water against full water; smaller than its like is the score."""
    table = pl.read_csv(
        DATA / "setaria_traits" / "pcv2-areatest-050417.tsv.gz", separator="\t", infer_schema=False
    )
    sides = table.filter(
        (pl.col("camera") == "SV") & pl.col("plantbarcode").str.slice(3, 2).is_in(["AA", "AD"])
    ).select(
        pl.col("image").alias("id"),
        pl.col("plantbarcode").alias("plant"),
        pl.col("plantbarcode").str.slice(0, 3).alias("genotype"),
        pl.col("plantbarcode").str.slice(3, 2).alias("water"),
        (pl.col("timestamp").str.slice(0, 10).str.to_date() - pl.date(2013, 12, 7))
        .dt.total_days()
        .alias("day"),
        pl.col("area").cast(pl.Float64),
    )
    like = ["genotype", "day"]
    smaller = (pl.len().over(like) - pl.col("area").rank().over(like)) / pl.len().over(like)
    return sides.with_columns(
        score=smaller,
        label=pl.when((pl.col("water") == "AD") & (pl.col("day") >= 10))
        .then(pl.lit("dry"))
        .otherwise(pl.lit("well")),
    )


def test_real_traits_with_views_and_gaps(millet) -> None:
    """The day on which it begins is ours; the masks, the views and the sizes are real."""
    score = millet["score"].to_numpy()
    plants = millet.select("plant", "genotype", "water").unique(maintain_order=True)
    onsets = plants.with_columns(
        onset=pl.when(pl.col("water") == "AD").then(pl.lit("10")).otherwise(pl.lit("never"))
    )
    seen = trajectories_of(
        predictions_over(millet.select("id", "label", "plant", "day"), score, "side area"),
        specimen="plant",
        time="day",
        positive="dry",
        onset=onsets,
        control=("water", "AA"),
        views="mean",
    )
    assert seen.n == plants.height
    assert 0.2 < seen.imaged.mean() < 0.8
    found = evaluate_onset(seen, OnsetSettings(resamples=200))
    assert found.groups is None
    by_day = found.estimate("state_auroc_mean_of_days")
    assert by_day.low > 0.55
    treatment = found.baseline("treatment and day", "state_auroc_pooled")
    assert treatment.value > found.estimate("state_auroc_pooled").value
