"""Trap 26: backbones were tapped at different layers, and nothing said so."""

import numpy as np
import pytest

from fieldmark.backbones.encoders import open_encoder
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.checks import field_differences
from fieldmark.core.errors import WeightsError

SMALL = {"crop_size": 64, "resize_size": 64}


def test_trap_26_the_tap_is_part_of_what_is_asked_for_and_of_what_is_given() -> None:
    spec = BackboneSpec("test_vit", preprocessing=SMALL)
    assert spec.to_dict()["tap"] == "pooled"
    assert open_encoder(spec).tap["tap"] == "pooled"
    with pytest.raises(WeightsError, match="Unknown tap 'class_token'"):
        BackboneSpec("test_vit", tap="class_token")


def test_trap_26_another_way_of_pooling_is_another_tap() -> None:
    first = open_encoder(BackboneSpec("test_vit", preprocessing=SMALL))
    options = {"global_pool": "avg", "fc_norm": False}
    other = open_encoder(BackboneSpec("test_vit", preprocessing=SMALL, options=options))
    assert first.weights_digest == other.weights_digest
    assert field_differences(first.tap, other.tap) == (f"options: {{}} against {options}",)
    batch = np.random.default_rng(0).standard_normal((2, 3, 64, 64)).astype(np.float32)
    assert np.abs(first.encode(batch) - other.encode(batch)).max() > 1e-3


def test_trap_26_other_weights_are_another_tap() -> None:
    first = open_encoder(BackboneSpec("test_vit", preprocessing=SMALL))
    other = open_encoder(BackboneSpec("test_vit", preprocessing=SMALL, weights_seed=1))
    told = [difference.partition(":")[0] for difference in field_differences(first.tap, other.tap)]
    assert told == ["weights", "weights_digest"]
