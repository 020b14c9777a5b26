"""What runs a network: torch or OpenVINO, in full or reduced precision, checked before use."""

import contextlib
import importlib
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fieldmark.backbones.torch_runs import CHUNK, MOST_STREAMS, cores, torch_run
from fieldmark.core.errors import MissingExtraError, WeightsError

if TYPE_CHECKING:
    from fieldmark.backbones.taps import TappedNetwork

_Array = np.ndarray[Any, np.dtype[np.float32]]
Run = Callable[[_Array], list[_Array]]
"""Pictures (n, 3, side, side) to one array (n, width) per tap."""

REFERENCE: Final = "torch-fp32"
RUNTIMES: Final = {
    "torch-fp32": "torch float32",
    "torch-bf16": "torch bfloat16",
    "openvino-fp32": "openvino float32",
    "openvino-bf16": "openvino bfloat16",
    "cuda-fp32": "cuda float32",
    "cuda-bf16": "cuda bfloat16",
}
"""Name of each runtime, and how the identity of vectors calls it."""

LEAST_COSINE: Final = 0.999
LARGEST_DIFFERENCE: Final = 1e-4
_CHECK_PICTURES: Final = 4


@dataclass(frozen=True, slots=True)
class RuntimeCheck:
    """How near a runtime comes to torch float32 on a check batch.

    Attributes:
        pictures: how many were compared.
        lowest_cosine: of a picture's two vectors, -1 to 1.
        largest_difference: of two values, divided by the largest absolute value if that is above 1.
    """

    pictures: int
    lowest_cosine: float
    largest_difference: float

    def to_dict(self) -> dict[str, Any]:
        """Return every field under its name, ready for JSON."""
        return asdict(self)


def run_of(runtime: str, network: "TappedNetwork", side: int) -> Run:
    """Return a function that runs a network.

    Args:
        runtime: a key of `RUNTIMES`.
        network: in evaluation mode, on the CPU; a runtime on a device takes a copy.
        side: of the pictures, in pixels.

    Raises:
        MissingExtraError: OpenVINO is not installed.
        WeightsError: there is no CUDA device, or OpenVINO cannot take the network.
    """
    place, _, precision = runtime.partition("-")
    if place == "openvino":
        return _openvino_run(network, side, "f32" if precision == "fp32" else "bf16")
    return torch_run(network, place if place == "cuda" else "cpu", precision)


def check_batch(side: int) -> _Array:
    """Return pictures from a fixed seed, with coarse and fine structure.

    Args:
        side: in pixels.

    Returns:
        float32 array (4, 3, side, side), about standard normal.
    """
    generator = np.random.default_rng(0)
    coarse = generator.standard_normal((_CHECK_PICTURES, 3, 8, 8))
    rows = np.arange(side) * 8 // side
    fine = generator.standard_normal((_CHECK_PICTURES, 3, side, side))
    return (0.9 * coarse[:, :, rows][:, :, :, rows] + 0.4 * fine).astype(np.float32)


def compared(found: _Array, expected: _Array) -> RuntimeCheck:
    """Return how near vectors are to those of torch float32.

    Args:
        found: float32 array (n, width).
        expected: float32 array (n, width), n at least 1; two vectors of zeros have cosine 1.

    Example:
        >>> compared(np.ones((1, 2), np.float32), np.ones((1, 2), np.float32)).lowest_cosine
        1.0
    """
    one, two = found.astype(np.float64), expected.astype(np.float64)
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
    cosines = np.where(norms > 0, (one * two).sum(axis=1) / np.where(norms > 0, norms, 1), 0.0)
    cosines = np.where((one == two).all(axis=1), 1.0, cosines)
    scale = max(1.0, float(np.abs(two).max()))
    difference = float(np.abs(one - two).max()) / scale
    return RuntimeCheck(len(one), float(np.clip(cosines.min(), -1.0, 1.0)), difference)


