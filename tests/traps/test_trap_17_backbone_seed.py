"""Trap 17: the configured seed was never applied. Here: the seed of random backbone weights."""

import numpy as np
import torch

from fieldmark.backbones.encoders import open_encoder
from fieldmark.backbones.specs import BackboneSpec


def opened(seed: int) -> tuple[str, np.ndarray]:
    spec = BackboneSpec(
        "test_resnet", weights_seed=seed, preprocessing={"crop_size": 64, "resize_size": 64}
    )
    batch = np.random.default_rng(0).standard_normal((2, 3, 64, 64)).astype(np.float32)
    encoder = open_encoder(spec)
    return encoder.weights_digest, encoder.encode(batch)


def test_trap_17_the_same_seed_gives_the_same_weights_and_vectors() -> None:
    first_digest, first = opened(1)
    torch.rand(100)
    again_digest, again = opened(1)
    assert first_digest == again_digest
    np.testing.assert_array_equal(first, again)


def test_trap_17_another_seed_gives_others() -> None:
    first_digest, first = opened(1)
    other_digest, other = opened(2)
    assert first_digest != other_digest
    assert np.abs(first - other).max() > 1e-3
