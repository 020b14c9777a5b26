"""The state of a training on disk: whole or absent, plain tensors and plain values, no pickle."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from fieldmark.core.checks import first_few
from fieldmark.core.errors import StoreError
from fieldmark.core.storage import atomic_file

LAST: Final = "last.pt"
BEST: Final = "best.pt"
_FORMAT: Final = "fieldmark training 1"


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Everything that going on needs.

    Attributes:
        key: digests by name of what was trained: settings, images, backbone, seed.
        content: nested dicts and lists of tensors, numbers, strings and None.
    """

    key: dict[str, str]
    content: dict[str, Any]


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint; a process that is killed meanwhile leaves the one before."""
    with atomic_file(path) as temporary:
        torch.save(
            {"format": _FORMAT, "key": checkpoint.key, "content": checkpoint.content}, temporary
        )


def load_checkpoint(path: Path, *, key: dict[str, str]) -> Checkpoint | None:
    """Return the checkpoint at a path; None where there is none.

    Args:
        path: as `save_checkpoint` wrote it; no code in the file is run.
        key: what the training at hand is made of.

    Raises:
        StoreError: the file is damaged or foreign, or belongs to another training.
    """
    if not path.is_file():
        return None
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
        checkpoint = Checkpoint(stored["key"], stored["content"])
        known = stored["format"] == _FORMAT
    except Exception as error:  # torch raises what it likes on damaged files
        raise StoreError(
            f"{path} is not the state of a training, or damaged ({type(error).__name__}). Remove"
            f" {path.parent} to begin anew."
        ) from None
    if not known:
        raise StoreError(
            f"Expected '{_FORMAT}' in {path}; it says {stored['format']!r}. Remove {path.parent} to"
            " begin anew."
        )
    differing = [name for name in key if checkpoint.key.get(name) != key[name]]
    if differing:
        raise StoreError(
            f"{path} belongs to another training: its {first_few(differing)} differ. Take another"
            f" folder, or remove {path.parent} to begin anew."
        )
    return checkpoint


def random_states() -> dict[str, Any]:
    """Return the states of the generators of torch, NumPy and Python, as plain values."""
    kind, words, place, has_gauss, gauss = np.random.get_state(legacy=True)  # noqa: NPY002
    version, internal, spare = random.getstate()
    states: dict[str, Any] = {
        "torch": torch.get_rng_state(),
        "numpy": [kind, torch.from_numpy(np.asarray(words, np.int64)), place, has_gauss, gauss],
        "python": [version, list(internal), spare],
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        states["cuda"] = torch.cuda.get_rng_state_all()
    return states


def restore_random_states(states: dict[str, Any]) -> None:
    """Put the generators of torch, NumPy and Python where `random_states` found them."""
    torch.set_rng_state(states["torch"])
    kind, words, place, has_gauss, gauss = states["numpy"]
    np.random.set_state((kind, words.numpy().astype(np.uint32), place, has_gauss, gauss))  # noqa: NPY002
    version, internal, spare = states["python"]
    random.setstate((version, tuple(internal), spare))
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"])
