"""Fine-tuning from start to end: Lightning runs it, and a killed run goes on where it was."""

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.core.errors import StudyError
from fieldmark.core.progress import Progress, SilentProgress
from fieldmark.images.seen_pixels import seen_pixels
from fieldmark.training.checkpoints import BEST, LAST, load_checkpoint
from fieldmark.training.data import TrainingImages
from fieldmark.training.distributed import strategy_of
from fieldmark.training.interpolation import interpolate
from fieldmark.training.loggers import CURVES, loggers_of
from fieldmark.training.lora import merge_adapters
from fieldmark.training.module import FineTuning, History
from fieldmark.training.monitors import loss_worries
from fieldmark.training.networks import OpenNetwork, open_network
from fieldmark.training.prediction import TunedModel, scores_of
from fieldmark.training.running import as_configured, run
from fieldmark.training.settings import TrainingSettings
from fieldmark.training.tree_outputs import TreeOutputs, outputs_of
from fieldmark.training.tuning_record import record_of
from fieldmark.training.unfolding import unfold_norms
from fieldmark.training.watching import Judge, Watch


def fine_tune(
    backbone: BackboneSpec,
    images: TrainingImages,
    *,
    settings: TrainingSettings,
    seed: int,
    folder: Path,
    monitor: Judge | None = None,
    progress: Progress | None = None,
) -> TunedModel:
    """Return a network fine-tuned on images, at the epoch that was judged best.

    Where the folder holds the state of the same training, that one goes on: killed and resumed, it
    gives what it would have given uninterrupted, exactly on the CPU. The state of another training
    is refused.

    Args:
        backbone: network and weights to begin with.
        images: what is learnt from.
        settings: how.
        seed: of classifier, order, mixing and dropout; 0 or more.
        folder: where the state lies meanwhile; stays afterwards.
        monitor: judges every epoch on images that are not learnt from; None keeps the last epoch.
        progress: who is told how far it is; nobody when None.

    Raises:
        StoreError: the folder holds the state of another training, or a damaged one.
        StudyError: the loss was not finite before any epoch could be kept, or shares are to be
            chosen among without a monitor.
        WeightsError: the weights do not fit.
        ImageError: an image cannot be read.
    """
    _check_shares(settings, monitor)
    key = _key_of(backbone, images, settings, seed)
    with as_configured(settings):
        outputs = outputs_of(settings, images)
        opened = open_network(
            backbone,
            classes=len(images.label_space),
            seed=seed,
            settings=settings,
            outputs=outputs,
        )
        if settings.norms == "unfold":
            files = list(images.paths.values())
            opened = unfold_norms(opened, files, regions=images.region_list)
        history = _trained(
            opened,
            images,
            settings,
            seed=seed,
            folder=folder,
            key=key,
            monitor=monitor,
            progress=progress or SilentProgress(),
        )
        _take_best(opened, history, folder, key, classes=len(images.label_space))
        if settings.lora is not None:
            merge_adapters(opened.module)
        share = _interpolated(opened, settings, monitor, outputs)
    record = record_of(history, images, settings, seed=seed, loaded=opened.loaded, share=share)
    pixels = seen_pixels(list(images.paths.values()), opened.contract, regions=images.region_list)
    return TunedModel(
        backbone,
        opened.contract,
        images.label_space,
        images.ids,
        opened.module,
        asdict(record),
        pixels,
        outputs,
    )


def _check_shares(settings: TrainingSettings, monitor: Judge | None) -> None:
    if len(settings.wise_ft) > 1 and monitor is None:
        raise StudyError(
            f"Expected a monitor to choose among {len(settings.wise_ft)} shares of wise_ft by; got"
            " none. Name a selection, or one share."
        )


