from pathlib import Path

import numpy as np
import pytest

from fieldmark.images.duplicates import Twins, linked, near_by_hash, same_bytes, touching
from fieldmark.images.perceptual import Look, looks_of_files

GREY = np.full((16, 16, 3), 100, dtype=np.uint8)
BRIGHT = np.full((16, 16, 3), 120, dtype=np.uint8)


def test_same_bytes_in_the_order_of_the_first(save, tmp_path: Path) -> None:
    paths = {
        name: save(name, content)
        for name, content in (("z", b"one"), ("y", b"two"), ("x", b"one"), ("w", b"two2"))
    }
    paths["gone"] = tmp_path / "gone"
    paths["again"] = paths["y"]
    assert same_bytes(paths) == (
        Twins("bytes", ("z", "x"), 0),
        Twins("bytes", ("y", "again"), 0),
    )
    assert same_bytes({}) == ()


def test_a_near_hash_needs_a_like_thumbnail() -> None:
    looks = {"a": Look(0, GREY), "b": Look(3, GREY), "c": Look(1, BRIGHT), "d": Look(0, GREY)}
    assert near_by_hash(looks, distance=2) == (Twins("hash", ("a", "b", "d"), 2.0),)
    assert near_by_hash(looks, distance=1) == (Twins("hash", ("a", "d"), 0.0),)
    assert near_by_hash({}) == ()
    assert near_by_hash({"a": looks["a"]}) == ()


def test_many_equal_looks_are_one_group() -> None:
    looks = {str(i): Look(7, GREY) for i in range(3000)}
    (group,) = near_by_hash(looks)
    assert len(group.ids) == 3000


def test_the_weakest_link_is_the_one_without_which_a_group_falls_apart() -> None:
    pairs = np.array([[0, 1], [1, 2], [0, 2], [3, 3], [4, 5]])
    apart = np.array([1, 2, 9, 0, 4])
    assert linked(list("abcdef"), pairs, apart, by="hash", closer="less") == (
        Twins("hash", ("a", "b", "c"), 2.0),
        Twins("hash", ("e", "f"), 4.0),
    )
    cosines = np.array([0.9, 0.8, 0.1, 1.0, 0.7])
    found = linked(list("abcdef"), pairs, cosines, by="embedding", closer="more")
    assert [group.weakest for group in found] == [0.8, 0.7]


def test_touching_names_those_that_share_a_group_with_others() -> None:
    groups = [Twins("bytes", ("a", "b"), 0), Twins("hash", ("c", "d", "e"), 2)]
    assert touching(groups, ["a", "c", "d", "x"], others=["e", "x"]) == {"c", "d"}


@pytest.mark.real
def test_photos_of_one_cat_are_near_and_museum_butterflies_are_not(shared: Path) -> None:
    import polars as pl

    expected = {"cats_reid": ("identity", range(100, 140)), "heliconius": ("subspecies", range(3))}
    for name, (label, groups) in expected.items():
        table = pl.read_csv(shared / "data" / name / "manifest.csv", infer_schema=False)
        paths = [shared / "data" / name / path for path in table["path"]]
        looks = dict(zip(table["path"], looks_of_files(paths), strict=True))
        label_of = dict(zip(table["path"], table[label], strict=True))
        found = near_by_hash(looks)
        assert len(found) in groups
        assert all(len({label_of[id_] for id_ in group.ids}) == 1 for group in found)
