"""What runs a network: torch or OpenVINO, in full or reduced precision, checked before use."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fieldmark.backbones.openvino_runtime import openvino_run
from fieldmark.backbones.torch_runs import Run, torch_run
from fieldmark.core.errors import WeightsError

if TYPE_CHECKING:
    from fieldmark.backbones.taps import TappedNetwork

_Array = np.ndarray[Any, np.dtype[np.float32]]

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
        return openvino_run(network, side, "f32" if precision == "fp32" else "bf16")
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
