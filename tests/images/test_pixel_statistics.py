import dataclasses
import json

import numpy as np
import pytest

from fieldmark.core.errors import ImageError
from fieldmark.images.pixel_statistics import (
    PixelStatistics,
    check_statistics,
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
    assert (RECORDED.low, RECORDED.high) == (batch.min(), batch.max())
    assert PixelStatistics.from_dict(json.loads(json.dumps(RECORDED.to_dict()))) == RECORDED


def test_batches_pool_to_what_they_are_together() -> None:
    batch = normalise(PHOTOS, IMAGENET)
    found = pooled([measured(batch[:3]), measured(batch[3:4]), measured(batch[4:])])
    assert found.mean == pytest.approx(RECORDED.mean, rel=1e-9)
    assert found.std == pytest.approx(RECORDED.std, rel=1e-9)
    assert (found.pictures, found.low, found.high) == (12, RECORDED.low, RECORDED.high)


def test_like_pictures_raise_no_doubt() -> None:
    others = RNG.normal(90, 50, (9, 32, 32, 3)).clip(0, 255).astype(np.uint8)
    assert check_statistics(RECORDED, measured(normalise(others, IMAGENET))) == ()
    dark = np.zeros((1, 8, 8, 3), dtype=np.uint8)
    assert check_statistics(RECORDED, measured(normalise(dark, IMAGENET))) == ()


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (dataclasses.replace(IMAGENET, value_range=(0, 255)), "Pixels reach from"),
        (HALVES, "Pixels reach from -1 to 1, in training from -2.12 to 2.64: another value range"),
        (dataclasses.replace(IMAGENET, mean=(0.9, 0.456, 0.406)), "The mean of red is"),
        (dataclasses.replace(IMAGENET, std=(0.229, 0.224, 0.8)), "The std of blue is"),
    ],
)
def test_another_contract_is_told(seen, told: str) -> None:
    found = check_statistics(RECORDED, measured(normalise(PHOTOS, seen)))
    assert any(sentence.startswith(told) for sentence in found), found


def test_a_single_picture_beyond_the_range_is_told() -> None:
    raw = dataclasses.replace(IMAGENET, mean=(0.0,) * 3, std=(1.0,) * 3, value_range=(0, 255))
    (told,) = check_statistics(RECORDED, measured(normalise(PHOTOS[:1], raw)))
    assert told.startswith("Pixels reach from 0 to 255, in training from")


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ImageError, match=r"at least one; found \(0, 3, 8, 8\)"):
        measured(np.empty((0, 3, 8, 8), dtype=np.float32))
    with pytest.raises(ImageError, match="Expected finite pixels; found values from nan to nan"):
        measured(np.full((1, 3, 2, 2), np.nan, dtype=np.float32))
    with pytest.raises(ImageError, match="at least one batch; found none"):
        pooled([])
