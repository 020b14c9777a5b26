"""Trap 2: documented as "0 to 255", measured as [0, 1]."""

import dataclasses

import pytest

from fieldmark.core.errors import ImageError
from fieldmark.images.preprocessing import preprocess, spec_from_timm
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
