"""What a network is fine-tuned on: images by id, batches in an order that can be resumed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.digests import digest_of_array, digest_of_strings
from fieldmark.core.errors import ManifestError
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.preprocessing import preprocess_file
from fieldmark.images.regions import WHOLE, Region
from fieldmark.manifest.labels import LabelSpace
from fieldmark.manifest.taxonomy import Taxonomy
from fieldmark.training.samplers import BalancedSampler, EpochSampler
from fieldmark.training.settings import TrainingSettings

FloatArray: TypeAlias = npt.NDArray[np.float32]
Reader: TypeAlias = Callable[[Path, PreprocessSpec, int, str, Region], FloatArray]
"""Reads (path, contract, epoch, id, region) into float32 (3, height, width); may augment."""


def read_plain(
    path: Path,
    contract: PreprocessSpec,
    epoch: int,  # noqa: ARG001
    identifier: str,  # noqa: ARG001
    region: Region = WHOLE,
) -> FloatArray:
    """Return a training image as evaluation sees it: the reader that augments nothing."""
    return preprocess_file(path, contract, mask_path=region.mask_path, box=region.box)


@dataclass(frozen=True, slots=True, eq=False)
class TrainingImages:
    """The images that are learnt from, all of them readable.

    Attributes:
        paths: id -> file, in the order of the labels.
        labels: int64 array (n,), positions in the label space.
        label_space: the classes.
        reader: how an image is read; augments where asked to.
        regions: id -> mask and box, where the contract asks for them; None for whole images.
        taxonomy: ranks above the classes, which a hierarchy needs; None without them.

    Raises:
        ManifestError: there is no image, or the labels do not fit, or an image has no region.
    """

    paths: Mapping[str, Path]
    labels: npt.NDArray[np.int64]
    label_space: LabelSpace
    reader: Reader = field(default=read_plain)
    regions: Mapping[str, Region] | None = None
    taxonomy: Taxonomy | None = None

    def __post_init__(self) -> None:
        found = np.asarray(self.labels)
        if not self.paths:
            raise ManifestError("Fine-tuning needs at least one training image; got none.")
        if found.shape != (len(self.paths),) or found.dtype.kind not in "iu":
            raise ManifestError(
                f"Expected one whole-number label for each of the {len(self.paths):,} training"
                f" images; got {found.dtype} of shape {found.shape}. Use"
                " `label_space.positions(labels)`."
            )
        outside = np.flatnonzero((found < 0) | (found >= len(self.label_space)))
        if outside.size:
            raise ManifestError(
                f"Expected label positions from 0 to {len(self.label_space) - 1};"
                f" {count_of(outside.size, 'image')} of {len(found):,} lie outside (first:"
                f" {found[outside[0]]} for '{self.ids[outside[0]]}')."
            )
        object.__setattr__(self, "labels", found.astype(np.int64))
        lacking = [] if self.regions is None else [i for i in self.paths if i not in self.regions]
        if lacking:
            raise ManifestError(
                f"Expected mask and box of each training image; {len(lacking):,} of "
                f"{len(self.paths):,} have none: {first_few(lacking)}."
            )

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in the order of the labels."""
        return tuple(self.paths)

    @property
    def class_counts(self) -> list[int]:
        """How many images each class has, for the loss; a class without any counts as having one.

        Such a class is there because validation or test has it; a weight without limit, or a prior
        of zero, would say more of it than nothing does.
        """
        counts = np.bincount(self.labels, minlength=len(self.label_space))
        weighed: list[int] = np.maximum(counts, 1).tolist()
        return weighed

    @property
    def digest(self) -> str:
        """The digest of ids, labels and classes, and of masks and boxes where there are any."""
        parts = [*self.ids, *self.label_space.classes, digest_of_array(self.labels)]
        if self.regions is not None:
            for region in map(self.region, self.ids):
                mask = "" if region.mask_path is None else region.mask_path.name
                parts.append(f"{mask} {region.box}")
        return digest_of_strings(parts)

    @property
    def region_list(self) -> list[Region] | None:
        """Mask and box of each image, in the order of the labels; None for whole images."""
        return None if self.regions is None else [self.regions[name] for name in self.paths]

    def region(self, identifier: str) -> Region:
        """Return mask and box of an image."""
        return WHOLE if self.regions is None else self.regions[identifier]


