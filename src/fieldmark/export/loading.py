"""A bundle opened: everything that answering needs, from its folder alone, offline."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fieldmark.backbones.encoders import open_encoder
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.checks import count_of
from fieldmark.core.errors import StoreError
from fieldmark.core.storage import read_json
from fieldmark.export.bundle import (
    CALIBRATOR,
    OPERATING_POINT,
    TAXONOMY,
    Bundle,
    file_problems,
    read_bundle,
)
from fieldmark.export.deciding import (
    Calibrate,
    Decide,
    FloatArray,
    calibration_of,
    decision_of,
)
from fieldmark.export.scorer import EncoderHeadScorer, Scorer, runtime_of, score_each
from fieldmark.heads.storage import load_head
from fieldmark.manifest.taxonomy import Taxonomy, taxonomy_from_json
from fieldmark.predictions.header import ScoreKind
from fieldmark.predictions.shares import softmax

BACKBONE: Final = "backbone.safetensors"
HEAD: Final = "head"
TUNED: Final = "tuned"


@dataclass(frozen=True, eq=False, slots=True)
class OpenBundle:
    """A model that is ready to answer.

    Attributes:
        bundle: what it says of itself.
        scorer: prepared pictures in, raw scores out.
        taxonomy: ranks above the classes; None without one.
        calibrate: from raw scores to calibrated probabilities; None without a calibrator.
        decide: from scores, calibrated where there is a calibrator, to decisions; None without an
            operating point.
    """

    bundle: Bundle
    scorer: Scorer
    taxonomy: Taxonomy | None
    calibrate: Calibrate | None
    decide: Decide | None

    def score(self, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the raw scores of prepared pictures; their company makes no difference.

        Args:
            pixels: float32 array (n, 3, crop_size, crop_size), as the contract says; n may be 0.

        Returns:
            float32 array (n, n_classes).

        Raises:
            ImageError: the pictures have another shape or dtype.
            WeightsError: a value on the way is not finite.
        """
        return score_each(self.scorer, pixels)

    @property
    def answer_kind(self) -> ScoreKind:
        """What `answer_scores` gives: logits go through a softmax."""
        if self.calibrate is not None or self.scorer.score_kind is ScoreKind.LOGITS:
            return ScoreKind.PROBABILITIES
        return self.scorer.score_kind

    def answer_scores(self, scores: FloatArray) -> FloatArray:
        """Return what people are told: calibrated, or else through a softmax where they are logits.

        Args:
            scores: float array (n, n_classes), raw scores.
        """
        if self.calibrate is not None:
            return self.calibrate(scores)
        return softmax(scores) if self.scorer.score_kind is ScoreKind.LOGITS else scores


def load_bundle(folder: Path) -> OpenBundle:
    """Return the model of a bundle; neither its study nor a network connection is needed.

    Every file is compared with its digest before anything of it is used.

    Raises:
        StoreError: there is no bundle; it is of another format; a file is missing or was changed.
        NotComparableError: the installed packages build another network than was exported.
        MissingExtraError: torch or timm is not installed.
    """
    bundle = read_bundle(folder)
    problems = file_problems(bundle, folder)
    if problems:
        rest = count_of(len(problems) - 1, "other file differs", "other files differ")
        more = f" ({rest}, too)" if len(problems) > 1 else ""
        raise StoreError(
            f"The bundle {folder} is not as it was written: {problems[0]}{more} Copy or export it"
            " again."
        )
    return open_verified(bundle, folder)


def open_verified(bundle: Bundle, folder: Path) -> OpenBundle:
    """Return the model of a bundle whose files have been compared with their digests."""
    scorer = _scorer(bundle, folder)
    if scorer.label_space.classes != bundle.classes:
        raise StoreError(
            f"Expected the model in {folder} to have the classes of its manifest, in their order;"
            " it has others. Export it again."
        )
    taxonomy = taxonomy_from_json(read_json(folder / TAXONOMY)) if bundle.ranks else None
    calibrate = decide = None
    kind = bundle.score_kind
    if CALIBRATOR in bundle.files:
        calibrate = calibration_of(read_json(folder / CALIBRATOR), scorer.label_space, kind)
        kind = ScoreKind.PROBABILITIES
    if OPERATING_POINT in bundle.files:
        stored = read_json(folder / OPERATING_POINT)
        decide = decision_of(stored, scorer.label_space, taxonomy, kind)
    return OpenBundle(bundle, scorer, taxonomy, calibrate, decide)


def _scorer(bundle: Bundle, folder: Path) -> Scorer:
    if bundle.model == "tuned":
        from fieldmark.training.tuned_storage import load_tuned

        return load_tuned(folder / TUNED)
    written: dict[str, Any] = {**bundle.backbone, "preprocessing": bundle.contract}
    spec = BackboneSpec(**written | {"weights": str(folder / BACKBONE)})
    runtime = runtime_of(str(bundle.tap["runtime"]))
    return EncoderHeadScorer(open_encoder(spec, runtime=runtime), load_head(folder / HEAD))
