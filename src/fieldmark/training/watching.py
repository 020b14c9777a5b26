"""What happens around the steps of a training: judging, storing, stopping, telling."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch

from fieldmark.core.errors import StudyError
from fieldmark.core.progress import Step
from fieldmark.images.contract import PreprocessSpec
from fieldmark.images.regions import Region
from fieldmark.training.checkpoints import BEST, LAST, Checkpoint, save_checkpoint
from fieldmark.training.data import FloatArray, Place
from fieldmark.training.distributed import gather_scores, part_of, rank_and_world
from fieldmark.training.module import FineTuning, History
from fieldmark.training.prediction import scores_of
from fieldmark.training.settings import TrainingSettings
from fieldmark.training.traces import Trace, write_trace


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """What decides which epoch is kept.

    Attributes:
        part: name of the part of the split that it looks at, for messages.
        images: id -> file of that part, all readable.
        measure: takes float32 logits (n, k) of these images in their order; higher is better.
        regions: mask and box of each image in that order, where the contract asks for them.
    """

    part: str
    images: Mapping[str, Path]
    measure: Callable[[FloatArray], float]
    regions: Sequence[Region] | None = None

    def judgement(self, scores: FloatArray, *, epoch: int) -> float:
        """Return what the measure says, once it is a finite number.

        Raises:
            StudyError: it is none.
        """
        found = float(self.measure(scores))
        if not math.isfinite(found):
            raise StudyError(
                f"The monitor on '{self.part}' must return a finite number; got {found} after"
                f" epoch {epoch}. Let it judge a part that is not empty."
            )
        return found


class Watch(lightning.Callback):
    """Judges every epoch, keeps the best, writes the state, and stops when patience has run out."""

    def __init__(
        self,
        *,
        settings: TrainingSettings,
        contract: PreprocessSpec,
        judge: Judge | None,
        folder: Path,
        key: dict[str, str],
        step: Step,
    ) -> None:
        self._settings, self._contract, self._judge = settings, contract, judge
        self._folder, self._key, self._step = folder, key, step

    def on_train_batch_end(
        self,
        trainer: Any,  # noqa: ARG002
        pl_module: FineTuning,
        outputs: Any,  # noqa: ARG002
        batch: Any,  # noqa: ARG002
        batch_idx: int,  # noqa: ARG002
    ) -> None:
        """Move on by a batch, and write the state between two steps where asked to."""
        place = pl_module.place
        pl_module.place = Place(place.epoch, place.batch + 1)
        self._step.advance()
        every, accumulate = self._settings.checkpoint_every, self._settings.accumulate
        if every is not None and pl_module.place.batch % (every * accumulate) == 0:
            self._save(LAST, pl_module.state())

    def on_train_epoch_end(self, trainer: Any, pl_module: FineTuning) -> None:
        """Judge the epoch, keep it if it is the best so far, and write the state."""
        done = pl_module.place.epoch + 1
        pl_module.place = Place(done)
        history = pl_module.history
        pl_module.note_losses()
        in_epoch = pl_module.batches_in_epoch()
        history.loss_curve.append(float(np.mean(history.losses[-in_epoch:])))
        if not math.isfinite(history.loss_curve[-1]):
            history.stopped = trainer.should_stop = True
        elif self._is_best(pl_module, done):
            history.best_epoch = done
            self._save(BEST, {"network": pl_module.judged_state(), "epoch": done})
        patience = self._settings.patience
        if patience is not None and done - history.best_epoch >= patience:
            history.stopped = trainer.should_stop = True
        self._log(trainer, pl_module, in_epoch)
        self._trace(history)
        self._save(LAST, pl_module.state())

    def _is_best(self, module: FineTuning, epoch: int) -> bool:
        if self._judge is None:
            return True
        paths, regions = list(self._judge.images.values()), self._judge.regions
        rank, world = rank_and_world()
        own = part_of(len(paths), rank=rank, world=world)
        with module.judged():
            outputs = scores_of(
                module.network,
                [paths[position] for position in own],
                self._contract,
                batch_size=self._settings.batch_size,
                regions=None if regions is None else [regions[position] for position in own],
            )
        scores = outputs if module.outputs is None else module.outputs.leaf_scores(outputs)
        table = gather_scores(own, scores, items=len(paths))
        found = self._judge.judgement(table, epoch=epoch)
        best = max(module.history.judgements, default=-math.inf)
        module.history.judgements.append(found)
        return found > best

    def _save(self, name: str, content: dict[str, Any]) -> None:
        rank, world = rank_and_world()
        if rank == 0:
            save_checkpoint(Checkpoint(self._key, content), self._folder / name)
        if world > 1:  # nobody reads what is still being written
            torch.distributed.barrier()

    def _trace(self, history: History) -> None:
        if rank_and_world()[0] == 0:
            losses = tuple(loss for loss in history.loss_curve if math.isfinite(loss))
            judged = tuple(history.judgements)
            write_trace(
                Trace(self._settings.epochs, losses, judged, history.best_epoch), self._folder
            )

    def _log(self, trainer: Any, module: FineTuning, in_epoch: int) -> None:
        history = module.history
        first = len(history.losses) - in_epoch
        for logger in trainer.loggers:
            for number, loss in enumerate(history.losses[-in_epoch:]):
                logger.log_metrics({"training_loss": loss}, step=first + number)
            found = {"epoch_loss": history.loss_curve[-1]}
            if history.judgements:
                found["judgement"] = history.judgements[-1]
            logger.log_metrics(found, step=len(history.losses) - 1)
            logger.save()
