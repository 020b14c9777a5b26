from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import PredictionsError, StoreError
from fieldmark.predictions.rankings import SimilarityKind
from fieldmark.predictions.rankings_importers import RankingsOptions, import_rankings
from fieldmark.predictions.rankings_store import load_rankings
from fieldmark.predictions.rankings_tables import read_photos

QUERIES = "id,identity,group,latitude,longitude\n007,oak,a,52.5,13.4\n008,elm,a,,\n"
GALLERY = "id,identity,group\ng1,oak,a\ng2,ash,a\n"
PAIRS = "query,gallery,similarity\n007,g1,0.9\n007,g2,0.2\n008,g2,0.5\n"
ARRAYS = {
    "query_ids": np.array([7, 8]),
    "query_identities": np.array(["oak", "elm"]),
    "query_groups": np.array(["a", "a"]),
    "query_latitude": np.array([52.5, np.nan]),
    "query_longitude": np.array([13.4, np.nan]),
    "gallery_ids": np.array(["g1", "g2"]),
    "gallery_identities": np.array(["oak", "ash"]),
    "gallery_sessions": np.array([3, 4]),
}


@pytest.fixture
def tables(tmp_path: Path) -> RankingsOptions:
    (tmp_path / "queries.csv").write_text(QUERIES)
    (tmp_path / "gallery.csv").write_text(GALLERY)
    return RankingsOptions(queries=tmp_path / "queries.csv", gallery=tmp_path / "gallery.csv")


def take(source: Path, options: RankingsOptions | None = None) -> object:
    return import_rankings(
        source,
        similarity=SimilarityKind.COSINE,
        out=source.parent / "stored",
        options=options or RankingsOptions(),
    )


def test_pairs_that_are_not_all_there_become_lists(tmp_path: Path, tables) -> None:
    (tmp_path / "trees.csv").write_text(PAIRS)
    found = take(tmp_path / "trees.csv", tables)
    assert found.similarities.kind == "lists"
    assert found.queries["id"].to_list() == ["007", "008"]
    assert found.queries["latitude"].to_list() == [52.5, None]
    assert found.header.contender == "trees"
    block = found.similarities.block(np.arange(2), np.arange(2))
    assert np.array_equal(block, [[0.9, 0.2], [np.nan, 0.5]], equal_nan=True)
    assert load_rankings(tmp_path / "stored", verify=True) == found


def test_all_pairs_become_a_matrix_in_the_order_of_the_tables(tmp_path: Path, tables) -> None:
    (tmp_path / "trees.tsv").write_text(
        "similarity\tgallery\tquery\n0.1\tg1\t008\n0.5\tg2\t008\n0.9\tg1\t007\n0.2\tg2\t007\n"
    )
    found = take(tmp_path / "trees.tsv", tables)
    assert found.similarities.kind == "matrix"
    assert found.similarities.arrays["similarities"].tolist() == [[0.9, 0.2], [0.1, 0.5]]


def test_parquet_pairs_and_renamed_columns(tmp_path: Path) -> None:
    pl.DataFrame({"query": [7], "gallery": [1], "similarity": [0.5]}).write_parquet(
        tmp_path / "pairs.parquet"
    )
    pl.DataFrame({"photo": [7], "tree": ["oak"], "street": ["a"]}).write_parquet(
        tmp_path / "queries.parquet"
    )
    (tmp_path / "gallery.csv").write_text("photo,tree,street\n1,oak,a\n")
    options = RankingsOptions(
        queries=tmp_path / "queries.parquet",
        gallery=tmp_path / "gallery.csv",
        id="photo",
        identity="tree",
        group="street",
    )
    found = take(tmp_path / "pairs.parquet", options)
    assert found.queries.to_dicts() == [{"id": "7", "identity": "oak", "group": "a"}]


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_archive_with_a_matrix(order: str, tmp_path: Path) -> None:
    values = np.array([[0.9, 0.2], [0.1, 0.5]], np.float16, order=order)
    np.savez(tmp_path / "trees.npz", similarities=values, **ARRAYS)
    found = take(tmp_path / "trees.npz")
    assert np.array_equal(found.similarities.arrays["similarities"], values)
    assert found.queries.to_dicts() == [
        {"id": "7", "group": "a", "identity": "oak", "latitude": 52.5, "longitude": 13.4},
        {"id": "8", "group": "a", "identity": "elm", "latitude": None, "longitude": None},
    ]
    assert found.gallery["session"].to_list() == ["3", "4"]


def test_an_archive_with_embeddings_and_tables(tmp_path: Path, tables) -> None:
    np.savez(
        tmp_path / "trees.npz",
        query_embeddings=np.eye(2, 3, dtype=np.float32),
        gallery_embeddings=np.ones((2, 3)),
    )
    found = take(tmp_path / "trees.npz", tables)
    assert found.similarities.kind == "embeddings"
    assert found.similarities.arrays["query_embeddings"].dtype == np.float32