def _trained(
    opened: OpenNetwork,
    images: TrainingImages,
    settings: TrainingSettings,
    *,
    seed: int,
    folder: Path,
    key: dict[str, str],
    monitor: Judge | None,
    progress: Progress,
) -> History:
    """Train what is left of the epochs, and return what was seen in all of them."""
    module = FineTuning(
        opened.module, images, contract=opened.contract, settings=settings, seed=seed
    )
    last = load_checkpoint(folder / LAST, key=key)
    if last is not None:
        module.go_on_from(last.content)
    if module.place.epoch < settings.epochs and not module.history.stopped:
        _train(module, opened, settings, folder=folder, key=key, monitor=monitor, progress=progress)
    return History(**_content(folder / LAST, key)["history"])


def _key_of(
    backbone: BackboneSpec, images: TrainingImages, settings: TrainingSettings, seed: int
) -> dict[str, str]:
    tree = images.taxonomy if settings.hierarchy is not None else None
    return {
        "settings": settings.digest,
        "images": images.digest,
        "backbone": backbone.digest,
        "seed": str(seed),
        "tree": "" if tree is None else tree.digest,
    }


def _train(
    module: FineTuning,
    opened: OpenNetwork,
    settings: TrainingSettings,
    *,
    folder: Path,
    key: dict[str, str],
    monitor: Judge | None,
    progress: Progress,
) -> None:
    import lightning

    place, devices = module.place, settings.devices * settings.nodes
    left = (settings.epochs - place.epoch) * module.batches_in_epoch() // devices - place.batch
    folder.mkdir(parents=True, exist_ok=True)
    with progress.step("fine-tune", max(1, left)) as step:
        watch = Watch(
            settings=settings,
            contract=opened.contract,
            judge=monitor,
            folder=folder,
            key=key,
            step=step,
        )
        trainer = lightning.Trainer(
            accelerator=settings.accelerator,
            devices=settings.devices,
            num_nodes=settings.nodes,
            strategy=strategy_of(settings),
            precision=settings.precision,
            max_epochs=settings.epochs - place.epoch,
            accumulate_grad_batches=settings.accumulate,
            gradient_clip_val=settings.clip,
            deterministic=True if settings.accelerator == "cpu" else "warn",
            reload_dataloaders_every_n_epochs=1,
            use_distributed_sampler=False,
            callbacks=[watch],
            logger=loggers_of(settings.loggers, folder / CURVES) or False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            default_root_dir=folder,
        )
        run(trainer, module)


def _content(path: Path, key: dict[str, str]) -> dict[str, Any]:
    stored = load_checkpoint(path, key=key)
    if stored is None:
        raise StudyError(f"Expected the state of a training at {path}; there is none.")
    return stored.content


def _take_best(
    opened: OpenNetwork, history: History, folder: Path, key: dict[str, str], *, classes: int
) -> None:
    """Put the values of the best epoch into the network, on the CPU."""
    if not history.best_epoch:
        worry = next(iter(loss_worries(history.losses, classes=classes)))
        raise StudyError(f"No epoch could be kept. {worry.sentence}")
    opened.module.cpu()
    opened.module.load_state_dict(_content(folder / BEST, key)["network"])


def _interpolated(
    opened: OpenNetwork,
    settings: TrainingSettings,
    monitor: Judge | None,
    outputs: TreeOutputs | None,
) -> float:
    """Move the network towards its weights before, by the share that is judged best.

    The classifier stays as it was trained: it had no values before.
    """
    if not settings.wise_ft:
        return 1.0
    after = {name: value.clone() for name, value in opened.module.state_dict().items()}
    own = {name: after[name] for name in opened.before}
    best, kept = -math.inf, settings.wise_ft[0]
    for share in settings.wise_ft:
        if monitor is None:
            break
        opened.module.load_state_dict(after | interpolate(opened.before, own, share=share))
        given = scores_of(
            opened.module,
            list(monitor.images.values()),
            opened.contract,
            batch_size=settings.batch_size,
            regions=monitor.regions,
        )
        scores = given if outputs is None else outputs.leaf_scores(given)
        found = monitor.judgement(scores, epoch=settings.epochs)
        if found > best:
            best, kept = found, share
    opened.module.load_state_dict(after | interpolate(opened.before, own, share=kept))
    return kept
