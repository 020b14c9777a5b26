"""Training images read, augmented and prepared: what a fine-tuned network sees."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fieldmark.images.augmentation import augmented
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.preprocessing import load_uint8, normalise
from fieldmark.images.presets import Preset
from fieldmark.images.regions import WHOLE, Region


@dataclass(frozen=True, slots=True)
class AugmentedReader:
    """Reads a training image as one epoch sees it; can be sent to other processes.

    Attributes:
        preset: what is done between resizing and normalising.
        seed: of the training.
    """

    preset: Preset
    seed: int

    def __call__(
        self,
        path: Path,
        contract: PreprocessSpec,
        epoch: int,
        identifier: str,
        region: Region = WHOLE,
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Return what the backbone sees, float32 (3, crop_size, crop_size).

        Raises:
            ImageError: the file cannot be decoded or is too elongated, or its mask or box is
                missing or not of the picture; the message names the file.
        """
        plain = load_uint8(path, contract, mask_path=region.mask_path, box=region.box)
        changed = augmented(plain, self.preset, seed=self.seed, epoch=epoch, item_id=identifier)
        found: np.ndarray[Any, np.dtype[np.float32]] = normalise(changed[None], contract)[0]
        return found
