"""Trap 2: documented as "0 to 255", measured as [0, 1]."""

import dataclasses

import numpy as np
import pytest

from fieldmark.core.errors import ImageError
from fieldmark.images.pixel_statistics import check_statistics, measured
from fieldmark.images.preprocessing import normalise, preprocess, spec_from_timm
from fieldmark.images.value_range import check_declared_range, measured_range

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
    assert check_statistics(recorded, measured(normalise(photos[::-1], REAL))) == ()
    told = check_statistics(recorded, measured(normalise(photos, DOCUMENTED)))
    assert "another value range, mean or std" in told[0]
