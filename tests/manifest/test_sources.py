from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fieldmark.core.errors import ManifestError, TaxonomyError
from fieldmark.manifest.sources import ManifestColumns, read_manifest
from fieldmark.manifest.table import Manifest

Write = Callable[..., Path]
FUNGI = (
    "id,path,genus,species,observationID,caption\n"
    '007,a.jpg,Amanita,A. muscaria,11,"Red,\nwith ""spots"""\n'
    "008,b.jpg,,A. muscaria,11,\n"
    "009,c.jpg,Boletus,B. edulis,12,brown\n"
)
COLUMNS = ManifestColumns(ranks=("genus", "species"), group="observationID")


def read(path: Path, columns: ManifestColumns = COLUMNS) -> Manifest:
    return read_manifest(path, columns=columns, images=path.parent)


def test_a_table_with_captions_and_missing_ranks_is_read_as_it_is(write: Write) -> None:
    manifest = read(write(FUNGI))
    assert manifest.ids.to_list() == ["007", "008", "009"]
    assert manifest.labels.to_list() == ["A. muscaria", "A. muscaria", "B. edulis"]
    assert manifest.groups is not None
    assert manifest.groups.to_list() == ["11", "11", "12"]
    assert manifest.frame["caption"][0] == 'Red,\nwith "spots"'
    assert manifest.frame["genus"][1] is None
    assert manifest.taxonomy is not None
    assert manifest.taxonomy.path_of("A. muscaria") == ("Amanita", "A. muscaria")
    assert manifest.ranks == ("genus", "species")


def test_the_path_may_be_the_id(write: Write) -> None:
    manifest = read(write("path,label\na.jpg,x\n"), ManifestColumns(id="path", label="label"))
    assert manifest.frame.rows(named=True) == [{"id": "a.jpg", "path": "a.jpg", "label": "x"}]
    assert manifest.taxonomy is None


def test_a_column_whose_name_is_taken_is_kept_under_another(write: Write) -> None:
    columns = ManifestColumns(id="path", label="kind")
    manifest = read(write("path,id,kind,group\na.jpg,5,x,g\n"), columns)
    assert manifest.frame["id_as_read"].to_list() == ["5"]
    assert manifest.frame["group_as_read"].to_list() == ["g"]
    assert manifest.groups is None


def test_a_column_that_would_vanish_is_refused(write: Write) -> None:
    table = write("path,id,kind,id_as_read\na.jpg,5,x,y\n")
    with pytest.raises(ManifestError, match="column 'id_as_read' bears a name that the manifest"):
        read(table, ManifestColumns(id="path", label="kind"))
    table = write("path,id,kind\na.jpg,5,x\n")
    with pytest.raises(ManifestError, match="column 'id' bears a name that the manifest"):
        read(table, ManifestColumns(id="path", label="kind", split="id"))


def test_names_under_two_parents_are_refused_or_qualified(write: Write) -> None:
    table = write("id,path,genus,species\n1,a,G,x\n2,b,H,x\n")
    with pytest.raises(TaxonomyError, match="'x' stands under genus 'G' and 'H'"):
        read(table, ManifestColumns(ranks=("genus", "species")))
    columns = ManifestColumns(ranks=("genus", "species"), two_parents="qualify")
    manifest = read(table, columns)
    assert manifest.labels.to_list() == ["x (G)", "x (H)"]
    assert manifest.frame["species"].to_list() == ["x", "x"]


def test_images_are_not_touched(write: Write) -> None:
    path = write(FUNGI)
    assert read_manifest(path, columns=COLUMNS, images=Path("absent")).root == Path("absent")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("007", "009", r"id '009' stands in line 2 and line 5; 1 id in all more than once. Give"),
        (
            "009",
            "",
            r"line 5: column 'id' \(id\) is empty, as it is in 1 of 3 rows. Fill it in, or",
        ),
        ("c.jpg", " ", r"line 5: column 'path' \(path\) is empty"),
        ("B. edulis", "", r"line 5: column 'species' \(label\) is empty.*neither be learnt nor"),
        ("12,", ",", r"column 'observationID' \(group\) is empty.*a group of its own"),
        (
            "species,",
            "speces,",
            "has no column 'species'; did you mean 'speces'\\? It has: id, path",
        ),
        ("id,path", "xx,yy", "has no column 'id', 'path'"),
    ],
)
def test_bad_rows_are_refused_with_their_line(
    write: Write, old: str, new: str, message: str
) -> None:
    with pytest.raises(ManifestError, match=message):
        read(write(FUNGI.replace(old, new)))


def test_a_missing_split_column_is_refused(write: Write) -> None:
    columns = ManifestColumns(ranks=("species",), split="splt")
    with pytest.raises(ManifestError, match="has no column 'splt'"):
        read(write(FUNGI), columns)


def test_semicolons_are_recognised(write: Write) -> None:
    with pytest.raises(ManifestError, match="one cell with semicolons: save the table with commas"):
        read(write("id;path;species\n1;a;x\n"), ManifestColumns(ranks=("species",)))


def test_labels_stored_as_floats_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    pl.DataFrame({"id": ["a"], "path": ["a"], "label": [1.0]}).write_parquet(path)
    with pytest.raises(ManifestError, match=r"'label' \(label\) is stored as floating-point numb"):
        read(path, ManifestColumns(label="label"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "either rank columns or one label column; got ranks \\[\\] and label None"),
        ({"ranks": ("a",), "label": "b"}, "got ranks \\['a'\\] and label 'b'. Name one of the two"),
        ({"ranks": ("id", "species")}, "keeps the column name 'id' for itself"),
        ({"ranks": ("label", "species")}, "keeps the column name 'label' for itself"),
    ],
)
def test_unclear_columns_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        ManifestColumns(**given)


def test_the_finest_rank_may_be_called_label(write: Write) -> None:
    manifest = read(write("id,path,label\n1,a,x\n"), ManifestColumns(ranks=("label",)))
    assert manifest.labels.to_list() == ["x"]
