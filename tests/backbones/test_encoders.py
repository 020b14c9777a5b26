import csv
import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from fieldmark.backbones import weight_files
from fieldmark.backbones.encoders import Encoder, open_encoder
from fieldmark.backbones.loading import load_into
from fieldmark.backbones.networks import build_network
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.backbones.weights import load_state
from fieldmark.core.errors import ImageError, WeightsError
from fieldmark.images.preprocessing import preprocess, preprocess_file, spec_from_timm

SIDE = 64
SMALL = {"crop_size": SIDE, "resize_size": SIDE}
NAMES = ["test_vit", "test_resnet", "test_efficientnet", "test_convnext"]


def small(name: str = "test_efficientnet", **fields: Any) -> BackboneSpec:
    return BackboneSpec(name, preprocessing=SMALL, **fields)


def noise(count: int, seed: int = 0) -> np.ndarray:
    shape = (count, 3, SIDE, SIDE)
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return open_encoder(small())


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "net.safetensors"
    state = build_network(small(weights_seed=5)).state_dict()
    classifier = {"classifier.weight": torch.zeros(9, 256), "classifier.bias": torch.zeros(9)}
    save_file({**state, **classifier}, path)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_gives_what_its_pictures_give_alone(name: str) -> None:
    encoder = open_encoder(small(name))
    batch = noise(5)
    together = encoder.encode(batch)
    alone = np.concatenate([encoder.encode(batch[[row]]) for row in range(5)])
    assert together.shape == (5, encoder.width)
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, alone, atol=1e-5)
    order = np.array([3, 0, 4, 1, 2])
    np.testing.assert_allclose(encoder.encode(batch[order]), together[order], atol=1e-5)


def test_encoding_twice_is_the_same_and_leaves_everything_as_it_was(encoder: Encoder) -> None:
    batch = noise(3)
    before = batch.copy()
    batch.flags.writeable = False
    generator = torch.random.get_rng_state()
    first = encoder.encode(batch)
    np.testing.assert_array_equal(encoder.encode(batch), first)
    np.testing.assert_array_equal(batch, before)
    assert torch.equal(torch.random.get_rng_state(), generator)
    assert torch.is_grad_enabled()
    assert first.flags.writeable
    assert first.flags.c_contiguous


def test_it_equals_timm_used_directly(encoder: Encoder) -> None:
    model = build_network(small()).eval()
    batch = torch.tensor(noise(2))
    with torch.no_grad():
        expected = model(batch).numpy()
    np.testing.assert_allclose(encoder.encode(noise(2)), expected, atol=1e-5)


def test_no_pictures_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode(noise(0)).shape == (0, encoder.width)


@pytest.mark.parametrize(
    ("batch", "found"),
    [
        (noise(1).astype(np.float64), r"float64 of shape \(1, 3, 64, 64\)"),
        (noise(1)[0], r"float32 of shape \(3, 64, 64\)"),
        (noise(1)[..., :32], r"float32 of shape \(1, 3, 64, 32\)"),
        (noise(1).transpose(0, 2, 3, 1), r"float32 of shape \(1, 64, 64, 3\)"),
    ],
)
def test_other_batches_are_refused(batch: Any, found: str, encoder: Encoder) -> None:
    with pytest.raises(
        ImageError, match=rf"shape \(n, 3, 64, 64\); found {found}: prepare them with"
    ):
        encoder.encode(batch)


def test_vectors_that_are_not_finite_are_refused(encoder: Encoder) -> None:
    batch = noise(4)
    batch[1, 0, 0, 0] = np.nan
    with pytest.raises(WeightsError, match="gave NaN or infinity for 1 of 4 pictures"):
        encoder.encode(batch)


def test_the_tap_says_what_the_vectors_are(encoder: Encoder) -> None:
    tap = encoder.tap
    assert json.loads(json.dumps(tap)) == tap
    assert tap == {
        "backbone": "test_efficientnet",
        "weights": "random, seed 0",
        "weights_digest": encoder.weights_digest,
        "tap": "pooled",
        "options": {},
        "runtime": "torch float32",
    }
    assert encoder.report is None


def test_a_file_is_loaded_and_named_without_its_folder(weights: Path) -> None:
    opened = open_encoder(small(weights=str(weights)))
    assert opened.tap["weights"] == "net.safetensors"
    assert opened.weights_digest == open_encoder(small(weights_seed=5)).weights_digest
    assert opened.report is not None
    assert opened.report.coverage == 1.0
    assert opened.report.dropped_classifier == ("classifier.bias", "classifier.weight")


