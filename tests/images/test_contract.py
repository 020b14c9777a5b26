import dataclasses
import json
from typing import Any

import pytest

from fieldmark.core.checks import field_differences
from fieldmark.core.errors import ImageError
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.model_contracts import spec_from_timm

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
SPEC = PreprocessSpec(resize_size=256, crop_size=224, **IMAGENET)


def test_the_record_is_frozen_and_compared_by_content() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SPEC.crop_size = 1  # type: ignore[misc]
    again = PreprocessSpec(256, 224, *IMAGENET.values())
    assert again == SPEC
    assert hash(again) == hash(SPEC)
    assert again.digest == SPEC.digest


def test_lists_and_whole_numbers_give_the_same_contract() -> None:
    one = PreprocessSpec.from_dict({**SPEC.to_dict(), "mean": [0, 0, 0], "std": [1, 1, 1]})
    other = dataclasses.replace(SPEC, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    assert one.digest == other.digest
    assert one == other


def test_it_survives_json() -> None:
    stored = json.loads(json.dumps(SPEC.to_dict()))
    assert PreprocessSpec.from_dict(stored) == SPEC
    assert field_differences(stored, SPEC.to_dict()) == ()


def test_what_was_recorded_before_later_fields_keeps_its_digest() -> None:
    assert SPEC.digest == "2ce433e6243e1fac85626c1d437355ecfe96e7a9bde3cf7531d11db3c01dacf8"
    stored = dataclasses.replace(SPEC, decoding="fast", mask="black", crop="box")
    assert PreprocessSpec.from_dict(json.loads(json.dumps(stored.to_dict()))) == stored


@pytest.mark.parametrize(
    "change",
    [
        {"resize_size": 255},
        {"crop_size": 223},
        {"mean": (0.5, 0.5, 0.5)},
        {"std": (0.5, 0.5, 0.5)},
        {"interpolation": "bilinear"},
        {"resize_rule": "squash"},
        {"orientation": "ignore"},
        {"alpha_colour": (0, 0, 0)},
        {"value_range": (0, 255)},
        {"decoding": "near-exact"},
        {"decoding": "fast"},
        {"mask": "black"},
        {"mask": "crop"},
        {"crop": "box"},
    ],
)
def test_every_field_counts(change: dict[str, Any]) -> None:
    other = dataclasses.replace(SPEC, **change)
    assert other.digest != SPEC.digest
    (told,) = field_differences(SPEC.to_dict(), other.to_dict())
    assert told.startswith(f"{next(iter(change))}: ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resize_size": 0}, "resize_size to be 1 to 8,192 whole pixels; found 0"),
        ({"crop_size": 224.0}, "crop_size to be 1 to 8,192 whole pixels; found 224.0"),
        ({"crop_size": True}, "crop_size to be 1 to 8,192 whole pixels; found True"),
        ({"crop_size": 9000}, "found 9000"),
        ({"mean": (0.5,)}, r"Expected 3 finite numbers as mean; found \(0.5,\)"),
        ({"mean": "abc"}, "Expected 3 finite numbers as mean; found 'abc'"),
        ({"std": (1.0, float("nan"), 1.0)}, "Expected 3 finite numbers as std"),
        ({"std": (1.0, 0.0, 1.0)}, r"std above 0 in every channel; found \[1.0, 0.0, 1.0\]"),
        ({"value_range": (1.0, 1.0)}, r"value_range that rises; found \[1.0, 1.0\]"),
        ({"value_range": 255}, "Expected 2 finite numbers as value_range; found 255"),
        ({"alpha_colour": (0, 0, 256)}, "red, green, blue, each 0 to 255; found"),
        ({"alpha_colour": (0, 0.5, 0)}, "red, green, blue, each 0 to 255; found"),
        ({"alpha_colour": "white"}, "red, green, blue, each 0 to 255; found 'white'"),
        ({"interpolation": "bicubc"}, "Unknown interpolation 'bicubc'; did you mean 'bicubic'"),
        ({"resize_rule": "pad"}, "Unknown resize_rule 'pad'. There are: shorter side then"),
        ({"orientation": "exf"}, "did you mean 'exif'"),
        ({"antialias": False}, "Unknown antialias 'False'. There are: True."),
        ({"layout": "HWC"}, "Unknown layout 'HWC'; did you mean 'CHW'"),
        ({"colour_mode": "L"}, "Unknown colour_mode 'L'. There are: RGB."),
        ({"decoding": "fats"}, "Unknown decoding 'fats'; did you mean 'fast'"),
        ({"mask": "white"}, "Unknown mask 'white'. There are: None, black, crop."),
        ({"crop": "circle"}, "Unknown crop 'circle'. There are: None, box."),
        (
            {"decoding": "fast", "interpolation": "lanczos"},
            "bicubic or bilinear with decoding 'fast'; found 'lanczos'",
        ),
    ],
)
def test_what_is_not_valid_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ImageError, match=message):
        dataclasses.replace(SPEC, **change)


def test_unknown_and_missing_fields_are_named() -> None:
    with pytest.raises(ImageError, match="Unknown preprocessing field 'croop_size'; did you mean"):
        PreprocessSpec.from_dict({**SPEC.to_dict(), "croop_size": 3})
    with pytest.raises(ImageError, match=r"crop_size, mean, std; missing: mean, std\."):
        PreprocessSpec.from_dict({"resize_size": 256, "crop_size": 224})


def test_timm_defaults_fill_an_empty_configuration() -> None:
    assert spec_from_timm({}) == SPEC
    assert spec_from_timm({"crop_pct": None, "mean": None, "interpolation": ""}) == SPEC


def test_a_configuration_is_followed() -> None:
    found = spec_from_timm(
        {
            "input_size": (3, 160, 160),
            "crop_pct": 0.95,
            "crop_mode": "squash",
            "interpolation": "bilinear",
            "mean": (0.5, 0.5, 0.5),
            "std": (0.5, 0.5, 0.5),
        }
    )
    assert (found.resize_size, found.crop_size) == (168, 160)
    assert (found.resize_rule, found.interpolation) == ("squash", "bilinear")
    assert found.mean == found.std == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"input_size": (3, 256, 192)}, "square RGB input; this one takes 3 x 256 x 192: choose"),
        ({"input_size": (1, 224, 224)}, "square RGB input; this one takes 1 x 224 x 224"),
        ({"crop_mode": "border"}, "Unknown crop mode 'border'. There are: center, squash."),
    ],
)
def test_other_configurations_are_refused(configuration: dict[str, Any], message: str) -> None:
    with pytest.raises(ImageError, match=message):
        spec_from_timm(configuration)
