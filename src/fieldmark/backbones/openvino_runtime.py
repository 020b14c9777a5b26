"""A network run by OpenVINO, in chunks of one size and without a word to anybody outside."""

import contextlib
import importlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from fieldmark.backbones.torch_runs import CHUNK, MOST_STREAMS, Run, cores
from fieldmark.core.errors import MissingExtraError, WeightsError

if TYPE_CHECKING:
    from fieldmark.backbones.taps import TappedNetwork

_Array = np.ndarray[Any, np.dtype[np.float32]]


def openvino_run(network: "TappedNetwork", side: int, precision: str) -> Run:
    """Return a function that runs a network by OpenVINO on the processor.

    Args:
        network: in evaluation mode, on the CPU.
        side: of the pictures, in pixels.
        precision: "f32" or "bf16".

    Raises:
        MissingExtraError: OpenVINO is not installed.
        WeightsError: OpenVINO cannot take the network.
    """
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
    parts += [_answer(requests[place % len(requests)]) for place in range(len(parts), len(chunks))]
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
