"""Mixing, schedules, layers, scopes, adapters, averages, warm starts and interpolation."""

import numpy as np
import pytest
import timm
import torch

from fieldmark.core.errors import StudyError, WeightsError
from fieldmark.training.adaptation import hold_statistics, scope_at, set_trainable
from fieldmark.training.averaging import MovingAverage
from fieldmark.training.interpolation import interpolate
from fieldmark.training.lora import LoraSettings, add_adapters, merge_adapters
from fieldmark.training.mixing import MixingSettings, mix_batch
from fieldmark.training.parameter_groups import layers_of, optimiser_groups
from fieldmark.training.schedules import cosine_with_warmup
from fieldmark.training.warm_start import load_by_prefix


@pytest.fixture
def resnet() -> torch.nn.Module:
    """Return a small network with a classifier of three classes."""
    torch.manual_seed(0)
    return timm.create_model("test_resnet", num_classes=3)


@pytest.fixture
def transformer() -> torch.nn.Module:
    """Return a tiny transformer."""
    torch.manual_seed(0)
    return timm.create_model("test_vit", num_classes=3)


@pytest.mark.parametrize("settings", [MixingSettings(mixup=0.8), MixingSettings(cutmix=1.0)])
def test_labels_are_mixed_as_pixels_are(settings: MixingSettings) -> None:
    pixels = torch.stack([torch.zeros(3, 16, 16), torch.ones(3, 16, 16)])
    for seed in range(20):
        rng = np.random.default_rng(seed)
        mixed, shares = mix_batch(pixels, torch.tensor([0, 1]), settings, classes=2, rng=rng)
        assert shares.sum(dim=1).tolist() == pytest.approx([1, 1])
        assert mixed.mean(dim=(1, 2, 3)).tolist() == pytest.approx(shares[:, 1].tolist(), abs=1e-5)


def test_without_mixing_nothing_changes_and_one_seed_gives_one_batch() -> None:
    pixels, target = torch.rand(4, 3, 8, 8), torch.tensor([0, 1, 2, 0])
    same, shares = mix_batch(
        pixels, target, MixingSettings(), classes=3, rng=np.random.default_rng(0)
    )
    assert same is pixels
    assert shares.argmax(dim=1).tolist() == target.tolist()
    both = MixingSettings(mixup=0.5, cutmix=0.5)
    first, second = (
        mix_batch(pixels, target, both, classes=3, rng=np.random.default_rng(4)) for _ in "ab"
    )
    assert torch.equal(first[0], second[0])
    with pytest.raises(StudyError, match="at least 0"):
        MixingSettings(mixup=-1.0)


def test_the_schedule_rises_and_falls() -> None:
    factors = [cosine_with_warmup(step, total=50, warmup=10, floor=0.1) for step in range(60)]
    assert factors[:10] == sorted(factors[:10])
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert (max(factors), factors[-1]) == (1.0, pytest.approx(0.1))
    with pytest.raises(StudyError, match="shorter warm-up"):
        cosine_with_warmup(0, total=5, warmup=5)


def test_every_parameter_is_in_one_layer_and_one_group(resnet: torch.nn.Module) -> None:
    names = [name for stage in layers_of(resnet) for name in stage]
    assert sorted(names) == sorted(name for name, _ in resnet.named_parameters())
    set_trainable(resnet, "frozen")
    groups = optimiser_groups(resnet, learning_rate=1e-3, weight_decay=0.05, layer_decay=0.5)
    ids = [id(parameter) for group in groups for parameter in group["params"]]
    assert sorted(ids) == sorted(id(parameter) for parameter in resnet.parameters())
    assert max(group["lr"] for group in groups) == 1e-3
    assert min(group["lr"] for group in groups) < 1e-4
    assert sum(parameter.requires_grad for parameter in resnet.parameters()) == 2
    with pytest.raises(StudyError, match="learning rate above 0"):
        optimiser_groups(resnet, learning_rate=0.0, weight_decay=0.0)


def test_a_network_without_stages_is_refused() -> None:
    with pytest.raises(StudyError, match="Linear does not state its stages"):
        layers_of(torch.nn.Linear(2, 2))


def test_scopes_grow(resnet: torch.nn.Module) -> None:
    counts = [
        len(set_trainable(resnet, scope))
        for scope in ("frozen", "last-stages:1", "last-stages:2", "full")
    ]
    assert counts == sorted(set(counts))
    for scope, words in (("most", "'most'"), ("last-stages:99", "at most")):
        with pytest.raises(StudyError, match=words):
            set_trainable(resnet, scope)


def test_frozen_stages_keep_their_values_and_statistics(resnet: torch.nn.Module) -> None:
    set_trainable(resnet, "last-stages:1")
    before = {name: value.clone() for name, value in resnet.state_dict().items()}
    resnet.train()
    hold_statistics(resnet)
    groups = optimiser_groups(resnet, learning_rate=0.1, weight_decay=0.1)
    optimiser = torch.optim.AdamW(groups)
    resnet(torch.rand(4, 3, 32, 32)).sum().backward()
    optimiser.step()
    moved = {
        name for name, value in resnet.state_dict().items() if not torch.equal(value, before[name])
    }
    assert {name.split(".")[0] for name in moved} == {"layer4", "fc"}


