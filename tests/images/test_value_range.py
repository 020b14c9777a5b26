import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fieldmark.core.errors import ImageError
from fieldmark.images.preprocessing import PreprocessSpec, preprocess, spec_from_timm
from fieldmark.images.value_range import check_declared_range, measured_range

SPEC = spec_from_timm({"input_size": (3, 32, 32)})
Pixels = np.ndarray[Any, np.dtype[np.float32]]


def following(spec: PreprocessSpec) -> Callable[[Image.Image], Pixels]:
    return lambda image: preprocess(image, spec)


@pytest.mark.parametrize("declared", [(0.0, 1.0), (0.0, 255.0), (-1.0, 1.0)])
def test_our_own_pipeline_gives_what_its_contract_declares(declared: tuple[float, float]) -> None:
    spec = dataclasses.replace(SPEC, value_range=declared)
    assert measured_range(following(spec), spec) == pytest.approx(declared, abs=1e-4)
    check_declared_range(following(spec), spec)


@pytest.mark.parametrize("real", [(0.0, 1.1), (-0.1, 1.0), (0.0, 255.0)])
def test_another_range_is_refused(real: tuple[float, float]) -> None:
    pipeline = following(dataclasses.replace(SPEC, value_range=real))
    with pytest.raises(ImageError, match="values from 0 to 1 before mean and std, as value_range"):
        check_declared_range(pipeline, SPEC)
