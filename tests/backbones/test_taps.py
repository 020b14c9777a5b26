import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fieldmark.backbones.encoders import open_encoder
from fieldmark.backbones.networks import build_network
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.backbones.taps import generalised_mean, widths_of
from fieldmark.core.errors import MissingExtraError, WeightsError

SMALL = {"crop_size": 64, "resize_size": 64}
TOKENS = {"class-token", "class-token-before-norm", "patch-mean", "gem"}
TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 8, "vocab_size": 64, "width": 16, "heads": 2, "layers": 1},
}


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, 3, 64, 64)).astype(np.float32)


@pytest.fixture(scope="module")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    import open_clip

    path = tmp_path_factory.mktemp("clip") / "fieldmark-tiny.json"
    path.write_text(json.dumps(TINY))
    open_clip.add_model_config(path)
    return "open_clip:fieldmark-tiny"


def test_a_vision_transformer_has_every_tap_from_one_pass(monkeypatch) -> None:
    encoder = open_encoder(BackboneSpec("test_vit", preprocessing=SMALL))
    assert set(encoder.widths) == TOKENS | {"pooled"}
    module = encoder._model
    with torch.inference_mode():
        tokens = module.forward_features(torch.tensor(noise(3))).numpy()
    passes: list[int] = []
    plain = module.forward_features
    monkeypatch.setattr(module, "forward_features", lambda x: passes.append(1) or plain(x))
    found = encoder.encode_taps(noise(3), tuple(encoder.widths))
    assert len(passes) == 1
    np.testing.assert_allclose(found["class-token"], tokens[:, 0], atol=1e-5)
    np.testing.assert_allclose(found["patch-mean"], tokens[:, 1:].mean(axis=1), atol=1e-5)
    power = np.maximum(tokens[:, 1:], 1e-6) ** 3
    np.testing.assert_allclose(found["gem"], power.mean(axis=1) ** (1 / 3), atol=1e-5)
    before = torch.tensor(found["class-token-before-norm"])
    with torch.inference_mode():
        np.testing.assert_allclose(module.norm(before).numpy(), tokens[:, 0], atol=1e-5)
    np.testing.assert_array_equal(found["pooled"], encoder.encode(noise(3)))


@pytest.mark.parametrize("name", ["test_convnext", "test_resnet", "test_efficientnet"])
def test_a_convolutional_network_pools_its_map_and_has_no_token(name: str) -> None:
    encoder = open_encoder(BackboneSpec(name, preprocessing=SMALL))
    assert set(encoder.widths) == {"pooled", "patch-mean", "gem"}
    with torch.inference_mode():
        feature_map = encoder._model.forward_features(torch.tensor(noise(2))).numpy()
    found = encoder.encode_taps(noise(2), ("patch-mean", "gem"))
    np.testing.assert_allclose(found["patch-mean"], feature_map.mean(axis=(2, 3)), atol=1e-5)
    assert (found["gem"] >= found["patch-mean"] - 1e-5).all()
    with pytest.raises(WeightsError, match=rf"{name} has no tap 'class-token': it has pooled, "):
        encoder.encode_taps(noise(1), ("class-token",))


def test_a_map_with_its_channels_last_is_pooled_over_its_places() -> None:
    module = build_network(BackboneSpec("test_vit")).eval()
    assert widths_of("timm", module, 64)["gem"] == 64
    places = torch.rand(2, 5, 3)
    expected = (places.double() ** 3).mean(1) ** (1 / 3)
    assert torch.allclose(generalised_mean(places).double(), expected, atol=1e-6)


def test_without_a_last_norm_there_is_no_token_after_it() -> None:
    options = {"global_pool": "avg"}
    encoder = open_encoder(BackboneSpec("test_vit", preprocessing=SMALL, options=options))
    assert "class-token-before-norm" in encoder.widths
    assert "class-token" not in encoder.widths


def test_a_tap_that_the_network_lacks_is_refused_when_it_is_opened() -> None:
    with pytest.raises(WeightsError, match="no tap 'projection': it has pooled, patch-mean, gem"):
        open_encoder(BackboneSpec("test_vit", tap="projection", preprocessing=SMALL))