def test_a_tag_is_loaded_from_where_the_hub_put_it(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def found(name: str, configuration: Any) -> Path:
        asked.append(name)
        return weights

    monkeypatch.setattr(weight_files, "published_weights", found)
    opened = open_encoder(small(weights="r160_in1k"))
    assert asked == ["test_efficientnet.r160_in1k"]
    assert opened.tap["weights"] == "r160_in1k"
    assert opened.report is not None


def test_the_contract_comes_from_timm_and_the_spec() -> None:
    plain = open_encoder(BackboneSpec("test_vit"))
    assert plain.contract.crop_size == 160
    changed = open_encoder(small("test_vit"))
    assert changed.contract == dataclasses.replace(plain.contract, resize_size=64, crop_size=64)


def test_a_network_of_fixed_size_says_how_to_set_it() -> None:
    fixed = {"img_size": 160, "dynamic_img_size": False}
    with pytest.raises(
        WeightsError,
        match=r"test_vit cannot take pictures of 64 x 64 pixels \(.*\): .* {img_size: 64}",
    ):
        open_encoder(small("test_vit", options=fixed))
    sized = BackboneSpec("test_vit", options={"img_size": 64, "dynamic_img_size": False})
    assert open_encoder(sized).contract.crop_size == 64


def test_a_picture_goes_all_the_way(encoder: Encoder, tmp_path: Path) -> None:
    image = Image.effect_noise((90, 70), 60).convert("RGB")
    image.save(tmp_path / "leaf.png")
    from_file = preprocess_file(tmp_path / "leaf.png", encoder.contract)
    np.testing.assert_array_equal(from_file, preprocess(image, encoder.contract))
    assert np.isfinite(encoder.encode(from_file[None])).all()


@pytest.mark.slow
def test_another_process_gives_the_same_weights(encoder: Encoder) -> None:
    code = (
        "from fieldmark.backbones.encoders import open_encoder\n"
        "from fieldmark.backbones.specs import BackboneSpec\n"
        "print(open_encoder(BackboneSpec('test_efficientnet')).weights_digest)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == encoder.weights_digest


MOBILENET = "mobilenetv2_100"
SAME = {"pad_type": "same"}


@pytest.mark.real
def test_real_weights_load_whole(shared: Path) -> None:
    path = shared / "weights" / "mobilenetv2_100.safetensors"
    encoder = open_encoder(BackboneSpec(MOBILENET, str(path), options=SAME))
    assert encoder.report is not None
    assert encoder.report.coverage == 1.0
    assert encoder.report.missing == encoder.report.unexpected == ()
    assert encoder.report.dropped_classifier == ("classifier.bias", "classifier.weight")
    assert encoder.width == 1280


@pytest.mark.real
@pytest.mark.parametrize(
    ("weights", "labels", "column", "photos"),
    [
        ("mobilenetv2_100", "imagenet1k_labels", "imagenet_top1_all_cnn", 6),
        ("mobilenetv2_100.inat_bird", "inat_bird_labels", "inat_bird_top1", 3),
    ],
)
def test_smoke_photos_get_their_known_answers(
    weights: str, labels: str, column: str, photos: int, shared: Path
) -> None:
    import timm

    names = (shared / "weights" / f"{labels}.txt").read_text().splitlines()
    state = load_state(shared / "weights" / f"{weights}.safetensors")
    model = timm.create_model(MOBILENET, num_classes=len(names), **SAME).eval()
    assert load_into(model, state).coverage == 1.0
    contract = spec_from_timm(model.pretrained_cfg)
    folder = shared / "data" / "smoke_photos"
    rows = list(csv.DictReader((folder / "manifest.csv").read_text().splitlines()))
    known = [row for row in rows if row[column]]
    batch = np.stack([preprocess_file(folder / row["path"], contract) for row in known])
    with torch.inference_mode():
        best = model(torch.tensor(batch)).argmax(dim=1).tolist()
    assert len(known) == photos
    for row, answer in zip(known, best, strict=True):
        assert row[column] in names[answer], row["path"]


@pytest.mark.real
def test_real_weights_with_other_padding_are_refused(shared: Path) -> None:
    path = shared / "weights" / "mobilenetv2_100.safetensors"
    with pytest.raises(
        WeightsError, match=r'same against absent\): write options: {"pad_type": "same"}'
    ):
        open_encoder(BackboneSpec(MOBILENET, str(path)))


@pytest.mark.real
def test_real_vectors_do_not_depend_on_the_batch(shared: Path) -> None:
    path = shared / "weights" / "mobilenetv2_100.safetensors"
    encoder = open_encoder(BackboneSpec(MOBILENET, str(path), options=SAME))
    folder = shared / "data" / "smoke_photos"
    names = ["bird.jpg", "parrot.jpg", "owl.jpg", "sunflower.jpg"]
    photos = [preprocess_file(folder / name, encoder.contract) for name in names]
    vectors = encoder.encode(np.stack(photos))
    alone = np.concatenate([encoder.encode(photo[None]) for photo in photos])
    np.testing.assert_allclose(vectors, alone, atol=1e-5)
