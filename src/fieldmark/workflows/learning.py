"""A contender that is trained here: embed once, fit a head, predict."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from fieldmark.backbones.encoders import Encoder
from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.progress import Progress
from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.experiments.contenders import BackboneConfig, TrainedContender
from fieldmark.experiments.head_sections import LogisticHead
from fieldmark.experiments.plan import RunSpec, inner_folds_of
from fieldmark.experiments.study_file import StudyFile
from fieldmark.heads.head import Head
from fieldmark.heads.kinds import fit_head
from fieldmark.heads.storage import save_head
from fieldmark.workflows.choosing import monitor_of
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.parts import header_of, items_of, label_space_of, write_part
from fieldmark.workflows.pixels import pixel_worries, pixels_of
from fieldmark.workflows.shared_embeddings import SharedEmbeddings, embeddings_of

HEAD = "head"
_TRAIN = "train"


def train(
    ground: Ground,
    spec: RunSpec,
    contender: TrainedContender,
    *,
    folder: Path,
    progress: Progress,
    shared: SharedEmbeddings | None = None,
) -> Mapping[str, JsonValue]:
    """Fit one cell's head on the training part and store its predictions on the others.

    Args:
        ground: what the cell sees; its split is the only one.
        spec: the cell.
        contender: its backbone and head.
        folder: the cell's folder: gets the head and the predictions.
        progress: who is told how far the work is.
        shared: embeddings that other cells of the run have looked up; None for this cell alone.

    Returns:
        Facts for the record: digests, counts, the training record of the head and worries.
    """
    protocol = ground.file.study.protocol
    chosen_on = protocol.selection.on if protocol.selection else None
    judged = list(dict.fromkeys(part for part in (chosen_on, protocol.report_on) if part))
    shared = shared or SharedEmbeddings()
    backbone = backbone_spec(ground.file, contender.backbone)
    embeddings = shared.of_parts(ground, backbone, [_TRAIN, *judged], progress)
    contract = shared.encoder(backbone).contract
    seen = {part: pixels_of(ground, contract, part) for part in [_TRAIN, *judged]}
    head = _fit(ground, spec, contender, embeddings)
    head = head.with_origin(replace(head.origin, pixels=seen[_TRAIN]))
    worries = pixel_worries(seen[_TRAIN], {part: seen[part] for part in judged}, progress)
    save_head(head, folder / HEAD)
    raw = {
        part: _predict(ground, spec, head, part=part, embeddings=embeddings[part], folder=folder)
        for part in judged
    }
    digests: dict[str, JsonValue] = {part: digest for part, digest in raw.items() if digest}
    training = head.facts().get("training", {})
    return {
        "head": head.digest,
        "tap": shared.encoder(backbone).tap,
        "trained_on": len(embeddings[_TRAIN]),
        "excluded": {part: len(found.excluded) for part, found in embeddings.items()},
        "training": training,
        "worries": list(worries),
        **({"rank_heads": digests} if digests else {}),
    }


def backbone_spec(file: StudyFile, config: BackboneConfig) -> BackboneSpec:
    """Return the backbone that a study names; files are found beside the study."""
    weights = config.weights
    return BackboneSpec(
        config.name,
        str(file.locate(weights)) if config.weights_are_a_file else weights,
        options=config.options,
        tap=config.tap,
        weights_seed=config.weights_seed,
        preprocessing=config.preprocessing,
        family=config.family,
        licence=config.licence,
    )


def embed(
    ground: Ground, encoder: Encoder, parts: Sequence[str], progress: Progress
) -> dict[str, EmbeddingSet]:
    """Return the embeddings of each part; what was computed before is read from the store.

    Raises:
        StudyError: the backbone asks for masks or boxes that the study does not name.
    """
    return {
        part: embeddings_of(ground, encoder, ground.split.ids(part), progress) for part in parts
    }


def _fit(
    ground: Ground,
    spec: RunSpec,
    contender: TrainedContender,
    embeddings: Mapping[str, EmbeddingSet],
) -> Head:
    known, label_space = embeddings[_TRAIN], label_space_of(ground)
    selection = ground.file.study.protocol.selection
    chosen_on = selection.on if selection else None
    images = ground.manifest.select(known.ids)
    groups = images.groups
    return fit_head(
        contender.head.kind,
        known,
        labels=label_space.positions(images.labels.to_list()),
        label_space=label_space,
        settings=_head_settings(ground, contender),
        seed=spec.seed or 0,
        monitor=None if chosen_on is None else monitor_of(ground, spec, embeddings[chosen_on]),
        groups=None if groups is None else groups.to_list(),
        taxonomy=ground.manifest.taxonomy,
    )


def _head_settings(ground: Ground, contender: TrainedContender) -> dict[str, Any]:
    settings = contender.head.model_dump(exclude={"kind"})
    if isinstance(contender.head, LogisticHead):
        settings["inner_folds"] = inner_folds_of(ground.file.study, contender.head)
    return settings


def _predict(
    ground: Ground,
    spec: RunSpec,
    head: Head,
    *,
    part: str,
    embeddings: EmbeddingSet,
    folder: Path,
) -> str | None:
    """Store the predictions of one part; return the digest of the raw heads of ranks, if any."""
    facts: dict[str, Any] = {
        "contract": embeddings.contract,
        "tap": embeddings.tap,
        "excluded": len(embeddings.excluded),
    }
    header = header_of(ground, spec, part=part, kind=head.score_kind, facts=facts)
    return write_part(
        folder,
        header,
        items=items_of(ground, embeddings.ids),
        label_space=head.label_space,
        blocks=[head.predict_scores(embeddings)],
        taxonomy=ground.manifest.taxonomy,
        training_ids=head.origin.training_ids,
        rank_scores=head.rank_scores_of(embeddings.vectors),
    )
