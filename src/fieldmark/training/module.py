"""What Lightning trains: a network, its loss, its steps, and what is remembered of them."""

import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import lightning
import numpy as np
import torch

from fieldmark.core.digests import digest_of, digest_of_array
from fieldmark.core.randomness import generator_for, seed_for
from fieldmark.images.contract import PreprocessSpec
from fieldmark.training.adaptation import hold_statistics, set_trainable
from fieldmark.training.averaging import MovingAverage
from fieldmark.training.checkpoints import random_states, restore_random_states
from fieldmark.training.data import Place, TrainingImages, batches_of, loader_of
from fieldmark.training.distributed import rank_and_world
from fieldmark.training.mixing import mix_batch
from fieldmark.training.networks import batch_norms
from fieldmark.training.objectives import objective_of
from fieldmark.training.parameter_groups import optimiser_groups
from fieldmark.training.schedules import cosine_with_warmup
from fieldmark.training.settings import TrainingSettings
from fieldmark.training.tree_outputs import outputs_of


@dataclass(slots=True)
class History:
    """What was seen while training.

    Attributes:
        losses: of each batch so far, each before its own step.
        loss_curve: mean loss of each epoch.
        judgements: what the judge said after each epoch; empty without a judge.
        first_batch_digest: digest of pixels and targets of the very first batch.
        best_epoch: the epoch that is kept, 1 for the first; 0 before there is one.
        stopped: whether training ended before its last epoch.
    """

    losses: list[float] = field(default_factory=list)
    loss_curve: list[float] = field(default_factory=list)
    judgements: list[float] = field(default_factory=list)
    first_batch_digest: str = ""
    best_epoch: int = 0
    stopped: bool = False


