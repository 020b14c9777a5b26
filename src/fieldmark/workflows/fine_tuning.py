"""A contender that is fine-tuned here: train, keep the best epoch, predict."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from fieldmark.core.errors import StudyError
from fieldmark.core.progress import Progress
from fieldmark.experiments.contenders import FineTunedContender
from fieldmark.experiments.plan import RunSpec
from fieldmark.experiments.study_file import StudyFile
from fieldmark.experiments.tuning import TrainingConfig
from fieldmark.images.augmented_reading import AugmentedReader
from fieldmark.images.presets import preset_of
from fieldmark.predictions.header import PredictionsHeader, ScoreKind
from fieldmark.predictions.table import Predictions
from fieldmark.training.data import Reader, TrainingImages, read_plain
from fieldmark.training.fit import fine_tune
from fieldmark.training.health import Beside, health_of
from fieldmark.training.hierarchy import HierarchySettings
from fieldmark.training.loggers import CURVES
from fieldmark.training.lora import LoraSettings
from fieldmark.training.losses import LossSettings
from fieldmark.training.mixing import MixingSettings
from fieldmark.training.prediction import TunedModel
from fieldmark.training.settings import TrainingSettings, WarmStart
from fieldmark.training.tuned_storage import save_tuned
from fieldmark.training.watching import Judge
from fieldmark.workflows.choosing import worth
from fieldmark.workflows.ground import Ground
from fieldmark.workflows.learning import backbone_spec
from fieldmark.workflows.parts import header_of, items_of, label_space_of, write_part
from fieldmark.workflows.pixels import pixel_worries, pixels_of
from fieldmark.workflows.readable import Readable, readable

TUNED = "tuned"
_TRAIN = "train"


def tune(
    ground: Ground,
    spec: RunSpec,
    contender: FineTunedContender,
    *,
    folder: Path,
    progress: Progress,
) -> Mapping[str, JsonValue]:
    """Fine-tune one cell's network on the training part and store its predictions on the others.

    A cell that was killed goes on where it was: its state lies in ``work/`` beside the cells until
    the cell is done.

    Args:
        ground: what all contenders share.
        spec: the cell.
        contender: its backbone and training.
        folder: the cell's folder: gets the network, its predictions and the curves asked for.
        progress: who is told how far the work is.

    Returns:
        Facts for the record: digests, counts, the training record and worries.
    """
    protocol = ground.file.study.protocol
    chosen_on = protocol.selection.on if protocol.selection else None
    judged = list(dict.fromkeys(part for part in (chosen_on, protocol.report_on) if part))
    backbone = backbone_spec(ground.file, contender.backbone)
    found = {part: readable(ground, backbone, part, progress) for part in [_TRAIN, *judged]}
    images = TrainingImages(
        found[_TRAIN].paths,
        _positions(ground, found[_TRAIN]),
        label_space_of(ground),
        reader_of(contender.training.augmentation, seed=spec.seed or 0),
        found[_TRAIN].regions,
        ground.manifest.taxonomy,
    )
    work = _work_folder(ground, spec)
    model = fine_tune(
        backbone,
        images,
        settings=settings_of(ground.file, contender.training),
        seed=spec.seed or 0,
        folder=work,
        monitor=None if chosen_on is None else judge_of(ground, spec, found[chosen_on]),
        progress=progress,
    )
    save_tuned(model, folder / TUNED)
    raw = {
        part: _predict(ground, spec, model, part=part, images=found[part], folder=folder)
        for part in judged
    }
    beside = found[chosen_on or protocol.report_on]
    held_out = Beside(beside.paths, _positions(ground, beside), beside.regions)
    health = health_of(model, images, held_out)
    if (work / CURVES).is_dir():
        shutil.copytree(work / CURVES, folder / CURVES)
    shutil.rmtree(work.parent)
    seen = {part: pixels_of(ground, model.contract, part) for part in judged}
    facts = _facts(model, found, health, pixel_worries(model.pixels, seen, progress))
    rank_heads: dict[str, JsonValue] = {part: digest for part, digest in raw.items() if digest}
    return {**facts, **({"rank_heads": rank_heads} if rank_heads else {})}


def settings_of(file: StudyFile, config: TrainingConfig) -> TrainingSettings:
    """Return the settings of a training that a study states; files are found beside the study.

    Raises:
        StudyError: two settings contradict each other.
    """
    given: dict[str, Any] = config.model_dump()
    warm, lora = given["warm_start"], given["lora"]
    if warm is not None:
        given["warm_start"] = WarmStart(**warm | {"file": str(file.locate(warm["file"]))})
    given["lora"] = None if lora is None else LoraSettings(**lora)
    tree = given["hierarchy"]
    given["loss"] = LossSettings(**given["loss"])
    given["hierarchy"] = None if tree is None else HierarchySettings(**tree)
    given["mixing"] = MixingSettings(**given["mixing"])
    return TrainingSettings(**given)


def reader_of(augmentation: str, *, seed: int) -> Reader:
    """Return how training images are read under the augmentation that a study names.

    Args:
        augmentation: name of a preset; "none" for nothing.
        seed: of the training; with image and epoch it decides what is done.

    Raises:
        ImageError: there is no preset of that name.
    """
    preset = preset_of(augmentation)
    return AugmentedReader(preset, seed) if preset.steps else read_plain


def judge_of(ground: Ground, spec: RunSpec, images: Readable) -> Judge:
    """Return what judges an epoch: the study's metric on the part that it selects on.

    Raises:
        StudyError: nothing is selected, or, when judging, the metric cannot be measured there.
    """
    selection = ground.file.study.protocol.selection
    if selection is None:
        raise StudyError("Expected a selection in the protocol to judge epochs by; there is none.")
    items = items_of(ground, images.paths)
    header = PredictionsHeader(score_kind=ScoreKind.LOGITS, contender=spec.contender)
    label_space = label_space_of(ground)

    def measure(scores: npt.NDArray[np.float32]) -> float:
        predictions = Predictions(header, items, label_space, scores)
        return worth(predictions, selection.metric, part=selection.on)

    return Judge(selection.on, images.paths, measure, images.region_list)


def _positions(ground: Ground, images: Readable) -> npt.NDArray[np.int64]:
    labels = ground.manifest.select(images.paths).labels
    return label_space_of(ground).positions(labels.to_list())


def _work_folder(ground: Ground, spec: RunSpec) -> Path:
    """Return where the state of a cell lies meanwhile; what other inputs left there is removed."""
    folder = ground.ledger.work_folder(spec)
    for left in folder.parent.iterdir() if folder.parent.is_dir() else ():
        if left.name != folder.name:
            shutil.rmtree(left)
    return folder


def _predict(
    ground: Ground,
    spec: RunSpec,
    model: TunedModel,
    *,
    part: str,
    images: Readable,
    folder: Path,
) -> str | None:
    """Store the predictions of one part; return the digest of the raw heads of ranks, if any."""
    facts: dict[str, Any] = {
        "contract": model.contract.to_dict(),
        "tap": model.tap,
        "excluded": images.excluded,
    }
    header = header_of(ground, spec, part=part, kind=model.score_kind, facts=facts)
    outputs = model.predict_outputs(list(images.paths.values()), regions=images.region_list)
    raw = model.rank_scores(outputs)
    return write_part(
        folder,
        header,
        items=items_of(ground, images.paths),
        label_space=model.label_space,
        blocks=[model.class_scores(outputs)],
        taxonomy=ground.manifest.taxonomy,
        training_ids=model.training_ids,
        rank_scores=None if raw is None else tuple(raw.values()),
    )


def _facts(
    model: TunedModel,
    found: Mapping[str, Readable],
    health: dict[str, Any],
    unlike: Sequence[JsonValue],
) -> dict[str, JsonValue]:
    record = dict(model.record)
    worries: Sequence[JsonValue] = [*record.pop("worries"), *health.pop("worries", []), *unlike]
    return {
        "network": model.digest,
        "tap": model.tap,
        "trained_on": len(model.training_ids),
        "excluded": {part: images.excluded for part, images in found.items()},
        "training": record,
        "health": health,
        "worries": list(worries),
    }
