"""Trap 1: trained with mean = std = 0.5, evaluated with ImageNet statistics."""

import dataclasses

import numpy as np
from PIL import Image

from fieldmark.core.checks import field_differences
from fieldmark.images.preprocessing import preprocess, spec_from_timm

TRAINED = spec_from_timm({"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)})
EVALUATED = spec_from_timm({})


def test_trap_01_other_statistics_are_another_contract() -> None:
    assert TRAINED.digest != EVALUATED.digest
    image = Image.new("RGB", (224, 224), (200, 100, 50))
    assert np.abs(preprocess(image, TRAINED) - preprocess(image, EVALUATED)).max() > 0.1


def test_trap_01_the_difference_is_told_field_by_field() -> None:
    assert field_differences(TRAINED.to_dict(), EVALUATED.to_dict()) == (
        "mean: [0.5, 0.5, 0.5] against [0.485, 0.456, 0.406]",
        "std: [0.5, 0.5, 0.5] against [0.229, 0.224, 0.225]",
    )


def test_trap_01_the_same_statistics_are_the_same_contract() -> None:
    again = dataclasses.replace(TRAINED, mean=EVALUATED.mean, std=EVALUATED.std)
    assert again.digest == EVALUATED.digest
    assert field_differences(again.to_dict(), EVALUATED.to_dict()) == ()
