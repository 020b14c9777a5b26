import sys
from typing import Any

import numpy as np
import pytest
import torch

from fieldmark.backbones.loading import weights_digest
from fieldmark.backbones.networks import (
    build_network,
    classifier_modules,
    configuration_of,
    contract_of,
)
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import ImageError, MissingExtraError, WeightsError


def test_the_default_record_serves_random_weights_and_files() -> None:
    default = configuration_of(BackboneSpec("resnet18"))
    assert default["architecture"] == "resnet18"
    assert configuration_of(BackboneSpec("resnet18", "a.pt")) == default


def test_a_tag_has_a_record_of_its_own() -> None:
    one = configuration_of(BackboneSpec("resnet50", "a1_in1k"))
    other = configuration_of(BackboneSpec("resnet50", "tv_in1k"))
    assert one["hf_hub_id"] == "timm/resnet50.a1_in1k"
    assert one["crop_pct"] != other["crop_pct"]


def test_unknown_tags_are_listed() -> None:
    with pytest.raises(WeightsError, match=r"Unknown weights of resnet50 'a1_in1'; did you mean"):
        configuration_of(BackboneSpec("resnet50", "a1_in1"))
    with pytest.raises(WeightsError, match=r"There are: random\. A file needs its ending"):
        configuration_of(BackboneSpec("test_mambaout", "a1"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("resnet51", r"one of timm's [\d,]+ networks; 'resnet51' is not known, nearest: 'resnet5"),
        ("mobilenetv2-100", "nearest: 'mobilenetv2_100'"),
        ("qqqq", "'qqqq' is not known, none is like it: timm.list_models"),
        ("hf-hub:someone/model", "'hf-hub:someone/model' is not known"),
        ("local-dir:/tmp", "'local-dir:/tmp' is not known"),
        (
            "resnet50.a1_in1k",
            "without a tag; found 'resnet50.a1_in1k': write name: resnet50 and weights: a1_in1k",
        ),
    ],
)
def test_unknown_networks_are_refused_with_the_nearest(name: str, message: str) -> None:
    for function in (configuration_of, build_network):
        with pytest.raises(WeightsError, match=message):
            function(BackboneSpec(name))


def test_options_reach_the_network_and_wrong_ones_are_refused() -> None:
    same = build_network(BackboneSpec("test_efficientnet", options={"pad_type": "same"}))
    plain = build_network(BackboneSpec("test_efficientnet"))
    assert type(same.conv_stem).__name__ != type(plain.conv_stem).__name__
    with pytest.raises(
        WeightsError, match=r"cannot build test_vit with the options {'pad_typ': 1} .*: correct or"
    ):
        build_network(BackboneSpec("test_vit", options={"pad_typ": 1}))


@pytest.mark.parametrize("name", ["test_vit", "test_resnet", "test_efficientnet"])
def test_the_seed_decides_the_random_weights(name: str) -> None:
    first, again, other = (
        weights_digest(build_network(BackboneSpec(name, weights_seed=seed))) for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other


def test_global_generators_neither_matter_nor_move() -> None:
    expected = weights_digest(build_network(BackboneSpec("test_vit")))
    torch.manual_seed(123)
    state = torch.random.get_rng_state()
    numpy_state = np.random.get_state()[1].tolist()  # noqa: NPY002
    assert weights_digest(build_network(BackboneSpec("test_vit"))) == expected
    assert torch.equal(torch.random.get_rng_state(), state)
    assert np.random.get_state()[1].tolist() == numpy_state  # noqa: NPY002


def test_the_contract_is_what_timm_records_with_stated_changes() -> None:
    recorded: dict[str, Any] = {"input_size": (3, 160, 160), "crop_pct": 1.0}
    assert contract_of(BackboneSpec("a"), recorded).crop_size == 160
    sized = contract_of(BackboneSpec("a", options={"img_size": 96}), recorded)
    assert (sized.resize_size, sized.crop_size) == (96, 96)
    changed = contract_of(BackboneSpec("a", preprocessing={"mean": [0, 0, 0]}), recorded)
    assert changed.mean == (0.0, 0.0, 0.0)
    with pytest.raises(ImageError, match="Unknown preprocessing field 'cut'"):
        contract_of(BackboneSpec("a", preprocessing={"cut": 1}), recorded)


def test_classifier_modules_are_named_with_what_belongs_to_them() -> None:
    assert classifier_modules({"classifier": "head"}) == ("head",)
    assert classifier_modules({"classifier": ("head.linear", "head_dist.linear")}) == (
        "head",
        "head_dist",
    )
    assert classifier_modules({"classifier": None}) == ()


def test_a_base_install_is_told_which_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(MissingExtraError, match=r"need torch and timm .*'fieldmark\[learn\]'"):
        build_network(BackboneSpec("resnet18"))
