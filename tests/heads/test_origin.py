from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fieldmark.core.errors import ManifestError, NotComparableError
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.origin import (
    Origin,
    check_training_labels,
    origin_of,
    require_label_space,
    require_same_source,
)
from fieldmark.manifest.labels import LabelSpace

Embed = Callable[..., EmbeddingSet]


def test_the_origin_says_what_was_learnt_from(embed: Embed, space: LabelSpace) -> None:
    embeddings = embed(np.ones((2, 3)))
    origin = origin_of(embeddings, space)
    assert origin.label_space == space
    assert origin.training_ids == ("i0", "i1")
    assert (origin.contract, origin.tap) == (embeddings.contract, embeddings.tap)


@pytest.mark.parametrize(
    "change",
    [
        {"label_space": LabelSpace(("ash", "oak"))},
        {"contract": {"crop_size": 1}},
        {"tap": {"tap": "class_token"}},
        {"training_ids": ("b",)},
    ],
)
def test_every_part_counts_for_the_digest(change: dict[str, Any]) -> None:
    parts = {
        "label_space": LabelSpace(("oak", "ash")),
        "contract": {"mean": (0.5,)},
        "tap": {},
        "training_ids": ("a",),
    }
    assert Origin(**parts).digest == Origin(**parts).digest
    assert Origin(**(parts | change)).digest != Origin(**parts).digest


def test_labels_come_back_as_int64(embed: Embed, space: LabelSpace) -> None:
    found = check_training_labels(embed(np.ones((2, 1))), np.array([2, 0], np.uint8), space)
    assert found.dtype == np.int64
    assert found.tolist() == [2, 0]


def test_no_training_image_is_refused(embed: Embed, space: LabelSpace) -> None:
    with pytest.raises(ManifestError, match="A head needs at least one training image; got none"):
        check_training_labels(embed(np.ones((0, 2))), np.array([], np.int64), space)


@pytest.mark.parametrize("labels", [np.array([0]), np.array([0.0, 1.0]), np.array(["ash", "oak"])])
def test_labels_that_are_not_one_whole_number_each_are_refused(
    embed: Embed, space: LabelSpace, labels: np.ndarray
) -> None:
    message = r"one whole-number label for each of the 2 training images; got .* Use `label_space"
    with pytest.raises(ManifestError, match=message):
        check_training_labels(embed(np.ones((2, 1))), labels, space)


def test_labels_outside_the_label_space_are_refused(embed: Embed, space: LabelSpace) -> None:
    message = r"positions from 0 to 2; 2 images of 3 lie outside \(first: 3 for 'i1'\)"
    with pytest.raises(ManifestError, match=message):
        check_training_labels(embed(np.ones((3, 1))), np.array([0, 3, -1]), space)


def test_the_same_source_passes(embed: Embed, space: LabelSpace) -> None:
    require_same_source(origin_of(embed(np.ones((2, 3))), space), embed(np.zeros((1, 3)), "t"))


def test_another_contract_is_refused_field_by_field(embed: Embed, space: LabelSpace) -> None:
    origin = origin_of(embed(np.ones((2, 3))), space)
    other = embed(np.ones((1, 3)), contract={"crop_size": 192, "mean": [0.485, 0.456, 0.406]})
    message = (
        r"the preprocessing contract differs in 1 field \(head against embeddings\): "
        r"crop_size: 224 against 192\. Extract"
    )
    with pytest.raises(NotComparableError, match=message):
        require_same_source(origin, other)


def test_the_same_classes_pass(space: LabelSpace) -> None:
    require_label_space(Origin(space, {}, {}, ()), LabelSpace(space.classes))


def test_another_order_of_the_classes_is_refused(space: LabelSpace) -> None:
    message = r"the 3 classes 'ash', 'elm', 'oak'; .* \(the same classes stand in another order\)"
    with pytest.raises(NotComparableError, match=message):
        require_label_space(Origin(space, {}, {}, ()), LabelSpace(("oak", "elm", "ash")))
