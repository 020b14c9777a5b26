"""Weight files read as named tensors and nothing else: no code in a file is ever run."""

import json
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fieldmark.core.checks import field_differences, first_few
from fieldmark.core.errors import WeightsError

if TYPE_CHECKING:
    import torch

_TORCH_ENDINGS: Final = frozenset({".pt", ".pth", ".bin", ".ckpt"})
_OLD_TORCH_START: Final = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
_DAMAGED: Final = (
    RuntimeError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    OSError,
    struct.error,
    zipfile.BadZipFile,
    Warning,
)
_HEAD_OPTIONS: Final = frozenset({"num_classes"})
_PARALLEL_PREFIX: Final = "module."
_CONVERT: Final = "save the plain state dict as .safetensors (safetensors.torch.save_file)"


def load_state(path: Path) -> dict[str, "torch.Tensor"]:
    """Return the named tensors of a weight file, floating ones as float32.

    Half precision is a way to store, not to compute. A checkpoint that holds one state dict among
    other plain values (epoch, optimiser) gives that one; the prefix ``module.``, which parallel
    training puts before every name, is taken off.

    Args:
        path: .safetensors, or .pt, .pth, .bin or .ckpt as ``torch.save`` writes them.

    Returns:
        tensors by name, on the CPU.

    Raises:
        WeightsError: there is no such file; it is damaged; it holds anything but plain tensors
            (nothing of it is run); it holds none, or several state dicts; a value is not finite.
    """
    if not path.is_file():
        raise WeightsError(
            f"Expected a weight file at {path}; there is none: correct `weights:` or download it."
        )
    if path.suffix == ".safetensors":
        content: Any = _read_safetensors(path)
    elif path.suffix in _TORCH_ENDINGS:
        content = _read_torch(path)
    else:
        raise WeightsError(
            f"Expected weights as .safetensors, .pt, .pth, .bin or .ckpt; found {path}: {_CONVERT}."
        )
    return _as_float32(path, _without_prefix(_state_in(path, content)))


def recorded_options(path: Path) -> dict[str, Any]:
    """Return the options that the weights of a file were made with, where the file records them.

    These are the ``create_kwargs`` in the metadata of a safetensors file, without ``num_classes``:
    backbones have no classifier. Empty when nothing is recorded.

    Raises:
        WeightsError: the record is no JSON object.
    """
    if path.suffix != ".safetensors":
        return {}
    from safetensors import safe_open

    with safe_open(path, "pt") as stored:
        text = (stored.metadata() or {}).get("create_kwargs", "{}")
    try:
        recorded = dict(json.loads(text))
    except (json.JSONDecodeError, TypeError, ValueError):
        raise WeightsError(
            f"{path} records create_kwargs that are no JSON object ({text[:60]!r}): correct or "
            "remove them."
        ) from None
    return {name: value for name, value in recorded.items() if name not in _HEAD_OPTIONS}


def check_recorded_options(path: Path, options: Mapping[str, Any]) -> None:
    """Refuse options that contradict what the weights of a file were made with.

    Weights often load without an error into a network that computes something else, such as one
    with other padding.

    Args:
        path: a weight file; only safetensors can record options.
        options: how the network is to be built.

    Raises:
        WeightsError: a recorded option is missing or has another value.
    """
    recorded = recorded_options(path)
    given = {name: value for name, value in options.items() if name in recorded}
    differences = field_differences(recorded, given)
    if differences:
        raise WeightsError(
            f"The weights in {path.name} were made for other options than asked for "
            f"({'; '.join(differences)}): write options: {json.dumps(recorded)}."
        )


def _read_safetensors(path: Path) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise WeightsError(
            f"{path} is damaged or no safetensors file ({error}): download it again."
        ) from None


def _read_torch(path: Path) -> Any:
    import torch

    # The error has no other home that can be named without importing the unpickler itself.
    refused: type[Exception] = torch.serialization.pickle.UnpicklingError
    try:
        _check_torch_container(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except refused as error:
        named = re.search(r"GLOBAL ([\w.]+)", str(error), flags=re.IGNORECASE)
        what = f" ('{named.group(1)}')" if named else ""
        raise WeightsError(
            f"{path} holds Python objects{what} where plain tensors were expected, and was not "
            f"run: {_CONVERT}."
        ) from None
    except _DAMAGED as error:
        raise WeightsError(
            f"{path} is damaged or no torch checkpoint ({_first_line(error)}): download it again."
        ) from None


def _check_torch_container(path: Path) -> None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any(name.endswith("/constants.pkl") for name in archive.namelist()):
                raise WeightsError(f"{path} is a TorchScript program, not tensors: {_CONVERT}.")
        return
    with path.open("rb") as stream:
        start = stream.read(len(_OLD_TORCH_START))
    if start != _OLD_TORCH_START:
        raise WeightsError(
            f"Expected a file that torch.save wrote; {path} begins with {start!r}: download it "
            f"again, or {_CONVERT}."
        )


def _state_in(path: Path, content: Any) -> dict[str, "torch.Tensor"]:
    if _is_state(content):
        return dict(content)
    entries = content.items() if isinstance(content, Mapping) else ()
    states = {name: entry for name, entry in entries if _is_state(entry)}
    if len(states) != 1:
        found = f"{len(states)} ({first_few(list(states))})" if states else "none"
        raise WeightsError(f"Expected one state dict in {path}; found {found}: {_CONVERT}.")
    (state,) = states.values()
    return dict(state)


def _is_state(content: Any) -> bool:
    import torch

    return (
        isinstance(content, Mapping)
        and len(content) > 0
        and all(
            isinstance(name, str) and isinstance(value, torch.Tensor)
            for name, value in content.items()
        )
    )


def _without_prefix(state: dict[str, "torch.Tensor"]) -> dict[str, "torch.Tensor"]:
    if not all(name.startswith(_PARALLEL_PREFIX) for name in state):
        return state
    return {name.removeprefix(_PARALLEL_PREFIX): value for name, value in state.items()}


def _as_float32(path: Path, state: dict[str, "torch.Tensor"]) -> dict[str, "torch.Tensor"]:
    plain = {
        name: value.detach().float() if value.is_floating_point() else value.detach()
        for name, value in state.items()
    }
    spoilt = [name for name, value in plain.items() if not bool(value.isfinite().all())]
    if spoilt:
        raise WeightsError(
            f"Expected finite weights in {path}; {first_few(spoilt)} hold NaN or infinity: "
            "download the file again."
        )
    return plain


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