def test_every_option_reaches_the_header(tmp_path: Path, tables) -> None:
    (tmp_path / "trees.csv").write_text(PAIRS)
    (tmp_path / "ids.txt").write_text("t1\n\nt2\n")
    (tmp_path / "names.txt").write_text("oak\n")
    options = RankingsOptions(
        contender="ours",
        split="test",
        seed=3,
        queries=tables.queries,
        gallery=tables.gallery,
        training_ids=tmp_path / "ids.txt",
        training_identities=tmp_path / "names.txt",
        filtered_by=("distance_m",),
        filter_radius_metres=50,
    )
    header = take(tmp_path / "trees.csv", options).header
    assert (header.contender, header.split, header.seed) == ("ours", "test", 3)
    assert (header.filtered_by, header.filter_radius_metres) == (("distance_m",), 50)
    assert load_rankings(tmp_path / "stored").training_ids == ("t1", "t2")
    assert load_rankings(tmp_path / "stored").training_identities == ("oak",)
    assert header.provenance["source"] == "trees.csv"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.txt", PAIRS, r"similarities as .csv, .tsv, .parquet, .npz; got 't.txt'"),
        ("t.csv", "query,gallery\n", r"there is no 'similarity' among 'query', 'gallery'"),
        ("t.csv", PAIRS + "009,g1,1\n", r"ids of the queries; 1 is not .* \(first: '009'\)"),
        ("t.csv", PAIRS + "007,g9,1\n", r"ids of the gallery; 1 is not .* \(first: 'g9'\)"),
        ("t.csv", PAIRS + "008,g1,\n", "row 4: expected a similarity; got 'None'"),
        ("t.csv", PAIRS + "007,g1,0.8\n", "every pair once; 1 row repeats a pair"),
        ("t.csv", "", "cannot be read as a table"),
    ],
)
def test_foreign_pairs_that_do_not_fit(
    name: str, content: str, message: str, tmp_path: Path, tables
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(PredictionsError, match=message):
        take(tmp_path / name, tables)
    assert not (tmp_path / "stored").exists()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "either 'similarities' .* there is neither among"),
        (
            {
                "similarities": np.eye(2),
                "query_embeddings": np.eye(2),
                "gallery_embeddings": np.eye(2),
            },
            "either 'similarities' .* there are both among",
        ),
        ({"similarities": np.eye(2, dtype=int)}, "expected 'similarities' to be a filled float"),
        ({"similarities": np.eye(3)}, "similarities of 2 queries to 2 photos; got 3 by 3"),
    ],
)
def test_archives_that_do_not_fit(arrays, message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "trees.npz", **ARRAYS, **arrays)
    with pytest.raises(PredictionsError, match=message):
        take(tmp_path / "trees.npz")


def test_an_archive_without_ids_points_to_the_tables(tmp_path: Path) -> None:
    np.savez(tmp_path / "trees.npz", similarities=np.eye(2))
    with pytest.raises(PredictionsError, match=r"'query_ids'.*--queries and --gallery"):
        take(tmp_path / "trees.npz")


def test_both_tables_are_needed(tmp_path: Path, tables) -> None:
    (tmp_path / "trees.csv").write_text(PAIRS)
    with pytest.raises(PredictionsError, match="state them with --queries FILE and --gallery FILE"):
        take(tmp_path / "trees.csv")
    np.savez(tmp_path / "trees.npz", similarities=np.eye(2), **ARRAYS)
    with pytest.raises(PredictionsError, match="both sides or of neither; --gallery is missing"):
        take(tmp_path / "trees.npz", RankingsOptions(queries=tables.queries))
    with pytest.raises(PredictionsError, match=r"a file of similarities at .*none.npz; there is"):
        take(tmp_path / "none.npz")


def test_foreign_content_is_not_overwritten(tmp_path: Path, tables) -> None:
    (tmp_path / "trees.csv").write_text(PAIRS)
    (tmp_path / "stored").mkdir()
    (tmp_path / "stored" / "thesis.tex").write_text("x")
    with pytest.raises(StoreError, match="a folder with other content"):
        take(tmp_path / "trees.csv", tables)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("q.txt", QUERIES, "a table as .csv, .tsv or .parquet; got 'q.txt'"),
        ("q.csv", "id\nx\n", "expected a column 'tree'; there is none"),
        ("q.csv", "id,tree,identity\nx,a,b\n", "'tree' is to become 'identity', but there is"),
        ("q.csv", "id,tree,latitude\nx,a,north\n", r"latitude in degrees .*\(first: 'north'\)"),
        ("q.parquet", "no table", "q.parquet cannot be read as a table"),
    ],
)
def test_tables_of_photos_that_do_not_fit(
    name: str, content: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(PredictionsError, match=message):
        read_photos(tmp_path / name, {"identity": "tree"})
    with pytest.raises(PredictionsError, match=r"Expected a table at .*; there is none"):
        read_photos(tmp_path / "none.csv", {})
    (tmp_path / "nameless.csv").write_text("name,identity\na,b\n")
    with pytest.raises(PredictionsError, match="expected a column 'id'; there is none"):
        read_photos(tmp_path / "nameless.csv", {})


def test_whole_degrees_become_floating_numbers(tmp_path: Path) -> None:
    table = pl.DataFrame({"id": ["a"], "identity": ["oak"], "latitude": [52]})
    table.write_parquet(tmp_path / "q.parquet")
    assert read_photos(tmp_path / "q.parquet", {})["latitude"].dtype == pl.Float64
