"""Pictures to vectors: an open backbone, frozen, in evaluation mode."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fieldmark.backbones.loading import LoadReport, weights_digest
from fieldmark.backbones.networks import build_network, configuration_of, contract_of
from fieldmark.backbones.runtimes import (
    REFERENCE,
    RUNTIMES,
    RuntimeCheck,
    check_batch,
    compared,
    refuse_unlike,
    run_of,
)
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.backbones.torch_runs import Run
from fieldmark.backbones.weight_files import load_weights_into, weight_file
from fieldmark.core.checks import unknown_choice
from fieldmark.core.errors import ImageError, WeightsError
from fieldmark.images.contract import PreprocessSpec

if TYPE_CHECKING:
    import torch

_Vectors = np.ndarray[Any, np.dtype[np.float32]]


class Encoder:
    """An open backbone. Make one with `open_encoder`.

    Attributes:
        spec: what was asked for.
        contract: how pictures must be prepared.
        runtime: what runs the network, a key of `RUNTIMES`.
        widths: length of a vector of each tap that the network has.
        weights_digest: digest of every value that inference reads.
        report: what of a weight file was loaded; None for random weights.
        file: the weight file; None for random weights.
        licence: of the weights; None when it is not known.
        checks: how near each tap that was used comes to torch float32; empty for that runtime.
    """

    def __init__(
        self,
        spec: BackboneSpec,
        model: "torch.nn.Module",
        *,
        contract: PreprocessSpec,
        runtime: str = REFERENCE,
        report: LoadReport | None = None,
        file: Path | None = None,
        licence: str | None = None,
    ) -> None:
        import torch

        if runtime not in RUNTIMES:
            raise WeightsError(unknown_choice("runtime", runtime, tuple(RUNTIMES)))
        self.spec, self.contract, self.runtime = spec, contract, runtime
        self.report, self.file, self.licence = report, file, licence
        self.weights_digest = weights_digest(model)
        self.checks: dict[str, RuntimeCheck] = {}
        self._model = model.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self._runs: dict[tuple[str, ...], Run] = {}
        self.widths = self._probed()
        self._known(spec.tap)

    @property
    def width(self) -> int:
        """Length of a vector of the spec's tap."""
        return self.widths[self.spec.tap]

    def width_of(self, tap: str) -> int:
        """Return the length of a tap's vectors.

        Raises:
            WeightsError: the network has no such tap.
        """
        return self.widths[self._known(tap)]

    @property
    def tap(self) -> dict[str, Any]:
        """What the vectors of ``encode`` are; see `tap_record`."""
        return self.tap_record(self.spec.tap)

    def tap_record(self, tap: str) -> dict[str, Any]:
        """Return what the vectors of a tap are: two sets may be mixed only when this agrees.

        A file is called by its name alone: its content is in the digest.

        Args:
            tap: one that the network has.

        Returns:
            fields, ready for JSON.

        Raises:
            WeightsError: the network has no such tap.
        """
        spec = self.spec
        weights = {
            "random": f"random, seed {spec.weights_seed}",
            "file": Path(spec.weights).name,
        }.get(spec.source, spec.weights)
        return {
            "backbone": spec.full_name,
            "weights": weights,
            "weights_digest": self.weights_digest,
            "tap": self._known(tap),
            "options": dict(spec.options),
            "runtime": RUNTIMES[self.runtime],
        }

    def encode(self, batch: _Vectors) -> _Vectors:
        """Return one vector per picture; what else is in the batch makes no difference.

        Args:
            batch: float32 array (n, 3, crop_size, crop_size), prepared as ``contract`` says; n may
                be 0.

        Returns:
            float32 array (n, width).

        Raises:
            ImageError: the batch has another shape or dtype.
            WeightsError: a vector is not finite, or the runtime's vectors are not near enough to
                those of torch float32.
        """
        return self.encode_taps(batch, (self.spec.tap,))[self.spec.tap]

    def encode_taps(self, batch: _Vectors, taps: Sequence[str]) -> dict[str, _Vectors]:
        """Return the vectors of several taps, from one pass.

        Args:
            batch: as `encode` takes it.
            taps: which; at least one that the network has.

        Returns:
            float32 array (n, width) by tap, under the names that were asked for.

        Raises:
            ImageError: the batch has another shape or dtype.
            WeightsError: the network has no such tap, or as `encode`.
        """
        side = self.contract.crop_size
        if batch.dtype != np.float32 or batch.ndim != 4 or batch.shape[1:] != (3, side, side):
            raise ImageError(
                f"Expected float32 pictures of shape (n, 3, {side}, {side}); found {batch.dtype} "
                f"of shape {batch.shape}: prepare them with the encoder's contract."
            )
        known = {tap: self._known(tap) for tap in taps}
        if len(batch) == 0:
            return {
                tap: np.empty((0, self.widths[own]), dtype=np.float32) for tap, own in known.items()
            }
        distinct = tuple(dict.fromkeys(known.values()))
        found = dict(zip(distinct, self._run(distinct)(batch), strict=True))
        self._check_finite(found, len(batch))
        return {tap: found[own] for tap, own in known.items()}

    def _known(self, tap: str) -> str:
        """Return the one name of a tap; refuse one that the network lacks."""
        name = self.spec.tap_named(tap)
        if name not in self.widths:
            raise WeightsError(
                f"{self.spec.full_name} has no tap '{name}': it has {', '.join(self.widths)}."
            )
        return name

    def _run(self, taps: tuple[str, ...]) -> Run:
        if taps not in self._runs:
            self._runs[taps] = self._made(taps)
        return self._runs[taps]

    def _made(self, taps: tuple[str, ...]) -> Run:
        """Return what runs these taps, once it has been compared with torch float32."""
        from fieldmark.backbones.taps import tapped

        side = self.contract.crop_size
        network = tapped(self.spec.family, self._model, taps)
        run = run_of(self.runtime, network, side)
        if self.runtime != REFERENCE:
            pictures = check_batch(side)
            expected = run_of(REFERENCE, network, side)(pictures)
            for tap, own, wanted in zip(taps, run(pictures), expected, strict=True):
                self.checks[tap] = compared(own, wanted)
                refuse_unlike(self.runtime, tap, self.checks[tap])
        return run

    def _check_finite(self, found: dict[str, _Vectors], pictures: int) -> None:
        for vectors in found.values():
            spoilt = int((~np.isfinite(vectors)).any(axis=1).sum())
            if spoilt:
                raise WeightsError(
                    f"Expected finite vectors; {self.spec.name} gave NaN or infinity for {spoilt} "
                    f"of {pictures} pictures: check its weights."
                )

    def _probed(self) -> dict[str, int]:
        from fieldmark.backbones.taps import widths_of

        side = self.contract.crop_size
        try:
            return widths_of(self.spec.family, self._model, side)
        except (AssertionError, RuntimeError) as error:
            raise WeightsError(
                f"{self.spec.name} cannot take pictures of {side} x {side} pixels "
                f"({str(error)[:160]}): where it has a fixed size, write options: "
                f"{{img_size: {side}}}, otherwise change crop_size under `preprocessing`."
            ) from None


def open_encoder(spec: BackboneSpec, *, runtime: str = REFERENCE) -> Encoder:
    """Return the backbone with its weights, ready to encode.

    Args:
        spec: which network, weights, options and tap.
        runtime: what runs the network, a key of `RUNTIMES`.

    Returns:
        an encoder whose ``contract`` is what its family records for the weights (for a file: for
        the network's default weights), with the fields that ``spec.preprocessing`` sets.

    Raises:
        WeightsError: the network, tag or file is not known, not reachable or does not fit; the
            network has no such tap; or there is no such runtime.
        ImageError: the preprocessing is not valid, or the network takes no square RGB pictures.
        MissingExtraError: torch, timm or open_clip is not installed.
    """
    configuration = configuration_of(spec)
    contract = contract_of(spec, configuration)
    model = build_network(spec)
    file = weight_file(spec)
    recorded = configuration.get("license") if spec.source == "tag" else None
    return Encoder(
        spec,
        model,
        contract=contract,
        runtime=runtime,
        report=None if file is None else load_weights_into(model, spec, file),
        file=file,
        licence=spec.licence or recorded,
    )
