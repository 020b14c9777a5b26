from typing import Any

import numpy as np
import polars as pl
import pytest

from fieldmark.core.errors import ManifestError
from fieldmark.manifest.labels import LabelSpace


def test_positions_follow_the_order_of_the_classes() -> None:
    space = LabelSpace(("pear", "apple"))
    assert space.positions(["apple", "pear", "apple"]).tolist() == [1, 0, 1]
    assert space.positions(pl.Series(["pear"])).tolist() == [0]


def test_no_labels_have_no_positions() -> None:
    found = LabelSpace(("pear",)).positions([])
    assert found.shape == (0,)
    assert found.dtype == np.int64


def test_a_list_of_classes_becomes_a_tuple() -> None:
    classes: Any = ["pear", "apple"]
    assert LabelSpace(classes) == LabelSpace(("pear", "apple"))


def test_the_digest_knows_the_order_and_the_set_digest_does_not() -> None:
    one, other = LabelSpace(("pear", "apple")), LabelSpace(("apple", "pear"))
    assert one.digest != other.digest
    assert one.set_digest == other.set_digest
    assert one.set_digest != LabelSpace(("apple", "plum")).set_digest


def test_unknown_labels_are_counted_and_the_nearest_class_is_named() -> None:
    space = LabelSpace(("Amanita phalloides", "Boletus edulis"))
    wanted = "among 2 classes; 3 of 4 are not: 'Amanita phaloides', 'xyz' .nearest"
    with pytest.raises(ManifestError, match=wanted):
        space.positions(["xyz", "Amanita phaloides", "xyz", "Boletus edulis"])


def test_an_unknown_label_like_no_class_gets_no_hint() -> None:
    with pytest.raises(ManifestError, match=r"1 of 1 are not: 'q'\. Correct"):
        LabelSpace(("apple",)).positions(["q"])


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ((), "at least one class; got none"),
        (("a", ""), r"must be strings that are not blank; got '' \(1 of 2 names\)"),
        (("a", "  "), "must be strings that are not blank"),
        ((1.0, 2.0), r"must be strings that are not blank; got 1.0 \(2 of 2 names\)"),
        (("a", "b", "a", "b", "a"), "must be unique; repeated: 'a', 'b'"),
    ],
)
def test_bad_classes_are_refused(classes: Any, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        LabelSpace(classes)
