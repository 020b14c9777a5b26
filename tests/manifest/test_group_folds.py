from typing import Any

import polars as pl
import pytest

from fieldmark.core.errors import SplitError
from fieldmark.manifest.group_folds import split_group_kfold, split_leave_one_group_out
from fieldmark.manifest.split_set import SplitSet
from fieldmark.manifest.table import Manifest


def plants(root: Any, *, genotypes: int = 44, reverse: bool = False) -> Manifest:
    """Six plants of each genotype, two photos of each plant, half of the plants dry."""
    rows = [
        {
            "id": f"g{genotype:02}-p{plant}-{photo}",
            "path": "x.png",
            "label": "dry" if plant % 2 else "wet",
            "group": f"g{genotype:02}-p{plant}",
            "genotype": f"G {genotype:02}",
            "stratum": ("low", "middle", "high")[genotype % 3],
        }
        for genotype in range(genotypes)
        for plant in range(6)
        for photo in range(2)
    ]
    return Manifest(pl.DataFrame(rows[::-1] if reverse else rows), root)


def assert_tested_once(found: SplitSet, manifest: Manifest) -> None:
    tested = [id_ for split in found.splits.values() for id_ in split.ids("test")]
    assert sorted(tested) == sorted(manifest.ids)


def test_every_image_is_tested_once_and_groups_stay_whole(tmp_path) -> None:
    manifest = plants(tmp_path)
    group_of = dict(zip(manifest.ids, manifest.groups, strict=True))
    found = split_group_kfold(manifest, folds=5, seed=0, validation=0.2)
    assert found.names == ("1", "2", "3", "4", "5")
    assert_tested_once(found, manifest)
    for split in found.splits.values():
        parts = [{group_of[id_] for id_ in ids} for ids in split.parts.values()]
        assert list(split.parts) == ["train", "validation", "test"]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 264
        assert sum(map(len, split.parts.values())) == len(manifest)


def test_folds_hold_as_much_of_each_class(tmp_path) -> None:
    manifest = plants(tmp_path)
    label_of = dict(zip(manifest.ids, manifest.labels, strict=True))
    for split in split_group_kfold(manifest, folds=4, seed=3).splits.values():
        labels = [label_of[id_] for id_ in split.ids("test")]
        assert (labels.count("dry"), labels.count("wet")) == (66, 66)
        assert list(split.parts) == ["train", "test"]


def test_folds_depend_on_the_seed_and_not_on_the_order_of_rows(tmp_path) -> None:
    first, again, other = (
        split_group_kfold(plants(tmp_path, reverse=reverse), folds=5, seed=seed, validation=0.1)
        for seed, reverse in ((0, False), (0, True), (1, False))
    )
    assert first.digest == again.digest != other.digest
    assert {len(split.parts) for split in first.splits.values()} == {3}


