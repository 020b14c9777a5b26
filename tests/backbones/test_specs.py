import dataclasses
import json
import subprocess
import sys
from typing import Any

import pytest

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import WeightsError


@pytest.mark.parametrize(
    ("weights", "source"),
    [
        ("random", "random"),
        ("ra_in1k", "tag"),
        ("augreg2_in21k_ft_in1k", "tag"),
        ("a.safetensors", "file"),
        ("a.pt", "file"),
        ("a.pth", "file"),
        ("nets/a", "file"),
        ("/nets/random", "file"),
    ],
)
def test_the_source_of_weights_is_told_by_how_they_are_written(weights: str, source: str) -> None:
    assert BackboneSpec("resnet18", weights).source == source


def test_the_record_is_frozen_to_its_depth_and_compared_by_content() -> None:
    options = {"pad_type": "same", "sizes": [1, 2]}
    spec = BackboneSpec("a", options=options)
    options["sizes"].append(3)  # type: ignore[attr-defined]
    assert spec.options["sizes"] == [1, 2]
    with pytest.raises(TypeError):
        spec.options["pad_type"] = ""  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.name = "b"  # type: ignore[misc]
    again = BackboneSpec("a", options={"sizes": [1, 2], "pad_type": "same"})
    assert again == spec
    assert hash(again) == hash(spec)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "resnet34"},
        {"weights": "a1_in1k"},
        {"options": {"pad_type": "same"}},
        {"weights_seed": 1},
        {"preprocessing": {"crop_size": 128}},
    ],
)
def test_every_field_counts(change: dict[str, Any]) -> None:
    spec = BackboneSpec("resnet18")
    other = dataclasses.replace(spec, **change)
    assert other != spec
    assert other.digest != spec.digest


def test_it_survives_json() -> None:
    spec = BackboneSpec("a", "b.pt", options={"c": 1}, preprocessing={"mean": [0, 0, 0]})
    assert BackboneSpec(**json.loads(json.dumps(spec.to_dict()))) == spec


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": " "}, "Expected the backbone's name; found ' '"),
        ({"name": "a", "weights": ""}, "Expected the backbone's weights; found ''"),
        ({"name": "a", "tap": "pool"}, "Unknown tap 'pool'; did you mean 'pooled'"),
        ({"name": "a", "weights_seed": -1}, "weights_seed to be a whole number from 0; found -1"),
        ({"name": "a", "weights_seed": True}, "whole number from 0; found True"),
        ({"name": "a", "options": {"pretrained": True}}, "may not set 'pretrained': fieldmark"),
        (
            {"name": "a", "options": {"checkpoint_path": "x", "num_classes": 3}},
            "may not set 'checkpoint_path', 'num_classes': fieldmark sets what is loaded",
        ),
        ({"name": "a", "options": {"act": print}}, "plain values as backbone options"),
        ({"name": "a", "preprocessing": {"mean": float("nan")}}, "as backbone preprocessing"),
    ],
)
def test_what_is_not_valid_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        BackboneSpec(**fields)


def test_asking_for_a_backbone_imports_no_torch() -> None:
    code = (
        "import sys, fieldmark.backbones.encoders, fieldmark.images.dataset\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'timm', 'huggingface_hub')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
