"""Trap 5: a checkpoint loaded zero tensors with strict=False; its chance accuracy was a finding."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fieldmark.backbones.encoders import open_encoder
from fieldmark.backbones.loading import load_into, weights_digest
from fieldmark.backbones.networks import build_network
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import WeightsError

NAME = "test_resnet"


def stored(path: Path, state: dict[str, torch.Tensor]) -> BackboneSpec:
    save_file(state, path)
    return BackboneSpec(NAME, str(path))


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    return dict(build_network(BackboneSpec(NAME, weights_seed=9)).state_dict())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.safetensors"


def test_trap_05_a_checkpoint_of_other_names_is_an_error(
    path: Path, state: dict[str, torch.Tensor]
) -> None:
    renamed = {f"encoder.{name}": value for name, value in state.items()}
    model = build_network(BackboneSpec(NAME))
    silent = model.load_state_dict(renamed, strict=False)
    assert len(silent.missing_keys) == sum("num_batches" not in name for name in state)
    with pytest.raises(
        WeightsError, match=r"None of the network's \d+ tensors is in the weights: .*'encoder\."
    ):
        open_encoder(stored(path, renamed))


def test_trap_05_the_network_stays_as_it_was(state: dict[str, torch.Tensor]) -> None:
    model = build_network(BackboneSpec(NAME))
    before = weights_digest(model)
    with pytest.raises(WeightsError):
        load_into(model, {f"encoder.{name}": value for name, value in state.items()})
    assert weights_digest(model) == before


def test_trap_05_half_a_checkpoint_is_an_error(path: Path, state: dict[str, torch.Tensor]) -> None:
    half = dict(list(state.items())[::2])
    with pytest.raises(WeightsError, match=r"cover \d+\.\d% of the network, at least 100.0%"):
        open_encoder(stored(path, half))


def test_trap_05_another_network_is_an_error(path: Path) -> None:
    other = dict(build_network(BackboneSpec("test_vit")).state_dict())
    with pytest.raises(WeightsError, match="None of the network's"):
        open_encoder(stored(path, other))


def test_trap_05_a_whole_checkpoint_reports_what_was_loaded(
    path: Path, state: dict[str, torch.Tensor]
) -> None:
    report = open_encoder(stored(path, {**state, "fc.weight": torch.zeros(3, 2)})).report
    assert report is not None
    assert report.coverage == 1.0
    assert (report.missing, report.unexpected) == ((), ())
    assert report.dropped_classifier == ("fc.weight",)
