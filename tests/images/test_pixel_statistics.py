import dataclasses
import json

import numpy as np
import pytest

from fieldmark.core.errors import ImageError
from fieldmark.images.pixel_statistics import (
    PixelStatistics,
    drift_of,
    measured,
    pooled,
)
from fieldmark.images.preprocessing import normalise, spec_from_timm

RNG = np.random.default_rng(0)
PHOTOS = RNG.normal(115, 60, (12, 32, 32, 3)).clip(0, 255).astype(np.uint8)
IMAGENET = spec_from_timm({})
HALVES = dataclasses.replace(IMAGENET, mean=(0.5,) * 3, std=(0.5,) * 3)
RECORDED = measured(normalise(PHOTOS, IMAGENET))


def test_a_batch_is_measured_and_survives_json() -> None:
    batch = normalise(PHOTOS, IMAGENET).astype(np.float64)
    assert RECORDED.pictures == 12
    assert RECORDED.mean == pytest.approx(tuple(batch.mean(axis=(0, 2, 3))))
    assert RECORDED.std == pytest.approx(tuple(batch.std(axis=(0, 2, 3))))
    assert RECORDED.spread == pytest.approx(tuple(batch.mean(axis=(2, 3)).std(axis=0)))
    assert (RECORDED.low, RECORDED.high) == (batch.min(), batch.max())
    assert PixelStatistics.from_dict(json.loads(json.dumps(RECORDED.to_dict()))) == RECORDED


def test_batches_pool_to_what_they_are_together() -> None:
    batch = normalise(PHOTOS, IMAGENET)
    found = pooled([measured(batch[:3]), measured(batch[3:4]), measured(batch[4:])])
    assert found.mean == pytest.approx(RECORDED.mean, rel=1e-9)
    assert found.std == pytest.approx(RECORDED.std, rel=1e-9)
    assert found.spread == pytest.approx(RECORDED.spread, rel=1e-9)
    assert (found.pictures, found.low, found.high) == (12, RECORDED.low, RECORDED.high)


def test_like_pictures_raise_no_doubt() -> None:
    others = RNG.normal(90, 50, (9, 32, 32, 3)).clip(0, 255).astype(np.uint8)
    assert drift_of(RECORDED, measured(normalise(others, IMAGENET))) is None
    darker = RNG.normal(70, 30, (1, 32, 32, 3)).clip(0, 255).astype(np.uint8)
    assert drift_of(RECORDED, measured(normalise(darker, IMAGENET))) is None


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (dataclasses.replace(IMAGENET, value_range=(0, 255)), "green is brighter by 2,"),
        (HALVES, "their pixels reach from -1 to 1, in training from -2.12 to 2.64"),
        (dataclasses.replace(IMAGENET, mean=(0.9, 0.456, 0.406)), "red is darker by 9.1 training"),
        (dataclasses.replace(IMAGENET, std=(0.6, 0.6, 0.6)), "their pixels reach from"),
    ],
)
def test_another_contract_is_told(seen, told: str) -> None:
    found = drift_of(RECORDED, measured(normalise(PHOTOS, seen)))
    assert found is not None
    assert found.startswith(f"The 12 pictures are unlike those of training: {told}")


def test_the_contrast_is_told_of_many_pictures_alone() -> None:
    flat = RNG.normal(115, 10, (12, 32, 32, 3)).clip(0, 255).astype(np.uint8)
    flat[:, 0, 0], flat[:, 0, 1] = 0, 255
    told = drift_of(RECORDED, measured(normalise(flat, IMAGENET)))
    assert told is not None
    assert "their contrast is 0.2" in told
    assert drift_of(RECORDED, measured(normalise(flat[:3], IMAGENET))) is None


def test_a_single_picture_of_another_range_is_told() -> None:
    raw = dataclasses.replace(IMAGENET, mean=(0.0,) * 3, std=(1.0,) * 3, value_range=(0, 255))
    told = drift_of(RECORDED, measured(normalise(PHOTOS[:1], raw)))
    assert told is not None
    assert told.startswith("The picture is unlike those of training: ")


def test_training_pictures_that_hardly_differ_do_not_make_every_photo_far() -> None:
    alike = np.repeat(PHOTOS[:1], 9, axis=0)
    recorded = measured(normalise(alike, IMAGENET))
    assert max(recorded.spread) == pytest.approx(0, abs=1e-6)
    other = RNG.normal(100, 60, (1, 32, 32, 3)).clip(0, 255).astype(np.uint8)
    assert drift_of(recorded, measured(normalise(other, IMAGENET))) is None
    constant = measured(np.ones((9, 3, 4, 4), dtype=np.float32))
    assert drift_of(constant, constant) is None


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ImageError, match=r"at least one; found \(0, 3, 8, 8\)"):
        measured(np.empty((0, 3, 8, 8), dtype=np.float32))
    with pytest.raises(ImageError, match="Expected finite pixels; found values from nan to nan"):
        measured(np.full((1, 3, 2, 2), np.nan, dtype=np.float32))
    with pytest.raises(ImageError, match="at least one batch; found none"):
        pooled([])
