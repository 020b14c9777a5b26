from pathlib import Path

import pytest
import torch

from fieldmark.backbones.networks import build_network
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.images.dataset import read_batches
from fieldmark.training.fit import fine_tune
from fieldmark.training.networks import OpenNetwork, batch_norms, open_network
from fieldmark.training.prediction import forward, scores_of
from fieldmark.training.settings import TrainingSettings
from fieldmark.training.unfolding import MOST_PICTURES, unfold_norms

UNFOLD = TrainingSettings(epochs=1, batch_size=6, norms="unfold")


@pytest.fixture
def folded(tmp_path: Path) -> BackboneSpec:
    """Return weights whose norms have mean 0 and variance 1, as folding leaves them."""
    network = build_network(BackboneSpec("test_resnet"))
    generator = torch.Generator().manual_seed(0)
    for norm in batch_norms(network):
        norm.weight.data.uniform_(0.5, 1.5, generator=generator)
        norm.bias.data.normal_(generator=generator)
    torch.save(network.state_dict(), tmp_path / "folded.pt")
    size = {"resize_size": 32, "crop_size": 32}
    return BackboneSpec("test_resnet", str(tmp_path / "folded.pt"), preprocessing=size)


def opened(spec: BackboneSpec) -> OpenNetwork:
    return open_network(spec, classes=3, seed=0, settings=UNFOLD)


def test_the_outputs_stay_and_counting_no_longer_changes_them(folded, coloured) -> None:
    paths, network = list(coloured().paths.values()), opened(folded)
    expected = scores_of(network.module, paths, network.contract, batch_size=32)
    after = unfold_norms(network, paths)
    found = scores_of(after.module, paths, after.contract, batch_size=32)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)
    (batch,) = read_batches(paths, after.contract, batch_size=32)
    for module, close in ((after.module, True), (opened(folded).module, False)):
        counting = forward(module.train(), batch.pixels)
        assert (counting == pytest.approx(expected, rel=1e-3, abs=1e-3)) is close


def test_norms_hold_what_they_are_given_over_all_batches(folded, coloured) -> None:
    paths, network = list(coloured(48).paths.values()), opened(folded)
    after = unfold_norms(network, paths)
    given = []
    after.module.bn1.register_forward_pre_hook(lambda _, pixels: given.append(pixels[0]))
    scores_of(after.module, paths, after.contract, batch_size=48)
    seen = given[0].transpose(0, 1).flatten(1)
    assert torch.allclose(after.module.bn1.running_mean, seen.mean(1), atol=1e-5)
    assert torch.allclose(after.module.bn1.running_var, seen.var(1, correction=0), rtol=1e-4)


def test_what_was_before_training_follows(folded, coloured, tmp_path: Path) -> None:
    images, network = coloured(6), opened(folded)
    after = unfold_norms(network, list(images.paths.values()))
    assert torch.equal(after.before["bn1.running_var"], after.module.bn1.running_var)
    assert after.before.keys() == network.before.keys()
    settings = TrainingSettings(epochs=1, batch_size=6, norms="unfold", wise_ft=(0.0,))
    model = fine_tune(folded, images, settings=settings, seed=0, folder=tmp_path / "work")
    state = model.network.state_dict()
    assert all(
        torch.equal(state[name], value)
        for name, value in after.before.items()
        if value.is_floating_point() and "fc" not in name
    )


def test_at_most_so_many_pictures_are_looked_at_from_all_over(
    folded, coloured, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, looked = list(coloured(6).paths.values()), []

    def read(images, contract, *, regions):
        assert regions is None
        looked.extend(images)
        return read_batches(images[:6], contract)

    monkeypatch.setattr("fieldmark.training.unfolding.read_batches", read)
    unfold_norms(opened(folded), paths * MOST_PICTURES)
    assert len(looked) == MOST_PICTURES
    assert set(looked) == set(paths[::2]) or set(looked) == set(paths[:1])


def test_norms_without_weights_of_their_own_stay(folded, coloured) -> None:
    network = opened(folded)
    network.module.layer1[0].bn1.affine = False
    after = unfold_norms(network, list(coloured(6).paths.values()))
    assert not after.module.layer1[0].bn1.running_mean.any()
    assert after.module.bn1.running_mean.any()
