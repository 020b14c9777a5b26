import dataclasses
from pathlib import Path

import numpy as np
import pytest

from fieldmark.backbones.encoders import open_encoder
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import ImageError, NotComparableError, StoreError
from fieldmark.export.scorer import EncoderHeadScorer, runtime_of
from fieldmark.workflows.scoring import cell_of, open_scorer


def test_a_head_of_another_backbone_is_refused(finished: Path, open_study) -> None:
    ground = open_study(finished)
    model = open_scorer(ground, *cell_of(ground, "probe", 0))
    size = {"resize_size": 48, "crop_size": 48}
    other = open_encoder(BackboneSpec("test_resnet", weights_seed=1, preprocessing=size))
    with pytest.raises(
        NotComparableError, match=r"1 field differs.*weights_digest: [0-9a-f]{64} ag"
    ):
        EncoderHeadScorer(other, model.head)
    larger = dataclasses.replace(model.encoder.spec, preprocessing={**size, "crop_size": 32})
    with pytest.raises(NotComparableError, match="crop_size: 48 against 32"):
        EncoderHeadScorer(open_encoder(larger), model.head)


def test_pictures_of_another_size_are_refused(finished: Path, open_study) -> None:
    ground = open_study(finished)
    model = open_scorer(ground, *cell_of(ground, "probe", 0))
    with pytest.raises(ImageError, match=r"Expected float32 pictures of shape \(n, 3, 48, 48\)"):
        model.score(np.zeros((1, 3, 47, 48), dtype=np.float32))


def test_an_unknown_runtime_is_refused() -> None:
    with pytest.raises(StoreError, match="the model takes those of 'abacus'"):
        runtime_of("abacus")
