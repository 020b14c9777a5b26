"""prior from the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fieldmark.cli.priors import columns_and_bins
from fieldmark.manifest.labels import LabelSpace
from fieldmark.predictions.header import PredictionsHeader
from fieldmark.predictions.store import load_predictions, save_predictions
from fieldmark.predictions.table import Predictions

SPECIES = ("cap", "cep", "morel")
Call = Callable[..., Any]


def items(part: str, n: int) -> pl.DataFrame:
    rng = np.random.default_rng([n, *part.encode()])
    of_observation = rng.integers(3, size=n // 2)
    label = np.repeat(of_observation, 2)
    month = np.repeat(np.where(of_observation == 2, 4, rng.integers(8, 12, size=n // 2)), 2)
    return pl.DataFrame(
        {
            "id": [f"{part}-{i}" for i in range(n)],
            "label": [SPECIES[one] for one in label],
            "observation": [f"{part}-o{i // 2}" for i in range(n)],
            "month": month,
            "height": np.round(label * 100 + np.repeat(rng.normal(scale=90, size=n // 2), 2), 1),
            "year": np.repeat(rng.integers(2016, 2024, size=n // 2), 2),
            "poisonous": [str(one == 0) for one in label],
        }
    )


def store(folder: Path, part: str, frame: pl.DataFrame, training_ids: Any = None) -> None:
    truth = np.array([SPECIES.index(name) for name in frame["label"]])
    scores = np.random.default_rng(frame.height + len(part)).normal(size=(frame.height, 3))
    scores[np.arange(frame.height), truth] += 1.0
    header = PredictionsHeader(score_kind="logits", contender="net", split=part)
    table = Predictions(header, frame, LabelSpace(SPECIES), scores, training_ids=training_ids)
    save_predictions(table, folder / part)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with predictions of two parts, and a table of training items."""
    for part in ("validation", "test"):
        store(tmp_path, part, items(part, 200))
    items("train", 400).write_csv(tmp_path / "train.csv")
    return tmp_path


def words(folder: Path, *more: object, training: str = "train.csv") -> list[object]:
    return [
        "prior",
        folder / "validation",
        folder / "test",
        "--training",
        folder / training,
        "--resamples",
        "300",
        *more,
    ]


def test_it_says_what_it_found_and_stores_it(folder: Path, call: Call) -> None:
    said = call(*words(folder, "--columns", "month,height:6", "--out", folder / "out"))
    assert said.code == 0, said.err
    assert "Counted on 400 training items (all of train.csv)." in said.out
    assert "month (5 categories)" in said.out
    assert "height (6 bins between quantiles of training)" in said.out
    assert "by image, of 200 images" in said.out
    assert "net + metadata prior is better than net on accuracy" in said.out
    answer = load_predictions(folder / "out" / "predictions")
    assert answer.header.contender == "net + metadata prior"
    stored = json.loads((folder / "out" / "prior.json").read_text())
    assert stored["prior"]["is_kept"] is True
    again = call("compare", folder / "out" / "predictions", folder / "test")
    assert "net + metadata prior is better than net" in again.out
    page = call("report", folder / "out" / "predictions", folder / "test", "--out", folder / "page")
    assert page.code == 0, page.err


def test_observations_stand_beside_the_images(folder: Path, call: Call) -> None:
    more = ("--columns", "month", "--observations", "observation", "--json")
    said = call(*words(folder, *more))
    found = json.loads(said.out)
    assert found["observations"]["count"] == 100
    assert {(row["level"], row["n"]) for row in found["rows"]} == {
        ("image", 200),
        ("observation", 100),
    }
    assert [one["step"] for one in found["verdicts"]] == [
        "metadata prior",
        "metadata prior",
        "photos pooled",
    ]


