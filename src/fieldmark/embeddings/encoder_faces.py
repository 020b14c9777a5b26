"""What extraction needs of a backbone: one tap, or several from one pass."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from fieldmark.embeddings.table import FloatArray
from fieldmark.images.contract import PreprocessSpec

ONLY_TAP: Final = "only"


class ImageEncoder(Protocol):
    """What extraction needs of a backbone; `fieldmark.backbones.encoders.Encoder` has it.

    Attributes:
        contract: how images are prepared.
    """

    contract: PreprocessSpec

    @property
    def width(self) -> int:
        """The number of values of one vector."""
        ...

    @property
    def tap(self) -> Mapping[str, Any]:
        """What identifies the features."""
        ...

    def encode(self, batch: FloatArray) -> FloatArray:
        """Return float32 vectors (n, width) of float32 pixels (n, 3, height, width)."""
        ...


class TapEncoder(Protocol):
    """What extraction of several taps needs; `Encoder` and `RecordedEncoder` have it.

    Attributes:
        contract: how images are prepared.
    """

    contract: PreprocessSpec

    def width_of(self, tap: str) -> int:
        """Return the number of values of a tap's vectors."""
        ...

    def tap_record(self, tap: str) -> Mapping[str, Any]:
        """Return what identifies the features of a tap."""
        ...

    def encode_taps(self, batch: FloatArray, taps: Sequence[str]) -> Mapping[str, FloatArray]:
        """Return float32 vectors (n, width) by tap, from one pass."""
        ...


class OneTap:
    """An encoder of one tap with the face of one of several; the tap is called `ONLY_TAP`."""

    def __init__(self, encoder: ImageEncoder) -> None:
        self.contract = encoder.contract
        self._encoder = encoder

    def width_of(self, _tap: str) -> int:
        """Return the number of values of a vector."""
        return self._encoder.width

    def tap_record(self, _tap: str) -> Mapping[str, Any]:
        """Return what identifies the features."""
        return self._encoder.tap

    def encode_taps(self, batch: FloatArray, taps: Sequence[str]) -> Mapping[str, FloatArray]:
        """Return the vectors under each name that is asked for."""
        vectors = self._encoder.encode(batch)
        return dict.fromkeys(taps, vectors)
