"""The generated folder holds what it says, and what FungiTastic's users find in theirs."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from fieldmark.core.digests import digest_of_file
from fieldmark.core.errors import FieldmarkError, StoreError
from fieldmark.synthetic.fungitastic import FILES, FungiTasticTruth, write_fungitastic
from fieldmark.synthetic.fungus_records import COLUMNS
from fieldmark.synthetic.fungus_traits import RANKS

COUNTS = {"train": 60, "val": 30, "test": 25}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fungitastic") / "root"


@pytest.fixture(scope="module")
def truth(folder: Path) -> FungiTasticTruth:
    return write_fungitastic(folder, species=10, observations=COUNTS, size=16, seed=1)


@pytest.fixture(scope="module")
def tables(folder: Path, truth: FungiTasticTruth) -> dict[str, pl.DataFrame]:
    place = folder / "metadata" / "FungiTastic"
    return {part: pl.read_csv(place / name, infer_schema=False) for part, name in FILES.items()}


def test_the_columns_are_those_of_fungitastic(tables: dict[str, pl.DataFrame]) -> None:
    assert tables["train"].columns == list(COLUMNS)
    assert len(COLUMNS) == 32
    assert set(COLUMNS) - set(tables["test"].columns) == {"elevation", "landcover", "region"}


def test_every_photograph_lies_where_its_row_says(
    folder: Path, tables: dict[str, pl.DataFrame], truth: FungiTasticTruth
) -> None:
    for part, table in tables.items():
        place = folder / "FungiTastic" / part / "300p"
        names = table["filename"].to_list()
        assert sorted(names) == sorted(path.name for path in place.iterdir())
        assert truth.rows[part] == len(names) == len(set(names))
        with Image.open(place / names[0]) as image:
            assert image.size == (16, 16)


def test_an_observation_is_one_fungus_with_several_photographs(
    tables: dict[str, pl.DataFrame],
) -> None:
    everything = pl.concat(tables.values(), how="diagonal")
    whole = everything.group_by("observationID").agg(
        pl.len().alias("photos"), pl.col("eventDate").n_unique(), pl.col("genus").n_unique()
    )
    assert len(whole) == sum(COUNTS.values())
    assert whole["photos"].max() == 4
    assert whole["eventDate"].max() == whole["genus"].max() == 1


def test_training_years_lie_before_the_others(tables: dict[str, pl.DataFrame]) -> None:
    years = {part: table["year"].cast(pl.Int64) for part, table in tables.items()}
    assert years["train"].max() < years["val"].min() < years["test"].min()


def test_captions_hold_line_breaks_quotes_commas_and_brackets(
    tables: dict[str, pl.DataFrame],
) -> None:
    captions = "".join(tables["train"]["captions"])
    assert all(sign in captions for sign in ("\n", "\r\n", '"', "'", ",", "[", "]"))


def test_some_classes_are_in_validation_alone(
    tables: dict[str, pl.DataFrame], truth: FungiTasticTruth
) -> None:
    names = {part: set(table["species"].drop_nulls()) for part, table in tables.items()}
    assert names["val"] - names["train"] == set(truth.unseen) != set()


def test_the_faults_are_those_that_are_told(
    folder: Path, tables: dict[str, pl.DataFrame], truth: FungiTasticTruth
) -> None:
    everything, faults = pl.concat(tables.values(), how="diagonal"), truth.faults
    nameless = everything.filter(pl.col("species").is_null())
    assert len(nameless) == faults.without_species == nameless["genus"].count()
    gap = everything.filter(pl.col("species") == faults.gap_filled)
    assert (gap["class"].null_count(), gap["category_id"].n_unique()) == (1, 2)
    assert everything.filter(pl.col("genus") == faults.gap_open)["family"].count() == 0
    names = set(everything["species"].drop_nulls())
    assert faults.spaced.replace(" ", "  ") in names
    assert any(name.startswith(f"{faults.with_author} ") for name in names)
    synonyms = dict(pl.read_csv(folder / "synonyms.csv").iter_rows())
    assert len(synonyms) == 3
    for old, accepted in faults.renamed.items():
        assert old in names
        assert accepted in (synonyms[old], synonyms.get(synonyms[old]))


def test_habitat_and_month_depend_on_the_species() -> None:
    from fieldmark.synthetic.fungi import grow_fungi
    from fieldmark.synthetic.fungus_records import Season, draw_records

    rng = np.random.default_rng(0)
    kinds = grow_fungi(rng, species=12)
    among, season = np.arange(12), Season(3000, (2010, 2020))
    records = draw_records(rng, kinds, among=among, season=season, first=1)
    months = records.frame["month"].cast(pl.Int64).to_numpy()
    means = [months[records.species == kind].mean() for kind in among]
    seasons = [kind.traits.season for kind in kinds]
    assert np.corrcoef(means, seasons)[0, 1] > 0.95
    table = records.frame.with_columns(kind=pl.Series(records.species)).drop_nulls("habitat")
    shares = table.group_by("kind").agg(
        pl.col("habitat").mode().first().alias("mode"), pl.col("habitat")
    )
    kept = [np.mean(np.array(habitats) == mode) for _, mode, habitats in shares.iter_rows()]
    assert np.mean(kept) > 0.6


def test_the_same_seed_gives_the_same_bytes_with_and_without_images(
    folder: Path, truth: FungiTasticTruth, tmp_path: Path
) -> None:
    plain = write_fungitastic(tmp_path / "x", species=10, observations=COUNTS, size=None, seed=1)
    assert plain == truth
    assert not (tmp_path / "x" / "FungiTastic").exists()
    for name in [f"metadata/FungiTastic/{name}" for name in FILES.values()] + ["synonyms.csv"]:
        assert digest_of_file(tmp_path / "x" / name) == digest_of_file(folder / name)


def test_ranks_form_a_tree_where_nothing_is_blank(tables: dict[str, pl.DataFrame]) -> None:
    table = tables["train"].drop_nulls(RANKS)
    assert table.select(RANKS).n_unique() == table["species"].n_unique()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"species": 7}, "at least 8 species, and as many observations .* got 7 species"),
        ({"observations": COUNTS | {"test": 9}}, "as many observations in each of 'train'"),
        ({"observations": {"train": 60}}, r"got 10 species and \{'train': 60\}"),
        ({"size": 15}, "photographs of at least 16 pixels; got 15"),
    ],
)
def test_what_is_too_small_is_refused(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    given: dict[str, object] = {"species": 10, "observations": COUNTS, "size": None, "seed": 0}
    with pytest.raises(FieldmarkError, match=message):
        write_fungitastic(tmp_path / "x", **(given | change))  # type: ignore[arg-type]


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="Expected an empty or absent folder"):
        write_fungitastic(tmp_path, species=10, observations=COUNTS, size=None, seed=0)
