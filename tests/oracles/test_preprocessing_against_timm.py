"""The contract followed by Pillow and NumPy equals timm's own evaluation transform, bit for bit."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from fieldmark.images.preprocessing import preprocess, spec_from_timm

SIZES = [(224, 224), (300, 200), (201, 333), (257, 255), (31, 47), (1, 1), (1, 9), (640, 97)]
CONFIGURATIONS: list[dict[str, Any]] = [
    {"crop_pct": 0.875, "interpolation": "bicubic"},
    {"crop_pct": 0.875, "interpolation": "bilinear"},
    {"crop_pct": 0.9, "interpolation": "bicubic"},
    {"crop_pct": 1.0, "interpolation": "bicubic", "input_size": (3, 288, 288)},
    {"crop_pct": 0.95, "interpolation": "bilinear", "input_size": (3, 160, 160)},
    {"crop_pct": 1.0, "interpolation": "bicubic", "crop_mode": "squash"},
    {"crop_pct": 0.9, "interpolation": "bilinear", "crop_mode": "squash"},
    {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), "input_size": (3, 97, 97)},
    {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0), "interpolation": "lanczos"},
    {"crop_pct": 1.14, "interpolation": "bicubic", "input_size": (3, 65, 65)},
]


def timm_transform(configuration: dict[str, Any]) -> Any:
    from timm.data import create_transform, resolve_data_config

    return create_transform(**resolve_data_config({}, pretrained_cfg=configuration))


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
@pytest.mark.parametrize("size", SIZES)
def test_every_value_equals_that_of_timm(
    configuration: dict[str, Any], size: tuple[int, int]
) -> None:
    width, height = size
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    expected = timm_transform(configuration)(image).numpy()
    found = preprocess(image, spec_from_timm(configuration))
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("mean", "std"), [((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), ((0.3,) * 3, (0.7,) * 3)]
)
def test_every_grey_level_equals_that_of_timm(mean: Any, std: Any) -> None:
    configuration = {"input_size": (3, 16, 16), "crop_pct": 1.0, "mean": mean, "std": std}
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = Image.fromarray(np.repeat(levels[..., None], 3, axis=2))
    np.testing.assert_array_equal(
        preprocess(image, spec_from_timm(configuration)),
        timm_transform(configuration)(image).numpy(),
    )


@pytest.mark.parametrize(
    "name",
    ["mobilenetv2_100", "resnet50", "vit_base_patch16_clip_224", "convnextv2_tiny", "test_vit"],
)
def test_configurations_of_real_models_are_followed(name: str) -> None:
    import timm

    configuration = timm.get_pretrained_cfg(name).to_dict()
    pixels = np.random.default_rng(0).integers(0, 256, (313, 411, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    np.testing.assert_array_equal(
        preprocess(image, spec_from_timm(configuration)),
        timm_transform(configuration)(image).numpy(),
    )