class ReadImages(Dataset[tuple[torch.Tensor, int]]):
    """The training images of one epoch, prepared as the contract says."""

    def __init__(self, images: TrainingImages, contract: PreprocessSpec, epoch: int) -> None:
        self._images, self._contract, self._epoch = images, contract, epoch
        self._ids = images.ids

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._ids)

    def __getitem__(self, position: int) -> tuple[torch.Tensor, int]:
        """Return the pixels, float32 (3, height, width), and the position of the class."""
        identifier = self._ids[position]
        images = self._images
        path, region = images.paths[identifier], images.region(identifier)
        pixels = images.reader(path, self._contract, self._epoch, identifier, region)
        return torch.from_numpy(np.ascontiguousarray(pixels)), int(self._images.labels[position])


@dataclass(frozen=True, slots=True)
class Place:
    """Where a training stands.

    Attributes:
        epoch: from 0.
        batch: how many batches of it were seen.
    """

    epoch: int = 0
    batch: int = 0


class Batches(Sampler[list[int]]):
    """The batches of an epoch from some batch on, for one of several devices.

    Every device gets the same number of images: where they do not divide, the first ones of the
    epoch come twice. A last batch of a single image joins the one before it, since batch norms
    need two.
    """

    def __init__(self, order: EpochSampler, *, batch_size: int, rank: int, world: int) -> None:
        self._order, self._batch_size = order, batch_size
        self._rank, self._world = rank, world
        self.place = Place()

    def __len__(self) -> int:
        """Return how many batches are left of this epoch."""
        return len(self.of_epoch()) - self.place.batch

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the positions of the images of each batch that is left."""
        return iter(self.of_epoch()[self.place.batch :])

    def of_epoch(self) -> list[list[int]]:
        """Return every batch of the epoch."""
        self._order.epoch = self.place.epoch
        whole = self._order.order()
        short = -len(whole) % self._world
        own = np.concatenate([whole, np.resize(whole, short)])[self._rank :: self._world].tolist()
        size = self._batch_size
        batches = [own[start : start + size] for start in range(0, len(own), size)]
        if len(batches) > 1 and len(batches[-1]) == 1:
            batches[-2:] = [batches[-2] + batches[-1]]
        return batches


def batches_of(
    images: TrainingImages, settings: TrainingSettings, *, seed: int, rank: int = 0, world: int = 1
) -> Batches:
    """Return the batches of a training, in the order of its seed.

    Args:
        images: what is learnt from.
        settings: batch size and balance.
        seed: of the order.
        rank: which device this is, from 0.
        world: number of devices.
    """
    order: EpochSampler
    if settings.balance > 0:
        labels: Sequence[int] = images.labels.tolist()
        order = BalancedSampler(labels, seed=seed, strength=settings.balance)
    else:
        order = EpochSampler(len(images.paths), seed=seed)
    return Batches(order, batch_size=settings.batch_size, rank=rank, world=world)


def loader_of(
    images: TrainingImages, contract: PreprocessSpec, batches: Batches, *, workers: int
) -> "DataLoader[Any]":
    """Return the loader of what is left of the epoch at which the batches stand.

    The loader draws from a generator of its own, so that making one leaves the global one alone.
    """
    return DataLoader(
        ReadImages(images, contract, batches.place.epoch),
        batch_sampler=batches,
        num_workers=workers,
        generator=torch.Generator().manual_seed(0),
        multiprocessing_context="fork" if workers else None,
        pin_memory=False,
    )