def test_two_names_of_one_place_are_one_tap() -> None:
    encoder = open_encoder(BackboneSpec("test_resnet", tap="pre-logits", preprocessing=SMALL))
    assert encoder.tap["tap"] == "pooled"
    found = encoder.encode_taps(noise(2), ("pooled", "pre-logits"))
    np.testing.assert_array_equal(found["pooled"], found["pre-logits"])
    assert encoder.encode_taps(noise(0), ("gem",))["gem"].shape == (0, encoder.widths["gem"])


def test_a_tower_of_open_clip_gives_what_open_clip_gives(tiny_clip: str) -> None:
    spec = BackboneSpec(tiny_clip)
    encoder = open_encoder(spec)
    assert encoder.tap["backbone"] == tiny_clip
    assert encoder.tap["tap"] == "before-projection"
    assert encoder.contract.crop_size == encoder.contract.resize_size == 64
    assert encoder.widths == {
        "before-projection": 32,
        "projection": 16,
        **dict.fromkeys(("class-token", "class-token-before-norm", "patch-mean", "gem"), 32),
    }
    tower = build_network(spec).eval()
    with torch.inference_mode():
        expected = tower(torch.tensor(noise(3))).numpy()
    found = encoder.encode_taps(noise(3), ("projection", "before-projection", "class-token"))
    np.testing.assert_allclose(found["projection"], expected, atol=1e-5)
    np.testing.assert_array_equal(found["before-projection"], found["class-token"])
    np.testing.assert_allclose(
        found["class-token"] @ tower.proj.detach().numpy(), expected, atol=1e-5
    )


def test_the_tower_is_found_in_a_file_of_both(tiny_clip: str, tmp_path: Path) -> None:
    tower = build_network(BackboneSpec(tiny_clip, weights_seed=3))
    both = {f"visual.{name}": value for name, value in tower.state_dict().items()}
    save_file({**both, "logit_scale": torch.zeros(1)}, tmp_path / "clip.safetensors")
    save_file(tower.state_dict(), tmp_path / "tower.safetensors")
    digests = [
        open_encoder(BackboneSpec(tiny_clip, str(tmp_path / f"{name}.safetensors"))).weights_digest
        for name in ("clip", "tower")
    ]
    assert digests == [open_encoder(BackboneSpec(tiny_clip, weights_seed=3)).weights_digest] * 2


def test_towers_and_tags_that_are_not_known_are_refused() -> None:
    with pytest.raises(WeightsError, match="Unknown open_clip network 'ViT-B-33'; did you mean"):
        open_encoder(BackboneSpec("open_clip:ViT-B-33"))
    with pytest.raises(WeightsError, match="Unknown weights of ViT-B-32 'laion'"):
        open_encoder(BackboneSpec("open_clip:ViT-B-32/laion"))
    with pytest.raises(WeightsError, match="cannot build ViT-B-32 with the options"):
        open_encoder(BackboneSpec("open_clip:ViT-B-32", options={"nothing": 1}))


def test_what_is_not_on_this_machine_is_said_with_its_place(monkeypatch) -> None:
    from fieldmark.backbones import hub

    monkeypatch.setattr(hub, "_problem_with", lambda url: "no network")
    place = "https://huggingface.co/laion/CLIP-ViT-B-32-laion2B-s34B-b79K/resolve/main/open_clip_m"
    with pytest.raises(WeightsError, match=rf"download {place}.* elsewhere and give the file"):
        open_encoder(BackboneSpec("open_clip:ViT-B-32/laion2b_s34b_b79k"))
    with pytest.raises(WeightsError, match=r"download https://.*/nobody/net/resolve/main/model\."):
        open_encoder(BackboneSpec("test_vit", "hf-hub:nobody/net"))


def test_without_open_clip_the_extra_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(MissingExtraError, match=r"open_clip family need open_clip .*\[learn\]"):
        open_encoder(BackboneSpec("open_clip:ViT-B-32"))


def test_the_licence_is_what_is_stated(tmp_path: Path) -> None:
    spec = BackboneSpec("test_vit", preprocessing=SMALL, licence="CC-BY-NC-4.0")
    assert open_encoder(spec).licence == "CC-BY-NC-4.0"
    assert open_encoder(BackboneSpec("test_vit", preprocessing=SMALL)).licence is None


def test_the_specs_load_no_torch() -> None:
    code = (
        "import sys\nfrom fieldmark.backbones import encoders, recorded, runtimes\n"
        "assert not {'torch', 'timm', 'open_clip', 'openvino'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