def test_unfreezing_keeps_the_state_of_the_optimiser(resnet: torch.nn.Module) -> None:
    set_trainable(resnet, "frozen")
    optimiser = torch.optim.AdamW(optimiser_groups(resnet, learning_rate=0.1, weight_decay=0.0))
    pixels = torch.rand(2, 3, 32, 32)
    resnet(pixels).sum().backward()
    optimiser.step()
    momentum = optimiser.state[resnet.fc.weight]["exp_avg"].clone()
    set_trainable(resnet, "full")
    assert torch.equal(optimiser.state[resnet.fc.weight]["exp_avg"], momentum)
    optimiser.zero_grad()
    resnet(pixels).sum().backward()
    optimiser.step()
    assert len(optimiser.state) == len(list(resnet.parameters()))


def test_a_plan_of_unfreezing_says_what_moves_when() -> None:
    plan = {0: "frozen", 2: "last-stages:1", 5: "full"}
    assert [scope_at(plan, epoch) for epoch in (0, 1, 2, 4, 5, 9)] == [
        "frozen",
        "frozen",
        "last-stages:1",
        "last-stages:1",
        "full",
        "full",
    ]
    with pytest.raises(StudyError, match="begins at 3"):
        scope_at({3: "full"}, 0)


def test_adapters_start_at_zero_learn_and_merge(transformer: torch.nn.Module) -> None:
    pixels = torch.rand(2, 3, 160, 160)
    transformer.eval()
    names = list(transformer.state_dict())
    with torch.no_grad():
        before = transformer(pixels)
    adapted = add_adapters(transformer, LoraSettings(rank=2), classifier="head")
    assert "head" not in adapted
    with torch.no_grad():
        torch.testing.assert_close(transformer(pixels), before)
    moving = [name for name, value in transformer.named_parameters() if value.requires_grad]
    assert all("lora_" in name or name.startswith("head.") for name in moving)
    optimiser = torch.optim.SGD([p for p in transformer.parameters() if p.requires_grad], lr=0.5)
    for _ in range(2):
        optimiser.zero_grad()
        transformer(pixels)[:, 0].sum().backward()
        optimiser.step()
    with torch.no_grad():
        learnt = transformer(pixels)
        assert not torch.allclose(learnt, before)
        merge_adapters(transformer)
        torch.testing.assert_close(transformer(pixels), learnt, rtol=1e-4, atol=1e-5)
    assert list(transformer.state_dict()) == names


def test_what_cannot_be_adapted_is_refused(resnet: torch.nn.Module) -> None:
    with pytest.raises(StudyError, match="no linear layer besides its classifier"):
        add_adapters(resnet, LoraSettings(), classifier="fc")
    with pytest.raises(StudyError, match="adapters to merge"):
        merge_adapters(resnet)
    with pytest.raises(StudyError, match="a rank from 1"):
        LoraSettings(rank=0)


def test_the_average_follows_and_is_lent() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(network.weight)
    average = MovingAverage(network, decay=0.9)
    average.follow(network)
    torch.nn.init.ones_(network.weight)
    average.follow(network)
    with average.in_place_of(network):
        assert network.weight.item() == pytest.approx(0.1)
    assert network.weight.item() == 1.0
    again = MovingAverage(network, decay=0.9)
    again.load_state_dict(average.state_dict())
    assert again.values()["weight"].item() == pytest.approx(0.1)
    with pytest.raises(StudyError, match="decay of the average"):
        MovingAverage(network, decay=1.0)


def test_a_warm_start_reports_what_fitted(resnet: torch.nn.Module) -> None:
    state = {f"backbone.{name}": value + 1 for name, value in resnet.state_dict().items()}
    report = load_by_prefix(resnet, state | {"head.weight": torch.zeros(2)}, prefix="backbone.")
    assert report.coverage == 1.0
    assert torch.equal(resnet.fc.bias, state["backbone.fc.bias"])
    with pytest.raises(WeightsError, match="None of the network's"):
        load_by_prefix(resnet, state, prefix="trunk.")


def test_interpolation_goes_from_before_to_after(resnet: torch.nn.Module) -> None:
    before = {name: value.clone() for name, value in resnet.state_dict().items()}
    after = {name: value + 1 for name, value in before.items()}
    for share in (0.0, 0.5, 1.0):
        mixed = interpolate(before, after, share=share)
        torch.testing.assert_close(mixed["fc.bias"], before["fc.bias"] + share)
    assert mixed["bn1.num_batches_tracked"] == after["bn1.num_batches_tracked"]
    with pytest.raises(WeightsError, match="a share from 0"):
        interpolate(before, after, share=1.5)
    with pytest.raises(WeightsError, match="differ in name or shape"):
        interpolate(before, {"fc.bias": torch.zeros(3)}, share=0.5)