class FineTuning(lightning.LightningModule):
    """A network in training.

    Args:
        network: with its classifier.
        images: what is learnt from.
        contract: how pictures are prepared.
        settings: how it is trained.
        seed: of order, mixing and dropout.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        images: TrainingImages,
        *,
        contract: PreprocessSpec,
        settings: TrainingSettings,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = network
        self.loss = objective_of(settings, images)
        self.outputs = outputs_of(settings, images)
        self.history = History()
        self.place = Place()
        self._images, self._contract = images, contract
        self._settings, self._seed = settings, seed
        self._average: MovingAverage | None = None
        self._fresh_losses: list[torch.Tensor] = []
        self._stored: dict[str, Any] | None = None

    def batches_in_epoch(self) -> int:
        """Return the number of batches of a whole epoch on this device."""
        return len(self._batches().of_epoch())

    def train_dataloader(self) -> Any:
        """Return the loader of what is left of the epoch."""
        batches = self._batches()
        batches.place = self.place
        return loader_of(self._images, self._contract, batches, workers=self._settings.workers)

    def configure_optimizers(self) -> dict[str, Any]:
        """Return AdamW over all parameters, held ones too, and the schedule by step."""
        settings = self._settings
        if settings.lora is None:
            set_trainable(self.network, settings.scope_of(self.place.epoch))
        groups = optimiser_groups(
            self.network,
            learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay,
            layer_decay=settings.layer_decay,
        )
        total = settings.epochs * -(-self.batches_in_epoch() // settings.accumulate)
        warmup = min(round(settings.warmup * total), total - 1)

        def factor(step: int) -> float:
            return cosine_with_warmup(step, total=total, warmup=warmup, floor=settings.floor)

        optimiser = torch.optim.AdamW(groups)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def on_fit_start(self) -> None:
        """Begin the moving average where the network now lies, and go on from what is stored."""
        if self._settings.ema is not None:
            self._average = MovingAverage(self.network, decay=self._settings.ema)
        if self._stored is not None:
            self.trainer.optimizers[0].load_state_dict(self._stored["optimiser"])
            self.trainer.lr_scheduler_configs[0].scheduler.load_state_dict(self._stored["schedule"])
            if self._average is not None:
                self._average.load_state_dict(self._stored["average"])

    def on_train_start(self) -> None:
        """Apply the seed, or go on with the generators where they were."""
        rank, _ = rank_and_world()
        seed = seed_for("fine-tuning", self._seed, rank)
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        random.seed(seed)
        if self._stored is not None and rank == 0:
            restore_random_states(self._stored["random"])
        self._stored = None

    def on_train_epoch_start(self) -> None:
        """Let move what may move in this epoch."""
        self.network.train()
        if self._settings.lora is None:
            set_trainable(self.network, self._settings.scope_of(self.place.epoch))
        hold_statistics(self.network)
        if self._settings.norms == "hold":
            for norm in batch_norms(self.network):
                norm.eval()

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:  # noqa: ARG002
        """Return the loss of a batch, mixed where asked to."""
        pixels, target = batch
        if self._settings.mixing.is_on:
            rank, _ = rank_and_world()
            key = ("mixing", self._seed, self.place.epoch, self.place.batch, rank)
            pixels, target = mix_batch(
                pixels,
                target,
                self._settings.mixing,
                classes=len(self._images.label_space),
                rng=generator_for(*key),
            )
        if not self.history.first_batch_digest:
            parts = [digest_of_array(part.cpu().numpy()) for part in (pixels, target)]
            self.history.first_batch_digest = digest_of(parts)
        logits = self.network(pixels.contiguous(memory_format=torch.channels_last))
        loss: torch.Tensor = self.loss(logits, target)
        self._fresh_losses.append(loss.detach())
        return loss

    def optimizer_step(self, *arguments: Any, **options: Any) -> None:
        """Make a step, and let the average follow."""
        super().optimizer_step(*arguments, **options)
        if self._average is not None:
            self._average.follow(self.network)

    def judged_state(self) -> dict[str, torch.Tensor]:
        """Return copies, on the CPU, of the values that are judged and kept."""
        state = self.network.state_dict() if self._average is None else self._average.values()
        return {name: value.detach().cpu().clone() for name, value in state.items()}

    @contextlib.contextmanager
    def judged(self) -> Iterator[None]:
        """Lend the network the values that are judged: those of the first of several devices."""
        state = self.network.state_dict() if self._average is None else self._average.values()
        _, world = rank_and_world()
        if self._average is None and world == 1:
            yield
            return
        own = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        lent = {name: value.detach().clone() for name, value in state.items()}
        for value in lent.values() if world > 1 else ():
            torch.distributed.broadcast(value, src=0)
        self.network.load_state_dict(lent)
        try:
            yield
        finally:
            self.network.load_state_dict(own)

    def note_losses(self) -> None:
        """Move the losses of the latest batches into the history."""
        if self._fresh_losses:
            self.history.losses += torch.stack(self._fresh_losses).float().tolist()
            self._fresh_losses = []

    def state(self) -> dict[str, Any]:
        """Return everything that going on needs, as plain values and tensors."""
        self.note_losses()
        return {
            "network": self.network.state_dict(),
            "optimiser": self.trainer.optimizers[0].state_dict(),
            "schedule": self.trainer.lr_scheduler_configs[0].scheduler.state_dict(),
            "average": None if self._average is None else self._average.state_dict(),
            "random": random_states(),
            "epoch": self.place.epoch,
            "batch": self.place.batch,
            "history": history_to_dict(self.history),
        }

    def go_on_from(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave, before Lightning begins."""
        self.network.load_state_dict(state["network"])
        self.place = Place(state["epoch"], state["batch"])
        self.history = History(**state["history"])
        self._stored = state

    def _batches(self) -> Any:
        rank, world = rank_and_world()
        return batches_of(self._images, self._settings, seed=self._seed, rank=rank, world=world)


def history_to_dict(history: History) -> dict[str, Any]:
    """Return a copy of the history, ready to be stored."""
    return {
        "losses": list(history.losses),
        "loss_curve": list(history.loss_curve),
        "judgements": list(history.judgements),
        "first_batch_digest": history.first_batch_digest,
        "best_epoch": history.best_epoch,
        "stopped": history.stopped,
    }
