"""PyTorch at work on a network: on the CPU in streams of a thread each, or on a device."""

import contextlib
import copy
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fieldmark.core.errors import WeightsError

if TYPE_CHECKING:
    from fieldmark.backbones.taps import TappedNetwork

_Array = np.ndarray[Any, np.dtype[np.float32]]
Run = Callable[[_Array], list[_Array]]
"""Pictures (n, 3, side, side) to one array (n, width) per tap."""

CHUNK: Final = 8
MOST_STREAMS: Final = 4


def torch_run(network: "TappedNetwork", device: str, precision: str) -> Run:
    """Return a function that runs a network with PyTorch.

    On the CPU, chunks of a batch run side by side, each on its share of PyTorch's threads: threads
    that work on one chunk together wait for each other after every layer, and wait long where the
    cores also decode images.

    Args:
        network: in evaluation mode, on the CPU; a device gets a copy.
        device: "cpu" or "cuda".
        precision: "fp32" or "bf16".

    Raises:
        WeightsError: there is no CUDA device.
    """
    if device == "cpu":
        return _in_streams(network, precision)
    placed = _on_device(network)
    return lambda pictures: _passed(placed, pictures, device, precision)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _passed(
    network: "TappedNetwork", pictures: _Array, device: str, precision: str
) -> list[_Array]:
    import torch

    lower = torch.autocast(device, dtype=torch.bfloat16, enabled=precision == "bf16")
    with torch.inference_mode(), lower, _exact_products(device):
        given = torch.tensor(pictures, device=device)
        found = network(given.contiguous(memory_format=torch.channels_last))
    return [np.ascontiguousarray(part.float().cpu().numpy()) for part in found]


def _in_streams(network: "TappedNetwork", precision: str) -> Run:
    import torch

    replicas = [network]

    def run(pictures: _Array) -> list[_Array]:
        threads = torch.get_num_threads()
        chunks = [pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK)]
        streams = min(MOST_STREAMS, threads, len(chunks))
        if streams < 2:
            return _passed(network, pictures, "cpu", precision)
        while len(replicas) < streams:
            replicas.append(_replica(network))
        free: SimpleQueue[TappedNetwork] = SimpleQueue()
        for one in replicas[:streams]:
            free.put(one)

        def pass_chunk(chunk: _Array) -> list[_Array]:
            own = free.get()
            try:
                return _passed(own, chunk, "cpu", precision)
            finally:
                free.put(own)

        with _streams(streams, threads) as pool:
            parts = list(pool.map(pass_chunk, chunks))
        return [np.concatenate(rows) for rows in zip(*parts, strict=True)]

    return run


def _replica(network: "TappedNetwork") -> "TappedNetwork":
    """Return a network of its own over the same tensors: taps remember what a pass has seen."""
    shared = [*network.parameters(), *network.buffers()]
    found: TappedNetwork = copy.deepcopy(network, {id(tensor): tensor for tensor in shared})
    return found


@contextlib.contextmanager
def _streams(count: int, threads: int) -> Iterator[ThreadPoolExecutor]:
    """Lend threads that share those of PyTorch, and leave it as many as it had.

    PyTorch would give the number that a stream sets to every later thread.
    """
    import torch

    pool = ThreadPoolExecutor(
        count,
        thread_name_prefix="fieldmark-network",
        initializer=torch.set_num_threads,
        initargs=(threads // count,),
    )
    try:
        with pool:
            yield pool
    finally:
        torch.set_num_threads(threads)


def _exact_products(device: str) -> contextlib.AbstractContextManager[None]:
    """Return a block in which cuDNN does not round the factors of float32 products to ten bits."""
    import torch

    if device == "cpu":
        return contextlib.nullcontext()
    flags: contextlib.AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, allow_tf32=False
    )
    return flags


def _on_device(network: "TappedNetwork") -> "TappedNetwork":
    import torch

    if not torch.cuda.is_available():
        raise WeightsError(
            "Expected a CUDA device; torch finds none: use torch-fp32, torch-bf16 or openvino-fp32."
        )
    moved: TappedNetwork = copy.deepcopy(network).to("cuda")
    return moved