def test_metadata_may_come_from_another_table(folder: Path, call: Call) -> None:
    for part in ("validation", "test"):
        store(folder, f"bare-{part}", items(part, 200).select("id", "label"))
    both = pl.concat([items(part, 200) for part in ("validation", "test")])
    both.drop("label")[1:].write_csv(folder / "items.csv")
    said = call(
        "prior",
        folder / "bare-validation",
        folder / "bare-test",
        "--training",
        folder / "train.csv",
        "--items",
        folder / "items.csv",
        "--columns",
        "month",
    )
    assert said.code == 0, said.err
    assert "1 item of 'bare-validation' have no row of metadata" in said.out


def test_of_a_whole_table_the_training_items_are_taken(folder: Path, call: Call) -> None:
    parts = [items("train", 400), items("validation", 200), items("test", 200)]
    pl.concat(parts).write_csv(folder / "all.csv")
    for part in ("validation", "test"):
        store(folder, part, items(part, 200), training_ids=parts[0]["id"].to_list())
    said = call(*words(folder, "--columns", "month", training="all.csv"))
    assert "Counted on 400 training items (those of all.csv that the predictions were" in said.out


def test_years_may_be_left_out(folder: Path, call: Call) -> None:
    said = call(*words(folder, "--columns", "month", "--years", "year", "--before", "2020"))
    expected = int((items("train", 400)["year"] < 2020).sum())
    assert f"Counted on {expected} training items (all of train.csv, year before 2020)" in said.out


def test_a_prior_that_adds_nothing_says_so(folder: Path, call: Call) -> None:
    frame = items("train", 400)
    frame.with_columns(pl.col("month").shuffle(0)).write_csv(folder / "shuffled.csv")
    said = call(*words(folder, "--columns", "month", training="shuffled.csv"))
    assert "The prior adds nothing that can be shown: its weights are 0." in said.out
    assert "metadata prior, of 200 images: the fit decided against it" in said.out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--columns", ""), "at least one column of metadata"),
        (("--columns", "monht"), "Unknown column of metadata 'monht'; did you mean 'month'?"),
        (("--columns", "observation", "--group", "observation"), "almost one for each"),
        (("--columns", "poisonous"), "one value only for all items of a label"),
        (("--columns", "month", "--id", "nr"), "Expected a column 'nr' in"),
        (("--columns", "month", "--label", "species"), "Name it with --label."),
        (("--columns", "month", "--group", "lot"), "Name it with --group."),
        (("--columns", "month", "--before", "2020"), "Name it with --years."),
        (("--columns", "month", "--years", "yr", "--since", "2"), "column of years 'yr'"),
        (("--columns", "month", "--years", "year"), "years needs 'since' or 'before'"),
        (("--columns", "month", "--metric", "acc"), "Unknown metric to compare on 'acc'"),
        (("--columns", "month", "--observations", "tree"), "column 'tree' that names the obs"),
    ],
)
def test_wrong_input_is_refused_in_words(
    folder: Path, call: Call, more: tuple[str, ...], message: str
) -> None:
    said = call(*words(folder, *more))
    assert said.code == 2
    assert message in said.err


def test_foreign_and_repeated_ids_of_metadata_are_refused(folder: Path, call: Call) -> None:
    table = folder / "items.csv"
    more = ("--columns", "month,soil", "--items", table)
    pl.DataFrame({"id": ["x"], "soil": ["clay"]}).write_csv(table)
    assert (
        "none of 200 ids (such as 'validation-0') is in the table"
        in call(*words(folder, *more)).err
    )
    pl.DataFrame({"id": ["x", "x"], "soil": ["clay"] * 2}).write_csv(table)
    assert "'x' stands there more often" in call(*words(folder, *more)).err


def test_training_ids_that_the_table_lacks_are_refused(folder: Path, call: Call) -> None:
    for part in ("validation", "test"):
        store(folder, part, items(part, 200), training_ids=["elsewhere"])
    said = call(*words(folder, "--columns", "month"))
    assert "none of its ids is one that the predictions were trained on" in said.err


def test_a_colon_without_a_number_belongs_to_the_name() -> None:
    assert columns_and_bins("a:b, c:3") == (("a:b", "c"), (("c", 3),))