def refuse_unlike(runtime: str, tap: str, check: RuntimeCheck) -> None:
    """Refuse a runtime whose vectors are not near enough to those of torch float32.

    Raises:
        WeightsError: a cosine is below 0.999, or in float32 a difference is above 1e-4.
    """
    differs = runtime.endswith("fp32") and not check.largest_difference <= LARGEST_DIFFERENCE
    if differs or not check.lowest_cosine >= LEAST_COSINE:
        raise WeightsError(
            f"Expected {runtime} to give the vectors of {REFERENCE} (cosine of at least "
            f"{LEAST_COSINE}; in float32, differences of at most {LARGEST_DIFFERENCE:g}); on "
            f"{check.pictures} check pictures the tap {tap} gives a cosine of "
            f"{check.lowest_cosine:.5f} and a difference of {check.largest_difference:.2g}: use "
            "another runtime for this network, or give a vision transformer its size by options: "
            "{img_size: ...}."
        )


def _openvino_run(network: "TappedNetwork", side: int, precision: str) -> Run:
    library = _openvino()
    try:
        model = _converted(network, side)
    except Exception as error:  # its errors have no common base
        raise WeightsError(
            f"OpenVINO cannot take {type(network.module).__name__} ({str(error)[:160]}): use "
            "torch-fp32 or torch-bf16."
        ) from None
    model.reshape([CHUNK, 3, side, side])
    streams = min(MOST_STREAMS, cores())
    compiled = library.Core().compile_model(
        model, "CPU", {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": streams}
    )
    requests = [compiled.create_infer_request() for _ in range(streams)]
    return lambda pictures: _in_chunks(requests, pictures)


def _converted(network: "TappedNetwork", side: int) -> Any:
    """Return OpenVINO's model of a network, made without a word to anybody outside.

    ``openvino.convert_model`` does the same, and reports it to a web service from forked processes.
    """
    import torch

    front_ends = importlib.import_module("openvino.frontend")
    decoders = importlib.import_module("openvino.frontend.pytorch.ts_decoder")

    with warnings.catch_warnings(), torch.inference_mode():
        # Tracing warns of Python branches; they depend on the shape alone, which is fixed.
        warnings.simplefilter("ignore")
        example = (torch.zeros(CHUNK, 3, side, side),)
        decoder = decoders.TorchScriptPythonDecoder(network, example_input=example)
        front = front_ends.FrontEndManager().load_by_framework("pytorch")
        return front.convert(front.load(decoder))


def _in_chunks(requests: Sequence[Any], pictures: _Array) -> list[_Array]:
    """Run chunks of one size, the last one filled up, so that a picture never sees the others.

    Requests take turns and are waited for here. A callback, as of OpenVINO's own queue, would run
    in its threads: one that still asks for Python's lock while the model is freed waits for ever.
    """
    chunks = [pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK)]
    parts: list[list[_Array]] = []
    for place, chunk in enumerate(chunks):
        if place >= len(requests):
            parts.append(_answer(requests[place % len(requests)]))
        requests[place % len(requests)].start_async({0: _filled(chunk)})
    left = range(len(parts), len(chunks))
    parts.extend(_answer(requests[place % len(requests)]) for place in left)
    return [np.concatenate(rows)[: len(pictures)] for rows in zip(*parts, strict=True)]


def _answer(request: Any) -> list[_Array]:
    request.wait()
    return [tensor.data.astype(np.float32, copy=True) for tensor in request.output_tensors]


def _filled(chunk: _Array) -> _Array:
    missing = CHUNK - len(chunk)
    return np.pad(chunk, ((0, missing), (0, 0), (0, 0), (0, 0))) if missing else chunk


def _openvino() -> ModuleType:
    try:
        with _without_reports():
            return importlib.import_module("openvino")
    except ImportError as error:
        raise MissingExtraError(
            f"The openvino runtimes need OpenVINO ({error}): install it with "
            "pip install 'fieldmark[openvino]', or use torch-fp32."
        ) from None


@contextlib.contextmanager
def _without_reports() -> Iterator[None]:
    """Let OpenVINO believe that its telemetry is not installed: importing it reports otherwise."""
    name = "openvino_telemetry"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
