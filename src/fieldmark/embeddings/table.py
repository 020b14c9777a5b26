"""The vectors of named images, with all that identifies how they were made."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from fieldmark.core.checks import count_of, first_few
from fieldmark.core.digests import digest_of, digest_of_array, digest_of_strings
from fieldmark.core.errors import ManifestError, StoreError

FloatArray: TypeAlias = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)
class EmbeddingSet:
    """One vector per image, read-only; two sets are equal when their content is.

    Args:
        ids: unique ids of the images, in the order of the rows; may be empty.
        vectors: float32 array (n_images, width), finite. It is handed over: it must not be
            written to afterwards.
        contract: the preprocessing contract with its fields, as JSON holds it.
        tap: what identifies the features: backbone, weights, tap, options.
        excluded: ids of the images that were left out because they could not be read.

    Raises:
        StoreError: ids are repeated or do not fit the rows, a value is not finite, an id is both
            there and excluded, or the contract or tap is not what JSON can hold.

    Example:
        >>> vectors = np.eye(2, dtype=np.float32)
        >>> embeddings = EmbeddingSet(("a", "b"), vectors, {"crop_size": 224}, {"tap": "pooled"})
        >>> embeddings
        EmbeddingSet(2 images, 2 values each, 0 excluded)
        >>> embeddings.select(["b"]).vectors.tolist()
        [[0.0, 1.0]]
    """

    ids: tuple[str, ...]
    vectors: FloatArray
    contract: dict[str, Any]
    tap: dict[str, Any]
    excluded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", tuple(self.ids))
        object.__setattr__(self, "excluded", tuple(self.excluded))
        object.__setattr__(self, "contract", as_json(self.contract, "preprocessing contract"))
        object.__setattr__(self, "tap", as_json(self.tap, "tap"))
        self._check_ids()
        self._check_vectors()
        view = self.vectors.view()
        view.flags.writeable = False
        object.__setattr__(self, "vectors", view)

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return (
            f"EmbeddingSet({count_of(len(self), 'image')}, {self.width:,} values each, "
            f"{len(self.excluded):,} excluded)"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EmbeddingSet) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.ids)

    @property
    def width(self) -> int:
        """The number of values of one vector."""
        return int(self.vectors.shape[1])

    @property
    def contract_digest(self) -> str:
        """The digest of the preprocessing contract."""
        return digest_of(self.contract)

    @property
    def tap_digest(self) -> str:
        """The digest of backbone, weights, tap and options."""
        return digest_of(self.tap)

    @property
    def digest(self) -> str:
        """The digest of ids, vectors, contract, tap and excluded ids."""
        return digest_of_strings(
            [
                digest_of_strings(self.ids),
                digest_of_array(self.vectors),
                self.contract_digest,
                self.tap_digest,
                digest_of_strings(self.excluded),
            ]
        )

    def select(self, ids: Sequence[str]) -> "EmbeddingSet":
        """Return the rows of ``ids`` in that order; which images were excluded stays known.

        Args:
            ids: unique ids, each of them in this set; may be empty.

        Raises:
            ManifestError: an id has no vector; names the first ones and how many.
        """
        row_of = {name: row for row, name in enumerate(self.ids)}
        unknown = [name for name in ids if name not in row_of]
        if unknown:
            raise ManifestError(
                f"Expected ids among the {len(self):,} embedded images; {len(unknown):,} have no "
                f"embedding: {first_few(unknown)} ({len(self.excluded):,} images were excluded as "
                "unreadable). Leave them out, or extract them."
            )
        rows = np.asarray([row_of[name] for name in ids], dtype=np.int64)
        return dataclasses.replace(self, ids=tuple(ids), vectors=self.vectors[rows])

    def _check_ids(self) -> None:
        if len(set(self.ids)) < len(self.ids):
            raise StoreError(
                f"Expected each id once; {len(self.ids) - len(set(self.ids)):,} of "
                f"{len(self.ids):,} are repeated. Give each image an id of its own."
            )
        both = sorted(set(self.ids) & set(self.excluded))
        if both:
            raise StoreError(
                f"An image is either embedded or excluded; {count_of(len(both), 'id')} are both: "
                f"{first_few(both)}."
            )

    def _check_vectors(self) -> None:
        shape, dtype = self.vectors.shape, self.vectors.dtype
        if dtype != np.float32 or len(shape) != 2 or shape[0] != len(self.ids) or shape[1] < 1:
            raise StoreError(
                f"Expected float32 vectors of shape ({len(self.ids)}, width); got {dtype} {shape}."
            )
        broken = np.flatnonzero(~np.isfinite(self.vectors).all(axis=1))
        if broken.size:
            names = [self.ids[row] for row in broken[:3]]
            raise StoreError(
                f"Expected finite vectors; {broken.size:,} of {len(self):,} images have NaN or "
                f"infinite values (first: {first_few(names)}). Check weights and preprocessing."
            )


def as_json(content: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return a copy of ``content`` as JSON holds it: tuples become lists.

    Args:
        content: nested mappings, sequences, strings, finite numbers, booleans and None.
        what: what it is, for the message.

    Raises:
        StoreError: it holds something that JSON cannot.

    Example:
        >>> as_json({"mean": (0.5, 0.5)}, "contract")
        {'mean': [0.5, 0.5]}
    """
    try:
        plain: dict[str, Any] = json.loads(json.dumps(dict(content), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise StoreError(f"The {what} must be what JSON can hold ({error}).") from None
    return plain
