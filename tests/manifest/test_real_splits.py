"""Splits of real tables: butterflies, cats and drought-stressed beans."""

from pathlib import Path

import polars as pl
import pytest

from fieldmark.manifest.audit import audit
from fieldmark.manifest.group_folds import split_group_kfold, split_leave_one_group_out
from fieldmark.manifest.identity_splits import split_new_identity, split_new_session
from fieldmark.manifest.sources import ManifestColumns, read_manifest
from fieldmark.manifest.table import Manifest

DATA = Path(__file__).parents[3] / "shared" / "data"
SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real data do not lie beside the checkout"),
]


def read(name: str, columns: ManifestColumns, table: str = "manifest.csv") -> Manifest:
    return read_manifest(DATA / name / table, columns=columns, images=DATA / name)


def values_by_part(manifest: Manifest, split, column: str) -> dict[str, set[str]]:
    value_of = dict(manifest.frame.select("id", column).iter_rows())
    return {part: {value_of[id_] for id_ in ids} for part, ids in split.parts.items()}


def test_specimens_of_butterflies_stay_whole_over_folds() -> None:
    columns = ManifestColumns(id="path", label="species", group="observation")
    manifest = read("heliconius", columns)
    found = split_group_kfold(manifest, folds=5, seed=0, validation=0.2)
    sizes = [len(split.ids("test")) for split in found.splits.values()]
    assert sum(sizes) == len(manifest)
    assert max(sizes) - min(sizes) <= 6
    assert {one.severity for one in audit(manifest, found)} <= {"note", "warning"}
    assert not [one for one in audit(manifest, found) if one.code == "group_in_two_parts"]


def test_butterflies_are_known_by_their_other_side() -> None:
    manifest = read("heliconius", ManifestColumns(id="path", label="subspecies"))
    split = split_new_session(
        manifest,
        identity="observation",
        session="view",
        fractions=SHARES,
        seed=0,
        session_within="identity",
        one_session="train",
    )
    found = values_by_part(manifest, split, "observation")
    assert found["test"] | found["validation"] <= found["train"]


def test_cats_that_were_never_seen() -> None:
    manifest = read("cats_reid", ManifestColumns(id="path", label="identity"))
    split = split_new_identity(manifest, identity="identity", fractions=SHARES, seed=0)
    found = values_by_part(manifest, split, "identity")
    assert sum(map(len, found.values())) == len(set.union(*found.values())) == 15
    assert min(map(len, found.values())) >= 2


def test_each_accession_of_beans_is_left_out_once() -> None:
    columns = ManifestColumns(
        id="plant_id", path="image_side_dir", label="treatment", group="plant_id"
    )
    manifest = read("faba_drought", columns, "plant_metadata.csv")
    accessions = manifest.frame["accession"].unique().sort()
    third = pl.Series([str(place % 3) for place in range(len(accessions))])
    strata = pl.DataFrame({"accession": accessions, "stratum": third})
    frame = manifest.frame.join(strata, on="accession", maintain_order="left")
    found = split_leave_one_group_out(
        Manifest(frame, manifest.root), by="accession", strata="stratum", validation=1
    )
    assert len(found.splits) == len(accessions) == 44
    assert sum(len(split.ids("test")) for split in found.splits.values()) == 264
    for split in found.splits.values():
        assert [len(split.ids(part)) for part in ("validation", "test")] == [18, 6]
