from pathlib import Path

import pytest

from fieldmark.manifest.audit import audit
from fieldmark.manifest.sources import ManifestColumns, read_manifest
from fieldmark.manifest.splits import split_from_column, split_holdout
from fieldmark.manifest.table import Manifest

DATA = Path(__file__).parents[3] / "shared" / "data"
SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real data do not lie beside the checkout"),
]


def read(name: str, columns: ManifestColumns) -> Manifest:
    return read_manifest(DATA / name / "manifest.csv", columns=columns, images=DATA / name)


def test_groceries() -> None:
    manifest = read("grocery_produce", ManifestColumns(id="path", ranks=("kind", "coarse", "fine")))
    assert manifest.taxonomy is not None
    assert [len(names) for names in manifest.taxonomy.nodes] == [2, 34, 50]
    assert manifest.taxonomy.path_of("Golden-Delicious") == ("Fruit", "Apple", "Golden-Delicious")
    split = split_holdout(manifest, fractions=SHARES, seed=0)
    assert manifest.select(split.ids("train")).label_names == manifest.label_names
    assert manifest.select(split.ids("test")).label_names == manifest.label_names
    assert audit(manifest, split) == ()


def test_butterflies_are_split_by_observation() -> None:
    columns = ManifestColumns(
        id="path", ranks=("family", "genus", "species", "subspecies"), group="observation"
    )
    manifest = read("heliconius", columns)
    split = split_holdout(manifest, fractions=SHARES, seed=0)
    assert {finding.severity for finding in audit(manifest, split)} == {"note"}
    torn = split_holdout(manifest, fractions=SHARES, seed=0, by=None)
    assert "group_in_two_parts" in {finding.code for finding in audit(manifest, torn)}


def test_coffee_leaves_bring_their_own_ids_and_split() -> None:
    columns = ManifestColumns(ranks=("stress",), split="official_split_fold1")
    manifest = read("coffee_leaf", columns)
    assert manifest.ids[0] == "1"
    assert list(split_from_column(manifest, "official_split_fold1").parts) == ["train"]


def test_the_same_photo_of_a_cat_in_two_parts_is_found() -> None:
    manifest = read("cats_reid", ManifestColumns(id="path", label="identity"))
    found = audit(manifest, split_holdout(manifest, fractions=SHARES, seed=0))
    assert found[0].code == "same_bytes_in_two_parts"
