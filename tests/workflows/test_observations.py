from pathlib import Path

import polars as pl
import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.split_set import single
from fieldmark.manifest.splits import Split
from fieldmark.manifest.table import Manifest
from fieldmark.workflows.observations import columns_of, find_observation, parts_of


def manifest(**columns) -> Manifest:
    frame = pl.DataFrame(
        {
            "id": ["p1", "p2", "p3"],
            "path": ["1.jpg", "2.jpg", "3.jpg"],
            "label": ["oak", "oak", "elm"],
            "tree": ["t1", "t1", "t2"],
            "month": ["May", "June", None],
        }
        | columns
    )
    return Manifest(frame, Path())


GROUPED = {"group": ["t1", "t1", "t2"]}


def test_a_group_or_an_image_of_it() -> None:
    for name in ("t1", "p2"):
        found = find_observation(manifest(**GROUPED), name)
        assert (found.name, found.ids, found.labels) == ("t1", ("p1", "p2"), ("oak",))
        assert found.groups == {"t1"}


def test_without_groups_an_image_stands_alone() -> None:
    found = find_observation(manifest(), "p2")
    assert (found.name, found.ids, found.groups) == ("p2", ("p2",), frozenset())


def test_another_column_names_observations() -> None:
    assert find_observation(manifest(), "t1", by="tree").ids == ("p1", "p2")
    assert find_observation(manifest(), "p1", by="tree").name == "t1"
    assert find_observation(manifest(), "p3", by="month").ids == ("p3",)


def test_photos_with_different_labels_keep_both() -> None:
    assert find_observation(manifest(group=["g"] * 3), "g").labels == ("oak", "elm")


@pytest.mark.parametrize(
    ("name", "by", "message"),
    [
        (
            "t1x",
            None,
            "Expected one of 2 observations (column 'group') or the id of an image; got 't1x'; "
            "the nearest is 't1'.",
        ),
        (
            "June",
            None,
            "Expected one of 2 observations (column 'group') or the id of an image; got 'June'; "
            "column 'month' has it: add --by month.",
        ),
        ("zzzz", None, "got 'zzzz'."),
        ("t1", "trees", "Unknown column of observations 'trees'; did you mean 'tree'?"),
    ],
)
def test_refusals(name: str, by: str | None, message: str) -> None:
    with pytest.raises(ManifestError) as refused:
        find_observation(manifest(**GROUPED), name, by=by)
    assert message in str(refused.value)


def test_what_else_is_known() -> None:
    found = manifest(**GROUPED)
    assert columns_of(found, find_observation(found, "t1")) == (
        ("tree", "t1"),
        ("month", "May; June"),
    )
    assert columns_of(found, find_observation(found, "t2"))[1] == ("month", "?")


def test_parts_of_photos() -> None:
    split = Split({"train": ("p1",), "test": ("p2",)}, "split")
    assert parts_of(single(split), ("p1", "p2", "p3")) == {
        "p1": "train",
        "p2": "test",
        "p3": "none",
    }
