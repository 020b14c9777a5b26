"""What an encoder was when it was opened, kept, so that finished work need not open it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import StoreError, WeightsError
from fieldmark.core.provenance import version_of
from fieldmark.core.storage import read_json, write_json
from fieldmark.images.contract import PreprocessSpec

if TYPE_CHECKING:
    import numpy as np

    from fieldmark.backbones.encoders import Encoder

    _Vectors = np.ndarray[Any, np.dtype[np.float32]]

_PACKAGES: Final = ("fieldmark", "numpy", "open_clip_torch", "openvino", "timm", "torch")
_NAME_LENGTH: Final = 32


@dataclass(slots=True, eq=False)
class RecordedEncoder:
    """An encoder that is opened when it has to encode, and not before.

    The record holds as long as the spec, the runtime, the versions of the packages and the weight
    file (place, size, times, inode) are what they were; otherwise the encoder is opened anew.

    Attributes:
        spec: what was asked for.
        runtime: a key of `RUNTIMES`.
        contract: how pictures must be prepared.
        licence: of the weights; None when it is not known.
        checks: how near each tap came to torch float32, by tap, ready for JSON.
    """

    spec: BackboneSpec
    runtime: str
    contract: PreprocessSpec
    licence: str | None
    checks: dict[str, Any]
    _taps: Mapping[str, Mapping[str, Any]]
    _path: Path
    _open: "Encoder | None" = None

    def tap_record(self, tap: str) -> dict[str, Any]:
        """Return what the vectors of a tap are, as `Encoder.tap_record`.

        Raises:
            WeightsError: the network has no such tap.
        """
        return dict(self._known(tap)["record"])

    def width_of(self, tap: str) -> int:
        """Return the length of a tap's vectors.

        Raises:
            WeightsError: the network has no such tap.
        """
        return int(self._known(tap)["width"])

    def encode_taps(self, batch: "_Vectors", taps: Sequence[str]) -> "dict[str, _Vectors]":
        """Return the vectors of several taps, as `Encoder.encode_taps`.

        Raises:
            StoreError: the encoder is no longer what was recorded.
        """
        if self._open is None:
            from fieldmark.backbones.encoders import open_encoder

            self._open = open_encoder(self.spec, runtime=self.runtime)
            if _taps_of(self._open) != self._taps:
                raise StoreError(
                    f"The backbone {self.spec.full_name} gives other vectors than recorded in "
                    f"{self._path}: delete that file and run it again."
                )
        found = self._open.encode_taps(batch, taps)
        checks = {tap: check.to_dict() for tap, check in self._open.checks.items()}
        if checks != self.checks:
            self.checks = self.checks | checks
            write_json(self._path, read_json(self._path) | {"checks": self.checks})
        return found

    def _known(self, tap: str) -> Mapping[str, Any]:
        name = self.spec.tap_named(tap)
        if name not in self._taps:
            raise WeightsError(
                f"{self.spec.full_name} has no tap '{name}': it has {', '.join(self._taps)}."
            )
        return self._taps[name]


def recorded_encoder(spec: BackboneSpec, *, runtime: str, folder: Path) -> RecordedEncoder:
    """Return an encoder whose facts come from a record in a folder; opens it where there is none.

    Args:
        spec: which network, weights, options and tap.
        runtime: a key of `RUNTIMES`.
        folder: where records lie; it may be new.

    Raises:
        WeightsError: as `open_encoder`.
        StoreError: a record is damaged.
    """
    versions = {name: version_of(name) for name in _PACKAGES}
    asked: dict[str, Any] = {"spec": spec.to_dict(), "runtime": runtime, "versions": versions}
    path = folder / f"{digest_of(asked)[:_NAME_LENGTH]}.json"
    opened: Encoder | None = None
    record: dict[str, Any] | None = read_json(path) if path.exists() else None
    if record is None or record["file"] != _state_of(record["file"]):
        from fieldmark.backbones.encoders import open_encoder

        opened = open_encoder(spec, runtime=runtime)
        record = asked | {
            "file": None if opened.file is None else _state_of({"path": str(opened.file)}),
            "contract": opened.contract.to_dict(),
            "licence": opened.licence,
            "taps": _taps_of(opened),
            "checks": {},
        }
        write_json(path, record)
    contract = PreprocessSpec.from_dict(record["contract"])
    return RecordedEncoder(
        spec, runtime, contract, record["licence"], record["checks"], record["taps"], path, opened
    )


def _taps_of(encoder: "Encoder") -> dict[str, Any]:
    return {
        tap: {"width": width, "record": encoder.tap_record(tap)}
        for tap, width in encoder.widths.items()
    }


def _state_of(file: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what shows that a weight file may have changed; None for no file."""
    if file is None:
        return None
    path = Path(file["path"]).resolve()
    try:
        status = path.stat()
    except OSError:
        return {"path": str(path)}
    return {
        "path": str(path),
        "size": status.st_size,
        "times": [status.st_mtime_ns, status.st_ctime_ns],
        "inode": [status.st_dev, status.st_ino],
    }