def test_without_groups_images_are_dealt_one_by_one(orchard: Manifest) -> None:
    plain = Manifest(orchard.frame.drop("group"), orchard.root)
    found = split_group_kfold(plain, folds=3, seed=0)
    assert [len(split.ids("test")) for split in found.splits.values()] == [2, 2, 2]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"folds": 1}, "Expected 2 to 4 folds, as many as there are groups; got 1."),
        ({"folds": 5}, "Expected 2 to 4 folds, as many as there are groups; got 5."),
        ({"folds": 2, "validation": 1.0}, "a share of validation from 0 to below 1; got 1.0"),
        (
            {"folds": 2, "validation": 0.5},
            "The validation part of fold 1 stays empty: 2 groups are too few for a share of 0.5",
        ),
    ],
)
def test_folds_that_cannot_be_are_refused(orchard, settings: Any, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        split_group_kfold(orchard, seed=0, **settings)


def test_a_fold_without_a_group_is_refused(tmp_path) -> None:
    rows = {"id": list("abcdefg"), "path": ["x"] * 7, "label": ["one"] * 7}
    groups = ["whole"] * 4 + ["p", "q", "r"]
    uneven = Manifest(pl.DataFrame(rows | {"group": groups}), tmp_path)
    found = split_group_kfold(uneven, folds=4, seed=0)
    assert sorted(len(split.ids("test")) for split in found.splits.values()) == [1, 1, 1, 4]


def test_a_class_that_a_fold_cannot_learn_is_refused(orchard: Manifest) -> None:
    alone = orchard.frame.with_columns(
        label=pl.when(pl.col("group") == "tree 4").then(pl.lit("fig")).otherwise("label")
    )
    manifest = Manifest(alone, orchard.root)
    wanted = r"2 classes of the test part \(first: 'fig', 'pear'\) cannot be .*absent_classes"
    with pytest.raises(SplitError, match=wanted):
        split_group_kfold(manifest, folds=2, seed=0)
    assert_tested_once(
        split_group_kfold(manifest, folds=2, seed=0, absent_classes="allow"), manifest
    )


def test_each_genotype_is_left_out_once_and_one_of_each_stratum_validates(tmp_path) -> None:
    manifest = plants(tmp_path)
    genotype_of = dict(manifest.frame.select("id", "genotype").iter_rows())
    stratum_of = dict(manifest.frame.select("genotype", "stratum").iter_rows())
    found = split_leave_one_group_out(manifest, by="genotype", strata="stratum", validation=1)
    assert len(found.splits) == 44
    assert found.names[0] == "G-00"
    assert_tested_once(found, manifest)
    chosen = set()
    for name, split in found.splits.items():
        tested = {genotype_of[id_] for id_ in split.ids("test")}
        judged = {genotype_of[id_] for id_ in split.ids("validation")}
        learnt = {genotype_of[id_] for id_ in split.ids("train")}
        assert tested == {name.replace("-", " ")}
        assert sorted(stratum_of[one] for one in judged) == ["high", "low", "middle"]
        assert not tested & judged
        assert len(learnt) == 40
        chosen |= {tuple(sorted(judged))}
    assert len(chosen) > 20


def test_what_validates_depends_on_the_seed_alone(tmp_path) -> None:
    first, again, other = (
        split_leave_one_group_out(
            plants(tmp_path, genotypes=9, reverse=reverse), by="genotype", validation=2, seed=seed
        )
        for seed, reverse in ((0, False), (0, True), (1, False))
    )
    assert first.digest == again.digest != other.digest
    assert len(first.named("G-03").ids("validation")) == 24
    assert first.named("G-03").name == "'G 03' left out, seed 0"


def test_groups_are_left_out_where_no_column_is_named(orchard: Manifest) -> None:
    found = split_leave_one_group_out(orchard, validation=0)
    assert found.names == ("tree-1", "tree-2", "tree-3", "tree-4")
    assert found.named("tree-1").ids("test") == ("a1", "a2")
    assert list(found.named("tree-1").parts) == ["train", "test"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"by": "tree"}, "Unknown column of the groups that are left out 'tree'"),
        ({"validation": -1}, "Expected 0 or more validating groups; got -1."),
        ({"validation": 3}, "Expected at least 5 groups, so that some are learnt from while 't"),
        (
            {"validation": 4},
            "at least 4 groups to validate in stratum 'all groups' besides the tested 'tree 1'; th",
        ),
        ({"strata": "label", "validation": 2}, "Expected at least 2 groups to validate in stratum"),
        ({"strata": "id"}, "Expected one stratum for each group; 2 have several"),
    ],
)
def test_groups_that_are_too_few_are_refused(orchard, settings: Any, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        split_leave_one_group_out(orchard, **settings)


def test_a_class_of_the_left_out_group_alone_is_refused(orchard: Manifest) -> None:
    own = Manifest(orchard.frame.with_columns(label=pl.col("group")), orchard.root)
    with pytest.raises(SplitError, match="In split 'tree-1' 1 class of the test part"):
        split_leave_one_group_out(own, validation=1)
    found = split_leave_one_group_out(own, validation=1, absent_classes="allow")
    assert len(found.splits) == 4
