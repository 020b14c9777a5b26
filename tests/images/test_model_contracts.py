from typing import Any

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.model_contracts import spec_from_open_clip
from fieldmark.images.preprocessing import preprocess


def test_open_clip_defaults_fill_an_empty_configuration() -> None:
    found = spec_from_open_clip({})
    assert (found.resize_size, found.crop_size, found.interpolation) == (224, 224, "bicubic")
    assert found.mean == (0.48145466, 0.4578275, 0.40821073)


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"size": (224, 192)}, "square RGB input; this one takes RGB of 224 x 192: choose"),
        ({"mode": "L"}, "square RGB input; this one takes L of 224 x 224"),
        ({"resize_mode": "longest"}, "Unknown resize mode 'longest'"),
    ],
)
def test_what_cannot_be_followed_is_refused(configuration: dict[str, Any], message: str) -> None:
    with pytest.raises(ImageError, match=message):
        spec_from_open_clip(configuration)


@pytest.mark.parametrize("size", [(300, 200), (201, 333), (31, 47)])
@pytest.mark.parametrize(
    "configuration",
    [
        {"size": (64, 64)},
        {"size": 65, "resize_mode": "squash", "mean": (0.5,) * 3, "std": (0.5,) * 3},
        {"size": (64, 64), "interpolation": "bilinear"},
    ],
)
def test_every_value_equals_that_of_open_clip(
    size: tuple[int, int], configuration: dict[str, Any]
) -> None:
    transform = pytest.importorskip("open_clip.transform")
    pixels = np.random.default_rng(3).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    theirs = transform.image_transform_v2(transform.PreprocessCfg(**configuration), is_train=False)
    spec = spec_from_open_clip(configuration)
    np.testing.assert_array_equal(preprocess(image, spec), theirs(image).numpy())
