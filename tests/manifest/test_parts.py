from typing import Any

import pytest

from fieldmark.core.errors import SplitError
from fieldmark.manifest.parts import Split


def test_ids_are_sorted_and_found() -> None:
    split = Split({"train": ("b", "a"), "test": ("c",)}, name="by hand")
    assert split.ids("train") == ("a", "b")
    assert [split.part_of(id_) for id_ in "abc"] == ["train", "train", "test"]


def test_parts_cannot_be_changed() -> None:
    given = {"train": ("a",)}
    split = Split(given, name="")
    given["test"] = ("b",)
    assert list(split.parts) == ["train"]
    with pytest.raises(TypeError, match="does not support item assignment"):
        split.parts["test"] = ("b",)  # type: ignore[index]


def test_splits_are_compared_by_content() -> None:
    one = Split({"train": ("a", "b"), "test": ("c",)}, name="one")
    other = Split({"test": ("c",), "train": ("b", "a")}, name="other")
    assert one == other
    assert hash(one) == hash(other)
    assert one != Split({"train": ("a",), "test": ("b", "c")}, name="one")
    assert one != "a split"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": ("1", "2"), "b": ("3",)}, {"a": ("1",), "b": ("2", "3")}),
        ({"a": ("1",), "b": ("2",)}, {"a": ("2",), "b": ("1",)}),
        ({"a": ("1",)}, {"b": ("1",)}),
    ],
)
def test_different_parts_have_different_digests(one: Any, other: Any) -> None:
    assert Split(one, name="").digest != Split(other, name="").digest


def test_unknown_parts_and_ids_are_refused() -> None:
    split = Split({"train": ("a",), "test": ("c",)}, name="by hand")
    with pytest.raises(SplitError, match="Unknown part 'tset'; did you mean 'test'"):
        split.ids("tset")
    for stranger in ("0", "b", "d"):
        with pytest.raises(SplitError, match=f"'by hand' holds the id '{stranger}'"):
            split.part_of(stranger)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "at least one part; got none"),
        ({"train": ("a",), "test": ()}, "part 'test' has none. Leave it out"),
        ({"": ("a",)}, "needs a name and at least one image"),
        ({"train": ("a", "b"), "test": ("b",)}, "'b' stands in 'train' and in 'test'"),
        ({"train": ("a", "a")}, "'a' stands in 'train' and in 'train'"),
    ],
)
def test_bad_parts_are_refused(parts: Any, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        Split(parts, name="")
