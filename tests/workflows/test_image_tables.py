"""A study on FungiTastic's files as they are: read, audited, run and reported."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fieldmark.core.errors import ManifestError, TaxonomyError
from fieldmark.manifest.findings import Finding
from fieldmark.predictions.store import load_predictions
from fieldmark.synthetic.fungitastic import FungiTasticTruth, write_fungitastic
from fieldmark.workflows.ground import Ground

STUDY = """\
study: mine
task: taxonomy
data:
  format: fungitastic
  images: data
protocol:
  selection: {metric: macro_f1, on: validation}
  report_on: test
  seeds: [0]
  resamples: 200
contenders:
  probe:
    backbone: &net
      {name: resnet10t, weights: random, preprocessing: {resize_size: 32, crop_size: 32}}
    head: {kind: linear, epochs: 4, class_weights: balanced}
  knn:
    backbone: *net
    head: {kind: knn}
  prototypes:
    backbone: *net
    head: {kind: prototypes}
  tuned:
    backbone: *net
    training: {epochs: 1, batch_size: 32, balance: 0.5, loss: {kind: logit-adjusted}}
reference: knn
"""
#: Heads that answer by what they have seen: what training lacks they cannot name.
_BY_EXAMPLE = ("knn", "prototypes")
COUNTS = {"train": 45, "val": 20, "test": 20}
TRAIN = Path("data/metadata/FungiTastic/FungiTastic-Train.csv")
SYNONYMS = "data.synonyms=data/synonyms.csv"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FungiTasticTruth]:
    folder = tmp_path_factory.mktemp("fungitastic")
    truth = write_fungitastic(folder / "data", species=8, observations=COUNTS, size=32, seed=0)
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return folder, truth


@pytest.fixture
def folder(made: tuple[Path, FungiTasticTruth], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "mine"))


@pytest.fixture
def truth(made: tuple[Path, FungiTasticTruth]) -> FungiTasticTruth:
    return made[1]


def found_in(ground: Ground) -> dict[str, Finding]:
    return {one.code: one for one in ground.findings}


def change(file: Path, **cells: str) -> None:
    """Put other cells into the last row of a table."""
    frame = pl.read_csv(file, infer_schema=False)
    last = pl.int_range(pl.len()) == len(frame) - 1
    frame.with_columns(
        pl.when(last).then(pl.lit(cell)).otherwise(pl.col(name)).alias(name)
        for name, cell in cells.items()
    ).write_csv(file)


def test_the_files_are_read_as_they_are(
    opened: Callable[..., Ground], folder: Path, truth: FungiTasticTruth
) -> None:
    ground = opened(folder)
    manifest, split = ground.manifest, ground.split
    assert len(manifest) == sum(truth.rows.values()) - truth.faults.without_species
    assert list(split.parts) == ["train", "validation", "test"]
    assert len(split.ids("test")) == truth.rows["test"]
    assert all(path.is_file() for path in manifest.image_paths())
    test = manifest.select(split.ids("test")).frame
    assert test["elevation"].null_count() == len(test)
    assert manifest.ranks == ("phylum", "class", "order", "family", "genus", "species")
    assert manifest.taxonomy is not None
    assert manifest.taxonomy.path_of(truth.faults.gap_filled)[1] is not None
    found = found_in(ground)
    assert set(found) == {"column_lacking", "unnamed_image", "number_contradicts_name"}
    assert found["unnamed_image"].count == truth.faults.without_species


def test_numbers_of_species_say_nothing_of_another_label(
    opened: Callable[..., Ground], folder: Path
) -> None:
    ground = opened(folder, "data.label=genus", "data.ranks=[]")
    assert "number_contradicts_name" not in found_in(ground)


def test_synonyms_merge_names_and_make_another_version_of_the_labels(
    opened: Callable[..., Ground], folder: Path, truth: FungiTasticTruth
) -> None:
    before, after = opened(folder), opened(folder, SYNONYMS)
    names = [set(ground.manifest.label_names) for ground in (before, after)]
    assert names[0] - names[1] == set(truth.faults.renamed)
    assert before.label_version != after.label_version
    assert before.content_digest != after.content_digest
    found = found_in(after)
    assert found["name_replaced"].count == found["names_merged"].count == 2
    assert found["synonym_unmet"].count == 1
    rows = after.manifest.frame.filter(pl.col("species") != pl.col("species_as_read"))
    assert set(rows["species_as_read"]) == set(truth.faults.renamed)


def test_the_order_of_rows_makes_no_other_version(
    opened: Callable[..., Ground], folder: Path
) -> None:
    version = opened(folder).label_version
    frame = pl.read_csv(folder / TRAIN, infer_schema=False)
    frame.reverse().write_csv(folder / TRAIN)
    assert opened(folder).label_version == version
    assert version is not None
    assert len(version) == 12


def test_tables_by_part_may_be_anybodys(opened: Callable[..., Ground], folder: Path) -> None:
    place = folder / "data" / "metadata" / "FungiTastic"
    for part, name in (("val", "ClosedSet-Val"), ("test", "ClosedSet-Test"), ("train", "Train")):
        frame = pl.read_csv(place / f"FungiTastic-{name}.csv", infer_schema=False)
        where = pl.format(f"FungiTastic/{part}/300p/{{}}", "filename")
        frame.with_columns(where.alias("where")).write_parquet(folder / f"{part}.parquet")
    tables = "{train: train.parquet, dev: val.parquet, test: test.parquet}"
    by_hand = opened(
        folder,
        "data.format=table",
        f"data.manifest={tables}",
        "data.path=where",
        "data.id=filename",
        "data.ranks=[genus, species]",
        "data.group=observationID",
        "data.unnamed=exclude",
    )
    assert by_hand.split == opened(folder).split
    assert "column_lacking" in found_in(by_hand)
    assert "number_contradicts_name" not in found_in(by_hand)


def test_an_image_in_two_files_is_refused_with_both_places(
    opened: Callable[..., Ground], folder: Path
) -> None:
    place = folder / "data" / "metadata" / "FungiTastic"
    with (place / "FungiTastic-ClosedSet-Test.csv").open(encoding="utf-8", newline="") as stream:
        name = next(csv.DictReader(stream))["filename"]
    change(folder / TRAIN, filename=name)
    with pytest.raises(
        ManifestError,
        match=rf"id '{name}' stands in line \d+ of FungiTastic-Train.csv and line 2 of Fungi",
    ):
        opened(folder)


def test_a_photograph_without_a_species_stops_who_wants_that(
    opened: Callable[..., Ground], folder: Path
) -> None:
    with pytest.raises(
        ManifestError, match=r"of FungiTastic-Train.csv: column 'species' \(label\)"
    ):
        opened(folder, "data.unnamed=fail")


def test_a_column_that_one_table_lacks_is_missed_where_it_is_needed(
    opened: Callable[..., Ground], folder: Path
) -> None:
    with pytest.raises(ManifestError, match=r"ClosedSet-Test.csv has no column 'region', which"):
        opened(folder, "data.group=region")


def test_a_species_in_two_genera_is_refused_or_kept_apart(
    opened: Callable[..., Ground], folder: Path
) -> None:
    frame = pl.read_csv(folder / TRAIN, infer_schema=False)
    species = frame.drop_nulls("species")["species"][0]
    rows = frame.with_columns(
        genus=pl.when(
            pl.col("species").eq(species) & pl.col("species").is_not_null().cum_sum().eq(1)
        )
        .then(pl.lit("Alienus"))
        .otherwise("genus")
    )
    rows.write_csv(folder / TRAIN)
    with pytest.raises(
        TaxonomyError, match=f"species '{species}' stands under genus 'Alienus' and"
    ):
        opened(folder)
    kept = opened(folder, "data.two_parents=qualify")
    assert f"{species} (Alienus)" in kept.manifest.label_names


@pytest.mark.slow
def test_from_files_to_page(
    call: Callable[..., Any],
    opened: Callable[..., Ground],
    folder: Path,
    truth: FungiTasticTruth,
) -> None:
    said = call("check", folder, "--json", "--set", SYNONYMS)
    assert said.code == 0
    codes = {one["code"] for one in json.loads(said.out)["findings"]}
    assert codes >= {
        "class_not_in_train",
        "column_lacking",
        "label_with_author",
        "look_alike_labels",
        "missing_rank",
        "name_replaced",
        "number_contradicts_name",
        "unequal_depth",
        "unnamed_image",
    }
    assert call("run", folder, "--set", SYNONYMS).code == 0
    ground = opened(folder, SYNONYMS)
    for spec in ground.cells:
        part = ground.ledger.result_folder(spec) / "predictions" / "test"
        predictions = load_predictions(part)
        assert predictions.header.label_version == ground.label_version
        assert set(truth.unseen) <= set(predictions.label_space.classes)
        assert predictions.items["label"].is_in(list(truth.unseen)).any()
        answers = predictions.scores.argmax(axis=1)
        named = {predictions.label_space.classes[place] for place in answers}
        if spec.contender in _BY_EXAMPLE:
            assert not named & set(truth.unseen)
    said = call("report", folder, "--set", SYNONYMS)
    assert said.code == 0
    page = (ground.results / "report" / "index.html").read_text(encoding="utf-8")
    for code in codes:
        assert code in page
    assert truth.unseen[0] in page


def test_predictions_under_old_names_take_part_under_accepted_ones(
    opened: Callable[..., Ground], folder: Path, truth: FungiTasticTruth, tmp_path: Path
) -> None:
    from fieldmark.core.progress import SilentProgress
    from fieldmark.workflows.importing import take_in

    old, new = next(iter(truth.faults.renamed.items()))
    items = opened(folder).manifest.select(opened(folder).split.ids("test")).frame
    labels = [old if label == new else label for label in items["label"]]
    names = sorted({*labels, new})
    rows = ["id,label," + ",".join(f"score:{name}" for name in names)]
    for id_, label in zip(items["id"], labels, strict=True):
        scores = [("0.6" if name == label else "0.4" if name == new else "0") for name in names]
        rows.append(",".join([id_, label, *scores]))
    (folder / "theirs.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    theirs = "contenders.theirs={predictions: theirs.csv, kind: similarities}"
    ground = opened(folder, SYNONYMS, theirs)
    spec = next(cell for cell in ground.cells if cell.contender == "theirs")
    contender: Any = ground.file.study.contenders["theirs"]
    take_in(ground, spec, contender, folder=tmp_path, progress=SilentProgress())
    stored = load_predictions(tmp_path / "predictions" / "test")
    assert old not in stored.label_space.classes
    assert new in stored.labels.to_list()
    assert (stored.scores.argmax(axis=1) == stored.label_positions).all()
    assert stored.taxonomy is not None
