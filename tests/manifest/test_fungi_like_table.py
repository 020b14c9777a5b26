"""A table as collectors of fungi publish it: captions, gaps, and names that training lacks."""

from pathlib import Path

import polars as pl
import pytest

from fieldmark.core.errors import ManifestError, TaxonomyError
from fieldmark.manifest.audit import audit
from fieldmark.manifest.sources import ManifestColumns, read_manifest
from fieldmark.manifest.splits import split_from_column
from fieldmark.manifest.table import Manifest

HEADER = "observationID,filename,phylum,class,order,family,genus,species,poisonous,set,caption"
AMANITA = "Basidiomycota,Agaricomycetes,Agaricales,Amanitaceae,Amanita"
ROWS = [
    f'100,a.jpg,{AMANITA},Amanita muscaria,1,train,"Red cap, white ""warts"",\nwhite gills."',
    f"100,b.jpg,{AMANITA},Amanita muscaria,1,train,",
    "101,c.jpg,Basidiomycota,,Agaricales,Amanitaceae,Amanita,Amanita pantherina,1,train,"
    '"Brown\r\ncap"',
    "102,d.jpg,Ascomycota,,,,Tarzetta,Tarzetta cupularis,0,val,cup",
    "103,e.jpg,Ascomycota,,,,,Incertia sola,0,test,unplaced",
    f"104,f.jpg,{AMANITA},Amanita muscaria,1,test,é",
]
COLUMNS = ManifestColumns(
    id="filename",
    path="filename",
    ranks=("phylum", "class", "order", "family", "genus", "species"),
    group="observationID",
    split="set",
)


def read(folder: Path, *rows: str, columns: ManifestColumns = COLUMNS) -> Manifest:
    path = folder / "FungiTastic-like.csv"
    path.write_bytes("\n".join([HEADER, *rows, ""]).encode())
    return read_manifest(path, columns=columns, images=folder)


def test_captions_come_through_as_they_are(tmp_path: Path) -> None:
    captions = read(tmp_path, *ROWS).frame["caption"].to_list()
    assert captions[:3] == ['Red cap, white "warts",\nwhite gills.', None, "Brown\r\ncap"]
    assert captions[-1] == "é"


def test_gaps_are_filled_from_relatives_or_stand_for_themselves(tmp_path: Path) -> None:
    taxonomy = read(tmp_path, *ROWS).taxonomy
    assert taxonomy is not None
    assert taxonomy.path_of("Amanita pantherina")[1] == "Agaricomycetes"
    assert taxonomy.path_of("Tarzetta cupularis") == (
        "Ascomycota",
        "incertae sedis (Tarzetta)",
        "incertae sedis (Tarzetta)",
        "incertae sedis (Tarzetta)",
        "Tarzetta",
        "Tarzetta cupularis",
    )
    assert taxonomy.path_of("Incertia sola")[4] == "incertae sedis (Incertia sola)"


def test_the_audit_tells_gaps_and_names_that_training_lacks(tmp_path: Path) -> None:
    manifest = read(tmp_path, *ROWS)
    for place, id_ in enumerate(manifest.ids):
        (tmp_path / id_).write_text(f"picture {place}")
    split = split_from_column(manifest, "set")
    assert list(split.parts) == ["train", "validation", "test"]
    found = {finding.code: finding for finding in audit(manifest, split)}
    assert "error" not in {finding.severity for finding in found.values()}
    assert found["class_not_in_train"].examples == ("Incertia sola",)
    assert found["missing_rank"].severity == "warning"
    assert found["unequal_depth"].severity == "note"
    assert found["class_never_tested"].examples == ("Amanita pantherina",)


def test_an_observation_in_two_parts_is_found(tmp_path: Path) -> None:
    torn = ROWS[1].replace("1,train,", "1,test,")
    manifest = read(tmp_path, ROWS[0], torn, *ROWS[2:])
    found = audit(manifest, split_from_column(manifest, "set"))
    assert "group_in_two_parts" in {finding.code for finding in found}


def test_a_genus_in_two_families_is_refused_with_the_way_out(tmp_path: Path) -> None:
    moved = ROWS[5].replace("Amanitaceae", "Pluteaceae")
    with pytest.raises(
        TaxonomyError, match="genus 'Amanita' stands under family 'Amanitaceae' and"
    ):
        read(tmp_path, *ROWS[:5], moved)
    columns = ManifestColumns(
        id="filename", path="filename", ranks=COLUMNS.ranks, two_parents="qualify"
    )
    manifest = read(tmp_path, *ROWS[:5], moved, columns=columns)
    assert manifest.labels[5] == "Amanita muscaria (Amanita (Pluteaceae))"
    assert manifest.frame["species"][5] == "Amanita muscaria"


def test_a_photograph_without_a_species_is_refused_with_its_line(tmp_path: Path) -> None:
    unnamed = ROWS[1].replace("Amanita muscaria", "")
    with pytest.raises(ManifestError, match=r"line 4: column 'species' \(label\) is empty"):
        read(tmp_path, ROWS[0], unnamed)


def test_parquet_and_csv_give_the_same_manifest(tmp_path: Path) -> None:
    from_csv = read(tmp_path, *ROWS)
    stored = from_csv.frame.select(HEADER.split(","))
    stored.with_columns(pl.col("observationID").cast(pl.Int64)).write_parquet(
        tmp_path / "t.parquet"
    )
    from_parquet = read_manifest(tmp_path / "t.parquet", columns=COLUMNS, images=tmp_path)
    assert from_parquet == from_csv
