"""A bundle written: whole or not at all, and read again before it counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldmark.backbones.encoders import Encoder
from fieldmark.backbones.networks import build_network
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.backbones.weight_files import load_weights_into
from fieldmark.core.digests import digest_of_strings
from fieldmark.core.errors import StoreError
from fieldmark.core.provenance import provenance
from fieldmark.core.storage import atomic_directory, write_json, write_text
from fieldmark.evaluation.record import Evaluation
from fieldmark.export.bundle import (
    CALIBRATOR,
    CARD,
    EVALUATION,
    MANIFEST,
    OPERATING_POINT,
    TAXONOMY,
    Bundle,
    described_files,
    is_bundle,
    manifest_content,
)
from fieldmark.export.documents import check_documents
from fieldmark.export.loading import BACKBONE, HEAD, TUNED
from fieldmark.export.model_card import model_card
from fieldmark.export.scorer import EncoderHeadScorer
from fieldmark.export.vectors import FOLDER, write_vectors
from fieldmark.export.verifying import verify_bundle
from fieldmark.heads.storage import save_head
from fieldmark.manifest.taxonomy import Taxonomy, taxonomy_to_json

if TYPE_CHECKING:
    from fieldmark.training.prediction import TunedModel


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Contents:
    """What goes into a bundle.

    Attributes:
        study: name of the study.
        contender: name of the model in it.
        seed: training seed; None where there is none.
        model: what answers.
        taxonomy: ranks above the classes; None without one.
        split_digest: of the study; None where it is not known.
        licences: what is known of the licences, one sentence each.
        calibrator: a calibrator's document, fitted to this model; None without one.
        operating_point: a rule's document, fitted to this model; None without one.
        evaluation: what was measured of this model; None where nothing was.

    Raises:
        NotComparableError: a document was fitted to another model.
    """

    study: str
    contender: str
    seed: int | None
    model: "EncoderHeadScorer | TunedModel"
    taxonomy: Taxonomy | None
    split_digest: str | None
    licences: tuple[str, ...]
    calibrator: Mapping[str, Any] | None = None
    operating_point: Mapping[str, Any] | None = None
    evaluation: Evaluation | None = None

    def __post_init__(self) -> None:
        check_documents(
            self.calibrator,
            self.operating_point,
            contender=self.contender,
            seed=self.seed,
            classes=self.model.label_space.classes,
        )


def write_bundle(contents: Contents, folder: Path) -> Bundle:
    """Write a bundle, open it again and replay its test vectors; return what it says of itself.

    Args:
        contents: what goes into it.
        folder: a new folder, an empty one, or a bundle, which is replaced.

    Raises:
        StoreError: the folder holds something else, or the written bundle answers otherwise.
    """
    if folder.exists() and not is_bundle(folder) and (folder.is_file() or any(folder.iterdir())):
        raise StoreError(
            f"Expected a new folder or a bundle at {folder}; there is something else, which is not"
            " overwritten. Name another folder."
        )
    with atomic_directory(folder) as place:
        bundle = _described(contents)
        _write_model(contents.model, place)
        _write_documents(contents, place)
        write_vectors(place / FOLDER, contents.model)
        card = model_card(
            bundle,
            evaluation=contents.evaluation,
            calibrator=contents.calibrator,
            operating_point=contents.operating_point,
        )
        write_text(place / CARD, card)
        whole = bundle.model_copy(update={"files": described_files(place)})
        write_json(place / MANIFEST, manifest_content(whole))
        problems = verify_bundle(place).problems
        if problems:
            raise StoreError(
                f"The bundle that was written does not answer as before: {problems[0]}"
            )
    return whole


def _described(contents: Contents) -> Bundle:
    """Return the manifest without its files."""
    model = contents.model
    own, training_ids = _facts_of(model)
    ids = sorted(set(training_ids))
    return Bundle(
        **own,
        study=contents.study,
        contender=contents.contender,
        seed=contents.seed,
        score_kind=model.score_kind,
        classes=model.label_space.classes,
        ranks=() if contents.taxonomy is None else contents.taxonomy.ranks,
        contract=model.contract.to_dict(),
        training_count=len(ids),
        training_ids_digest=digest_of_strings(ids),
        pixels=None if model.pixels is None else model.pixels.to_dict(),
        split_digest=contents.split_digest,
        licences=contents.licences,
        provenance=provenance(),
        files={},
    )


def _facts_of(model: "EncoderHeadScorer | TunedModel") -> tuple[dict[str, Any], Iterable[str]]:
    """Return what differs between the kinds of models, and what was learnt from."""
    if isinstance(model, EncoderHeadScorer):
        own: dict[str, Any] = {
            "model": "encoder-and-head",
            "backbone": _without_folders(model.encoder.spec).to_dict(),
            "tap": model.encoder.tap,
            "head_kind": model.head.kind,
        }
        return own, model.head.origin.training_ids
    own = {
        "model": "tuned",
        "backbone": _without_folders(model.backbone).to_dict(),
        "tap": model.tap,
        "head_kind": None,
    }
    return own, model.training_ids


def _without_folders(spec: BackboneSpec) -> BackboneSpec:
    """Return a backbone whose file of weights has a name alone: where it lay is not passed on."""
    return replace(spec, weights=Path(spec.weights).name) if spec.source == "file" else spec


def _write_model(model: "EncoderHeadScorer | TunedModel", place: Path) -> None:
    if not isinstance(model, EncoderHeadScorer):
        from fieldmark.training.tuned_storage import save_tuned

        save_tuned(replace(model, backbone=_without_folders(model.backbone)), place / TUNED)
        return
    _write_backbone(model.encoder, place / BACKBONE)
    save_head(model.head, place / HEAD)


def _write_backbone(encoder: Encoder, path: Path) -> None:
    """Write every tensor of a backbone, as it was loaded; half precision became float32 there."""
    from safetensors.torch import save_file

    network = build_network(encoder.spec)
    if encoder.file is not None:
        load_weights_into(network, encoder.spec, encoder.file)
    # Two names of one tensor are two tensors of a file.
    state = {name: value.contiguous().clone() for name, value in network.state_dict().items()}
    save_file(state, path, metadata={"format": "pt"})
    path.chmod(0o644)


def _write_documents(contents: Contents, place: Path) -> None:
    evaluation, taxonomy = contents.evaluation, contents.taxonomy
    documents = {
        TAXONOMY: None if taxonomy is None else taxonomy_to_json(taxonomy),
        CALIBRATOR: contents.calibrator,
        OPERATING_POINT: contents.operating_point,
        EVALUATION: None if evaluation is None else evaluation.to_dict(),
    }
    for name, document in documents.items():
        if document is not None:
            write_json(place / name, document)
