"""Trap 2: documented as "0 to 255", measured as [0, 1]."""

import dataclasses

import numpy as np
import pytest

from fieldmark.core.errors import ImageError
from fieldmark.images.pixel_statistics import drift_of, measured
from fieldmark.images.preprocessing import normalise, preprocess, spec_from_timm
from fieldmark.images.value_range import check_declared_range, check_pixels, measured_range

REAL = spec_from_timm({})
DOCUMENTED = dataclasses.replace(REAL, value_range=(0.0, 255.0))


def test_trap_02_the_declared_range_is_part_of_the_contract() -> None:
    assert DOCUMENTED.digest != REAL.digest


def test_trap_02_the_range_is_measured() -> None:
    found = measured_range(lambda image: preprocess(image, REAL), DOCUMENTED)
    assert found == pytest.approx((0.0, 1.0), abs=1e-5)


def test_trap_02_a_false_declaration_fails() -> None:
    with pytest.raises(
        ImageError,
        match=r"Expected values from 0 to 255 .* measured .* to 1: correct the declaration",
    ):
        check_declared_range(lambda image: preprocess(image, REAL), DOCUMENTED)
    check_declared_range(lambda image: preprocess(image, REAL), REAL)


def test_trap_02_what_training_saw_is_held_against_what_a_prediction_sees() -> None:
    photos = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
    recorded = measured(normalise(photos, REAL))
    assert drift_of(recorded, measured(normalise(photos[::-1], REAL))) is None
    told = drift_of(recorded, measured(normalise(photos, DOCUMENTED)))
    assert told is not None
    assert "training standard deviations" in told


def test_trap_02_pixels_that_contradict_their_contract_are_refused() -> None:
    photos = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    check_pixels(normalise(photos, REAL), REAL)
    with pytest.raises(
        ImageError,
        match=r"Expected pixels from 0 to 255 .* measured .* to 1: divided by 255 once too often",
    ):
        check_pixels(normalise(photos, REAL), DOCUMENTED)
    with pytest.raises(ImageError, match=r"Expected pixels from 0 to 1 .* to 255: another range"):
        check_pixels(normalise(photos, DOCUMENTED), REAL)


def test_trap_02_an_array_divided_by_255_twice_is_refused_and_a_black_photo_is_not() -> None:
    photos = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    mean, std = (np.array(part, np.float32)[:, None, None] for part in (REAL.mean, REAL.std))
    twice = (np.moveaxis(photos, 3, 1).astype(np.float32) / 255 / 255 - mean) / std
    with pytest.raises(ImageError, match=r"measured 0 to 0\.0039.*: divided by 255 once too often"):
        check_pixels(twice, REAL)
    check_pixels(normalise(photos % 2, REAL), REAL)
    check_pixels(normalise(photos[:0], REAL), REAL)
    with pytest.raises(ImageError, match="measured nan to nan"):
        check_pixels(np.full((1, 3, 2, 2), np.nan, dtype=np.float32), REAL)
