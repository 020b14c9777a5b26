import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from fieldmark.core.errors import ImageError, StoreError, WeightsError
from fieldmark.images.seen_pixels import seen_pixels
from fieldmark.training.health import Beside, health_of
from fieldmark.training.networks import open_network
from fieldmark.training.prediction import TunedModel
from fieldmark.training.settings import TrainingSettings
from fieldmark.training.tuned_storage import load_tuned, save_tuned


@pytest.fixture
def model_of(small_net):
    def make(images) -> TunedModel:
        opened = open_network(small_net, classes=3, seed=0, settings=TrainingSettings())
        return TunedModel(
            small_net, opened.contract, images.label_space, images.ids, opened.module, {"seed": 0}
        )

    return make


def test_a_stored_network_gives_the_same_scores(model_of, coloured, tmp_path: Path) -> None:
    images = coloured(5)
    model, files = model_of(images), list(images.paths.values())
    save_tuned(model, tmp_path / "model")
    again = load_tuned(tmp_path / "model")
    scores = model.predict_scores(files)
    assert scores.shape == (5, 3)
    assert np.array_equal(again.predict_scores(files), scores)
    assert (again.digest, again.contract, again.record) == (
        model.digest,
        model.contract,
        {"seed": 0},
    )
    assert again.training_ids == images.ids
    alone = np.concatenate([model.predict_scores([file]) for file in files])
    assert np.allclose(alone, scores, atol=1e-5)
    assert model.predict_scores([]).shape == (0, 3)


def test_what_training_saw_is_kept_and_what_contradicts_the_contract_refused(
    model_of, coloured, tmp_path: Path
) -> None:
    images = coloured(3)
    model = model_of(images)
    assert load_tuned(save(model, tmp_path / "unknown")).pixels is None
    seen = seen_pixels(list(images.paths.values()), model.contract)
    known = dataclasses.replace(model, pixels=seen)
    assert load_tuned(save(known, tmp_path / "known")).pixels == seen
    with pytest.raises(ImageError, match=r"Expected pixels from 0 to 1 before mean and std"):
        model.score(np.full((1, 3, 32, 32), 255, dtype=np.float32))


def test_a_network_that_was_stored_before_there_were_trees_loads(
    model_of, coloured, tmp_path: Path
) -> None:
    model = model_of(coloured(3))
    header = save(model, tmp_path / "old") / "tuned.json"
    written = json.loads(header.read_text())
    assert written.pop("outputs") is None
    header.write_text(json.dumps(written))
    again = load_tuned(tmp_path / "old")
    assert (again.digest, again.outputs) == (model.digest, None)


def save(model: TunedModel, folder: Path) -> Path:
    save_tuned(model, folder)
    return folder


def test_other_pictures_than_the_contract_says_are_refused(model_of, coloured) -> None:
    model = model_of(coloured(3))
    with pytest.raises(ImageError, match=r"float32 pictures of shape \(n, 3, 32, 32\)"):
        model.score(np.zeros((1, 3, 16, 16), dtype=np.float32))
    model.network.fc.bias.fill_(torch.nan)
    with pytest.raises(WeightsError, match="NaN or infinity for 2 of 2 pictures"):
        model.score(np.zeros((2, 3, 32, 32), dtype=np.float32))


def test_damaged_and_foreign_folders_are_refused(model_of, coloured, tmp_path: Path) -> None:
    place = tmp_path / "model"
    save_tuned(model_of(coloured(3)), place)
    weights, header = place / "model.safetensors", place / "tuned.json"
    whole, written = weights.read_bytes(), json.loads(header.read_text())
    weights.write_bytes(whole[:-4] + b"\0\0\0\1")
    with pytest.raises(StoreError, match="is damaged: its content is not what was saved"):
        load_tuned(place)
    weights.write_bytes(whole[:100])
    with pytest.raises(StoreError, match="does not hold a fine-tuned network"):
        load_tuned(place)
    header.write_text(json.dumps(written | {"format": "x"}))
    with pytest.raises(StoreError, match=r"Expected a fine-tuned network .* says 'x'"):
        load_tuned(place)


def test_a_gap_and_a_collapse_are_told(model_of, coloured) -> None:
    images = coloured(9)
    model = model_of(images)
    assert health_of(model, images, Beside({}, np.array([], dtype=int))) == {}
    found = health_of(model, images, Beside(images.paths, images.labels))
    assert found["training_accuracy"] == found["accuracy_beside"]
    model.network.conv1[0].weight.zero_()  # every picture gives the same embedding
    for name, buffer in model.network.named_parameters():
        if name.endswith("bn3.bias") or "bn2.bias" in name:
            buffer.fill_(1.0)
    found = health_of(model, images, Beside(images.paths, images.labels))
    assert [worry["code"] for worry in found["worries"]] == ["collapse"]
