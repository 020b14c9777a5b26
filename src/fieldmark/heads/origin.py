"""What a head was fitted on, and the refusals that follow from it."""

import dataclasses
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of, field_differences, first_few
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import ManifestError, NotComparableError
from fieldmark.embeddings.table import EmbeddingSet, as_json
from fieldmark.images.pixel_statistics import PixelStatistics
from fieldmark.manifest.labels import LabelSpace

PositionArray: TypeAlias = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """The label space and embeddings that a head was fitted on.

    Attributes:
        label_space: the classes, in the order of the score columns.
        contract: the preprocessing contract of the embeddings, as JSON holds it.
        tap: backbone, weights, tap and options of the embeddings.
        training_ids: ids of the images that were learnt from, in the order of the rows.
        pixels: what those images looked like once they were prepared; None where it is not known.

    Raises:
        StoreError: the contract or the tap is not what JSON can hold.

    Example:
        >>> origin = Origin(LabelSpace(("ash", "oak")), {"crop_size": 224}, {"tap": "pooled"}, ())
        >>> origin.contract
        {'crop_size': 224}
    """

    label_space: LabelSpace
    contract: dict[str, Any]
    tap: dict[str, Any]
    training_ids: tuple[str, ...]
    pixels: PixelStatistics | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "contract", as_json(self.contract, "preprocessing contract"))
        object.__setattr__(self, "tap", as_json(self.tap, "tap"))
        object.__setattr__(self, "training_ids", tuple(self.training_ids))

    @property
    def digest(self) -> str:
        """The digest of classes, contract, tap and training ids, and of the pixels if known."""
        parts = [list(self.label_space.classes), self.contract, self.tap, list(self.training_ids)]
        return digest_of(parts if self.pixels is None else [*parts, self.pixels.to_dict()])


def origin_of(embeddings: EmbeddingSet, label_space: LabelSpace) -> Origin:
    """Return the origin of a head that is fitted on these embeddings."""
    return Origin(label_space, embeddings.contract, embeddings.tap, embeddings.ids)


def check_training_labels(
    embeddings: EmbeddingSet, labels: PositionArray, label_space: LabelSpace
) -> PositionArray:
    """Return the labels as int64 positions once they fit the embeddings and the label space.

    Args:
        embeddings: the training images; at least one.
        labels: integer array (n_images,), positions in the label space, row by row.
        label_space: the classes.

    Raises:
        ManifestError: there is no training image, the labels are not one integer per image, or
            one lies outside the label space.
    """
    found = np.asarray(labels)
    if len(embeddings) == 0:
        raise ManifestError("A head needs at least one training image; got none.")
    if found.shape != (len(embeddings),) or found.dtype.kind not in "iu":
        raise ManifestError(
            f"Expected one whole-number label for each of the {len(embeddings):,} training images; "
            f"got {found.dtype} of shape {found.shape}. Use `label_space.positions(labels)`."
        )
    outside = np.flatnonzero((found < 0) | (found >= len(label_space)))
    if outside.size:
        raise ManifestError(
            f"Expected label positions from 0 to {len(label_space) - 1}; "
            f"{count_of(outside.size, 'image')} of {len(found):,} lie outside (first: "
            f"{found[outside[0]]} for '{embeddings.ids[outside[0]]}')."
        )
    return found.astype(np.int64)


def require_same_source(origin: Origin, embeddings: EmbeddingSet) -> None:
    """Refuse embeddings that were not made as those that the head was fitted on.

    Args:
        origin: of the head.
        embeddings: what the head shall be applied to.

    Raises:
        NotComparableError: contract or tap differ; names every field and both values.
    """
    pairs = (
        ("preprocessing contract", origin.contract, embeddings.contract),
        ("feature tap", origin.tap, embeddings.tap),
    )
    for what, own, other in pairs:
        differences = field_differences(own, other)
        if differences:
            raise NotComparableError(
                f"The head cannot be applied to these embeddings: the {what} differs in "
                f"{count_of(len(differences), 'field')} (head against embeddings): "
                f"{'; '.join(differences)}. Extract the embeddings as the head's were, or fit the "
                "head on embeddings like these."
            )


def require_label_space(origin: Origin, label_space: LabelSpace) -> None:
    """Refuse a head whose classes are not those asked for, in the same order.

    Raises:
        NotComparableError: the label spaces differ; names both.
    """
    own, asked = origin.label_space.classes, label_space.classes
    if own == asked:
        return
    missing = [name for name in asked if name not in set(own)]
    surplus = [name for name in own if name not in set(asked)]
    detail = "the same classes stand in another order"
    if missing or surplus:
        detail = "; ".join(
            f"only in {where}: {first_few(names)}"
            for where, names in (("the head", surplus), ("the question", missing))
            if names
        )
    raise NotComparableError(
        f"The head was fitted for the {count_of(len(own), 'class', 'classes')} {first_few(own)}; "
        f"asked for are the {count_of(len(asked), 'class', 'classes')} {first_few(asked)} "
        f"({detail}). Fit a head for these classes, or restrict both to the common ones."
    )
