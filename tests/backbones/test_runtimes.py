import subprocess
import sys

import numpy as np
import pytest
import torch

from fieldmark.backbones import runtimes
from fieldmark.backbones.encoders import open_encoder
from fieldmark.backbones.runtimes import (
    RUNTIMES,
    RuntimeCheck,
    check_batch,
    compared,
    refuse_unlike,
)
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import MissingExtraError, WeightsError

SMALL = {"crop_size": 64, "resize_size": 64}


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, 3, 64, 64)).astype(np.float32)


@pytest.mark.parametrize("name", ["test_vit", "test_resnet"])
def test_openvino_in_full_precision_gives_the_same_to_1e_4(name: str) -> None:
    options = {"img_size": 64} if name == "test_vit" else {}
    spec = BackboneSpec(name, preprocessing=SMALL, options=options)
    plain, fast = open_encoder(spec), open_encoder(spec, runtime="openvino-fp32")
    taps = tuple(plain.widths)
    expected, found = (encoder.encode_taps(noise(11), taps) for encoder in (plain, fast))
    for tap in taps:
        np.testing.assert_allclose(found[tap], expected[tap], atol=1e-4)
        assert fast.checks[tap].largest_difference <= 1e-4
    assert fast.tap == plain.tap | {"runtime": "openvino float32"}
    assert plain.checks == {}


def test_position_embeddings_that_are_resized_on_the_way_are_found_out() -> None:
    encoder = open_encoder(BackboneSpec("test_vit", preprocessing=SMALL), runtime="openvino-fp32")
    with pytest.raises(WeightsError, match=r"Expected openvino-fp32 to give .* difference of 0\.0"):
        encoder.encode(noise(1))


def test_a_picture_gives_the_same_alone_and_in_a_batch() -> None:
    encoder = open_encoder(
        BackboneSpec("test_resnet", preprocessing=SMALL), runtime="openvino-fp32"
    )
    batch = noise(11)
    together = encoder.encode(batch)
    np.testing.assert_array_equal(encoder.encode(batch[9:10]), together[9:10])
    np.testing.assert_array_equal(encoder.encode(batch[::-1].copy()), together[::-1])


@pytest.mark.parametrize("runtime", ["torch-bf16", "openvino-bf16"])
def test_reduced_precision_is_near_and_says_how_near(runtime: str) -> None:
    spec = BackboneSpec("test_resnet", preprocessing=SMALL)
    encoder = open_encoder(spec, runtime=runtime)
    found, expected = encoder.encode(noise(5)), open_encoder(spec).encode(noise(5))
    assert found.dtype == np.float32
    assert encoder.checks["pooled"].pictures == 4
    assert encoder.checks["pooled"].lowest_cosine >= 0.999
    assert compared(found, expected).lowest_cosine >= 0.999
    assert encoder.tap["runtime"] == RUNTIMES[runtime]


def test_a_runtime_that_is_not_near_enough_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "LEAST_COSINE", 1.1)
    encoder = open_encoder(BackboneSpec("test_resnet", preprocessing=SMALL), runtime="torch-bf16")
    with pytest.raises(
        WeightsError, match=r"Expected torch-bf16 to give .* tap pooled gives a cos"
    ):
        encoder.encode(noise(1))


@pytest.mark.parametrize(
    ("runtime", "check", "refused"),
    [
        ("openvino-fp32", RuntimeCheck(4, 1.0, 9e-5), False),
        ("openvino-fp32", RuntimeCheck(4, 1.0, 2e-4), True),
        ("openvino-bf16", RuntimeCheck(4, 0.9991, 0.1), False),
        ("openvino-bf16", RuntimeCheck(4, 0.9989, 0.0), True),
        ("openvino-bf16", RuntimeCheck(4, float("nan"), 0.0), True),
        ("openvino-fp32", RuntimeCheck(4, 1.0, float("nan")), True),
    ],
)
def test_the_limits_are_those_that_are_stated(runtime, check, refused) -> None:
    if refused:
        with pytest.raises(WeightsError, match="another runtime for this network"):
            refuse_unlike(runtime, "pooled", check)
    else:
        refuse_unlike(runtime, "pooled", check)


def test_vectors_of_zeros_are_alike_and_opposites_are_not() -> None:
    zeros, ones = np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32)
    assert compared(zeros, zeros).lowest_cosine == 1.0
    assert compared(zeros, ones).lowest_cosine == 0.0
    assert compared(-ones, ones) == RuntimeCheck(1, -1.0, 2.0)
    assert compared(10 * ones, 11 * ones).largest_difference == pytest.approx(1 / 11)


def test_the_check_batch_is_always_the_same() -> None:
    assert np.array_equal(check_batch(30), check_batch(30))
    assert check_batch(30).shape == (4, 3, 30, 30)
    assert 0.8 < check_batch(64).std() < 1.2


def test_an_unknown_runtime_lists_the_others() -> None:
    with pytest.raises(WeightsError, match=r"Unknown runtime 'openvino-fp31'; did you mean 'openv"):
        open_encoder(BackboneSpec("test_resnet", preprocessing=SMALL), runtime="openvino-fp31")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a device")
def test_without_a_device_cuda_is_refused() -> None:
    encoder = open_encoder(BackboneSpec("test_resnet", preprocessing=SMALL), runtime="cuda-fp32")
    with pytest.raises(WeightsError, match="Expected a CUDA device; torch finds none"):
        encoder.encode(noise(1))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("runtime", ["cuda-fp32", "cuda-bf16"])
def test_a_device_gives_the_same(runtime: str) -> None:
    spec = BackboneSpec("test_vit", preprocessing=SMALL)
    found = open_encoder(spec, runtime=runtime).encode(noise(5))
    assert compared(found, open_encoder(spec).encode(noise(5))).lowest_cosine >= 0.999


def test_without_openvino_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    spec = BackboneSpec("test_resnet", preprocessing=SMALL)
    encoder = open_encoder(spec, runtime="openvino-fp32")
    with pytest.raises(MissingExtraError, match=r"need OpenVINO .*'fieldmark\[openvino\]'"):
        encoder.encode(noise(1))


@pytest.mark.slow
def test_openvino_reports_to_nobody() -> None:
    code = (
        "import sys, numpy as np\n"
        "from fieldmark.backbones.encoders import open_encoder\n"
        "from fieldmark.backbones.specs import BackboneSpec\n"
        "small = {'crop_size': 32, 'resize_size': 32}\n"
        "spec = BackboneSpec('test_resnet', preprocessing=small)\n"
        "encoder = open_encoder(spec, runtime='openvino-fp32')\n"
        "encoder.encode(np.zeros((1, 3, 32, 32), np.float32))\n"
        "assert 'openvino' in sys.modules\n"
        "assert not [name for name in sys.modules if name.startswith('openvino_telemetry')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
