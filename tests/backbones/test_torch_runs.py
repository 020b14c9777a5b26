import threading

import numpy as np
import pytest
import torch

from fieldmark.backbones import torch_runs
from fieldmark.backbones.encoders import open_encoder
from fieldmark.backbones.networks import build_network
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.backbones.taps import tapped
from fieldmark.backbones.torch_runs import CHUNK, torch_run

SMALL = {"crop_size": 64, "resize_size": 64}


@pytest.fixture
def three_threads() -> None:
    """Let PyTorch have three threads, whatever the cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, 3, 64, 64)).astype(np.float32)


@pytest.mark.parametrize("name", ["test_vit", "test_resnet"])
def test_streams_give_every_tap_what_one_pass_gives(name: str, three_threads: None) -> None:
    options = {"img_size": 64} if name == "test_vit" else {}
    encoder = open_encoder(BackboneSpec(name, preprocessing=SMALL, options=options))
    taps = tuple(encoder.widths)
    pictures = noise(5 * CHUNK + 3)
    together = encoder.encode_taps(pictures, taps)
    torch.set_num_threads(1)
    for tap, expected in encoder.encode_taps(pictures, taps).items():
        np.testing.assert_allclose(together[tap], expected, atol=1e-5)


def test_chunks_run_side_by_side_each_on_a_network_of_its_own(
    three_threads: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tapped("timm", build_network(BackboneSpec("test_vit")).eval(), ("class-token",))
    met, seen = threading.Barrier(3, timeout=20), []
    passed = torch_runs._passed

    def watched(own, *given):
        seen.append((own, torch.get_num_threads()))
        met.wait()
        return passed(own, *given)

    monkeypatch.setattr(torch_runs, "_passed", watched)
    pictures = np.zeros((3 * CHUNK, 3, 160, 160), np.float32)
    torch_run(network, "cpu", "fp32")(pictures)
    networks = [own for own, _ in seen]
    assert len({id(own) for own in networks}) == 3
    assert len({own.module.cls_token.data_ptr() for own in networks}) == 1
    assert [threads for _, threads in seen] == [1, 1, 1]
    assert torch.get_num_threads() == 3


def test_a_chunk_alone_keeps_all_threads(
    three_threads: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(
        torch_runs, "_passed", lambda *_: seen.append(torch.get_num_threads()) or [noise(1)]
    )
    torch_run(torch.nn.Identity(), "cpu", "fp32")(noise(CHUNK))
    assert seen == [3]


def test_what_fails_in_a_stream_is_told_and_leaves_the_threads(three_threads: None) -> None:
    with pytest.raises(RuntimeError):
        torch_run(torch.nn.Linear(2, 2), "cpu", "fp32")(noise(2 * CHUNK))
    assert torch.get_num_threads() == 3
