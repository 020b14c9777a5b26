import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from fieldmark.core.errors import ManifestError
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.preprocessing import preprocess_file
from fieldmark.images.regions import Box, Region
from fieldmark.manifest.labels import LabelSpace
from fieldmark.training.data import (
    Place,
    ReadImages,
    TrainingImages,
    batches_of,
    loader_of,
    read_plain,
)
from fieldmark.training.losses import LossSettings, loss_of
from fieldmark.training.settings import TrainingSettings

CONTRACT = PreprocessSpec(resize_size=8, crop_size=8, mean=(0.5,) * 3, std=(0.5,) * 3)


def test_labels_that_do_not_fit_are_refused(coloured) -> None:
    images = coloured(3)
    with pytest.raises(ManifestError, match="at least one training image"):
        TrainingImages({}, np.array([], dtype=int), LabelSpace(("a",)))
    with pytest.raises(ManifestError, match=r"each of the 3 training images; got int64 of shape"):
        TrainingImages(images.paths, np.array([0]), images.label_space)
    with pytest.raises(ManifestError, match=r"from 0 to 2; 1 image of 3 lie outside \(first: 3"):
        TrainingImages(images.paths, np.array([0, 3, 1]), images.label_space)


@pytest.mark.parametrize("world", [1, 2, 3])
def test_every_image_comes_once_and_devices_get_equally_many(coloured, world: int) -> None:
    images, settings = coloured(17), TrainingSettings(batch_size=4)
    seen = []
    for rank in range(world):
        batches = batches_of(images, settings, seed=0, rank=rank, world=world)
        own = [position for batch in batches for position in batch]
        assert len(own) == -(-17 // world)
        assert min(len(batch) for batch in batches) > 1, "a batch norm needs two"
        seen += own
    assert set(seen) == set(range(17))
    assert len(seen) == -(-17 // world) * world


def test_batches_go_on_where_they_were(coloured) -> None:
    batches = batches_of(coloured(), TrainingSettings(batch_size=4, balance=1.0), seed=5)
    batches.place = Place(3)
    whole = list(batches)
    batches.place = Place(3, 2)
    assert (list(batches), len(batches)) == (whole[2:], len(whole) - 2)
    batches.place = Place(4)
    assert list(batches) != whole


@pytest.mark.parametrize("workers", [0, 2])
def test_the_reader_is_told_epoch_and_id(coloured, workers: int) -> None:
    plain = coloured(6)

    def read(path, contract, epoch, identifier, region):
        return np.full((3, 8, 8), epoch * 100 + int(identifier[1:]), dtype=np.float32)

    images = TrainingImages(plain.paths, plain.labels, plain.label_space, read)
    batches = batches_of(images, TrainingSettings(batch_size=3), seed=0)
    batches.place = Place(2)
    found = [
        (int(picture[0, 0, 0]), int(label))
        for pixels, labels in loader_of(images, CONTRACT, batches, workers=workers)
        for picture, label in zip(pixels, labels, strict=True)
    ]
    assert sorted(found) == [(200 + number, number % 3) for number in range(6)]


def test_a_region_goes_with_its_image_into_reader_and_digest(coloured) -> None:
    plain = coloured(3)
    boxes = {name: Region(box=Box(0, 0, 4, 4 + i)) for i, name in enumerate(plain.paths)}
    given = (plain.paths, plain.labels, plain.label_space, read_plain)
    images = TrainingImages(*given, boxes)
    assert images.digest != plain.digest
    assert images.digest == TrainingImages(*given, dict(boxes)).digest
    contract = dataclasses.replace(CONTRACT, crop="box")
    name = images.ids[2]
    pixels, _ = ReadImages(images, contract, 0)[2]
    expected = preprocess_file(images.paths[name], contract, box=boxes[name].box)
    assert np.array_equal(pixels.numpy(), expected)
    del boxes[name]
    with pytest.raises(ManifestError, match="mask and box of each training image; 1 of 3 have"):
        TrainingImages(*given, boxes)


def test_a_class_without_images_counts_as_having_one(tmp_path: Path) -> None:
    paths = {"a": tmp_path / "a.jpg", "b": tmp_path / "b.jpg", "c": tmp_path / "c.jpg"}
    images = TrainingImages(paths, np.array([0, 0, 2]), LabelSpace(("x", "y", "z")))
    assert images.class_counts == [2, 1, 1]
    for settings in (LossSettings(kind="logit-adjusted"), LossSettings(class_weights="balanced")):
        loss = loss_of(settings, images.class_counts)
        assert np.isfinite(float(loss(torch.zeros((1, 3)), torch.tensor([0]))))
