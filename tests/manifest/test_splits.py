from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fieldmark.core.errors import SplitError
from fieldmark.manifest.splits import (
    Split,
    read_split,
    split_from_column,
    split_holdout,
    write_split,
)
from fieldmark.manifest.table import Manifest

HALVES = {"train": 0.5, "test": 0.5}


def with_parts(manifest: Manifest, *values: str | None) -> Manifest:
    frame = manifest.frame.with_columns(part=pl.Series(values, dtype=pl.String))
    return Manifest(frame, manifest.root)


def test_a_column_names_the_parts(orchard: Manifest) -> None:
    manifest = with_parts(orchard, "test", "fold 2", "fold 2", "train", "train", "test ")
    split = split_from_column(manifest, "part")
    assert dict(split.parts) == {
        "train": ("b2", "c1"),
        "test": ("a1", "c2"),
        "fold 2": ("a2", "b1"),
    }
    assert list(split.parts) == ["train", "test", "fold 2"]
    assert split.name == "column part"


@pytest.mark.parametrize("alias", ["val", "valid", "dev", "Validation", "VAL"])
def test_usual_names_of_the_same_part_are_one(orchard: Manifest, alias: str) -> None:
    manifest = with_parts(orchard, alias, "validation", "Training", "train", "TEST", "test")
    parts = split_from_column(manifest, "part").parts
    assert dict(parts) == {"train": ("b1", "b2"), "validation": ("a1", "a2"), "test": ("c1", "c2")}


def test_rows_without_a_part_are_refused(orchard: Manifest) -> None:
    manifest = with_parts(orchard, "train", None, " ", "test", "test", "test")
    wanted = r"column 'part' is empty in 2 of 6 rows \(first id: 'a2'\). Fill it in"
    with pytest.raises(SplitError, match=wanted):
        split_from_column(manifest, "part")


def test_an_unknown_column_is_refused(orchard: Manifest) -> None:
    with pytest.raises(SplitError, match="Unknown split column 'grup'; did you mean 'group'"):
        split_from_column(orchard, "grup")


def test_a_holdout_keeps_groups_together(orchard: Manifest) -> None:
    for seed in range(10):
        split = split_holdout(orchard, fractions=HALVES, seed=seed)
        assert split.part_of("a1") == split.part_of("a2")
        assert split.part_of("c1") == split.part_of("c2")
        assert split.name == f"holdout, seed {seed}"


def test_seeds_differ(orchard: Manifest) -> None:
    splits = {split_holdout(orchard, fractions=HALVES, seed=seed, by=None) for seed in range(10)}
    assert len(splits) > 1


def test_without_groups_images_are_split_one_by_one(orchard: Manifest) -> None:
    plain = Manifest(orchard.frame.drop("group"), orchard.root)
    thirds = {"train": 2 / 3, "test": 1 / 3}
    split = split_holdout(plain, fractions=thirds, seed=0)
    assert split == split_holdout(orchard, fractions=thirds, seed=0, by=None)
    labels = dict(zip(plain.ids, plain.labels, strict=True))
    assert sorted(labels[id_] for id_ in split.ids("test")) == ["apple", "pear"]


def test_without_stratification_labels_play_no_role(orchard: Manifest) -> None:
    relabelled = Manifest(orchard.frame.with_columns(label=pl.col("id")), orchard.root)
    plain = split_holdout(orchard, fractions=HALVES, seed=4, stratify=False)
    assert plain == split_holdout(relabelled, fractions=HALVES, seed=4, stratify=False)


@pytest.mark.parametrize(
    ("fractions", "message"),
    [
        ({}, "a share above 0 for each part; got {}"),
        ({"train": 1.0, "test": 0.0}, "a share above 0 for each part"),
        ({"train": float("nan")}, "a share above 0 for each part"),
        ({"train": 0.7, "test": 0.2}, "Expected shares that sum to 1; .* sum to 0.9"),
        (
            {"train": 0.98, "test": 0.02},
            "Part 'test' stays empty: 4 groups of 2 classes are too few",
        ),
    ],
)
def test_bad_fractions_are_refused(orchard: Manifest, fractions: Any, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        split_holdout(orchard, fractions=fractions, seed=0)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    split = Split({"train": ("a", 'b "x",\n2'), "test": ("c",)}, name="by\nhand")
    write_split(split, tmp_path / "split.csv")
    return tmp_path / "split.csv"


def test_a_stored_split_comes_back(stored: Path) -> None:
    split = read_split(stored)
    assert dict(split.parts) == {"train": ("a", 'b "x",\n2'), "test": ("c",)}
    assert split.name == "by hand"


def test_a_stored_split_is_a_plain_table_below_its_comment(stored: Path) -> None:
    table = pl.read_csv(stored, comment_prefix="#")
    assert table.columns == ["id", "part"]
    assert table["part"].to_list() == ["train", "train", "test"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"c","test"', '"c","train"', "was changed after it was written: its digest is"),
        ('"a","train"', '"d","train"', "was changed after it was written"),
        ("# fieldmark", "# other", "has no digest line.* column of the manifest"),
        ('"c","test"', '"c"', r"is damaged: expected rows of id and part; got \['c'\]"),
        ('2","train', '2,"train', r"is damaged \("),
    ],
)
def test_a_changed_file_is_refused(stored: Path, old: str, new: str, message: str) -> None:
    stored.write_text(stored.read_text().replace(old, new))
    with pytest.raises(SplitError, match=message):
        read_split(stored)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SplitError, match=r"Expected a split at .*; there is no such file"):
        read_split(tmp_path / "absent.csv")
