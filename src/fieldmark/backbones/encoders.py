"""Pictures to vectors: an open backbone, frozen, in evaluation mode, on the CPU."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fieldmark.backbones.hub import published_weights
from fieldmark.backbones.loading import LoadReport, load_into, weights_digest
from fieldmark.backbones.networks import (
    build_network,
    classifier_modules,
    configuration_of,
    contract_of,
)
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.backbones.weights import check_recorded_options, load_state
from fieldmark.core.errors import ImageError, WeightsError
from fieldmark.images.contract import PreprocessSpec

if TYPE_CHECKING:
    import torch

_RUNTIME: Final = "torch float32"

_Vectors = np.ndarray[Any, np.dtype[np.float32]]


class Encoder:
    """An open backbone. Make one with `open_encoder`.

    Attributes:
        spec: what was asked for.
        contract: how pictures must be prepared.
        width: length of a vector.
        weights_digest: digest of every value that inference reads.
        report: what of a weight file was loaded; None for random weights.
    """

    def __init__(
        self,
        spec: BackboneSpec,
        model: "torch.nn.Module",
        *,
        contract: PreprocessSpec,
        report: LoadReport | None,
    ) -> None:
        import torch

        self.spec = spec
        self.contract = contract
        self.report = report
        self.weights_digest = weights_digest(model)
        self._model = model.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        side = contract.crop_size
        self.width = int(self._forward(np.zeros((1, 3, side, side), dtype=np.float32)).shape[1])

    @property
    def tap(self) -> dict[str, Any]:
        """What the vectors are: two sets may be mixed only when this agrees; ready for JSON.

        A file is called by its name alone: its content is in the digest.
        """
        spec = self.spec
        weights = {
            "random": f"random, seed {spec.weights_seed}",
            "file": Path(spec.weights).name,
            "tag": spec.weights,
        }[spec.source]
        return {
            "backbone": spec.name,
            "weights": weights,
            "weights_digest": self.weights_digest,
            "tap": spec.tap,
            "options": dict(spec.options),
            "runtime": _RUNTIME,
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
            WeightsError: a vector is not finite.
        """
        side = self.contract.crop_size
        if batch.dtype != np.float32 or batch.ndim != 4 or batch.shape[1:] != (3, side, side):
            raise ImageError(
                f"Expected float32 pictures of shape (n, 3, {side}, {side}); found {batch.dtype} "
                f"of shape {batch.shape}: prepare them with the encoder's contract."
            )
        if len(batch) == 0:
            return np.empty((0, self.width), dtype=np.float32)
        vectors = self._forward(batch)
        spoilt = int((~np.isfinite(vectors)).any(axis=1).sum())
        if spoilt:
            raise WeightsError(
                f"Expected finite vectors; {self.spec.name} gave NaN or infinity for {spoilt} of "
                f"{len(batch)} pictures: check its weights."
            )
        return vectors

    def _forward(self, batch: _Vectors) -> _Vectors:
        import torch

        with torch.inference_mode():
            pictures = torch.tensor(batch).contiguous(memory_format=torch.channels_last)
            try:
                features = self._model.forward_features(pictures)
                vectors = self._model.forward_head(features, pre_logits=True)
            except (AssertionError, RuntimeError) as error:
                side = self.contract.crop_size
                raise WeightsError(
                    f"{self.spec.name} cannot take pictures of {side} x {side} pixels "
                    f"({str(error)[:160]}): where it has a fixed size, write options: "
                    f"{{img_size: {side}}}, otherwise change crop_size under `preprocessing`."
                ) from None
        return np.ascontiguousarray(vectors.float().numpy())


def open_encoder(spec: BackboneSpec) -> Encoder:
    """Return the backbone with its weights, ready to encode.

    Args:
        spec: which network, weights, options and tap.

    Returns:
        an encoder whose ``contract`` is what timm records for the weights (for a file: for the
        network's default weights), with the fields that ``spec.preprocessing`` sets.

    Raises:
        WeightsError: the network, tag or file is not known, not reachable or does not fit.
        ImageError: the preprocessing is not valid, or the network takes no square RGB pictures.
        MissingExtraError: torch or timm is not installed.
    """
    configuration = configuration_of(spec)
    contract = contract_of(spec, configuration)
    model = build_network(spec)
    if spec.source == "random":
        return Encoder(spec, model, contract=contract, report=None)
    path = Path(spec.weights)
    if spec.source == "tag":
        path = published_weights(f"{spec.name}.{spec.weights}", configuration)
    report = load_into(model, load_state(path), classifier=classifier_modules(configuration))
    check_recorded_options(path, spec.options)
    return Encoder(spec, model, contract=contract, report=report)
