"""Lightning at work in a process that is left as it was: generators, threads, log, signals."""

import contextlib
import logging
import signal
import warnings
from collections.abc import Iterator
from typing import Any, Final

import torch

from fieldmark.training.checkpoints import random_states, restore_random_states
from fieldmark.training.module import FineTuning
from fieldmark.training.settings import TrainingSettings

_LIGHTNING: Final = ("lightning.pytorch", "lightning.fabric")


def run(trainer: Any, module: FineTuning) -> None:
    """Let Lightning train; an interrupt stays one: Lightning makes an exit of it."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(module)
    except SystemExit as ending:
        if not trainer.interrupted:
            raise
        signal.signal(signal.SIGINT, handler)
        raise KeyboardInterrupt from ending


@contextlib.contextmanager
def as_configured(settings: TrainingSettings) -> Iterator[None]:
    """Run with the threads that are asked for, quietly, and leave the process as it was."""
    before, threads = random_states(), torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    levels = {name: logging.getLogger(name).level for name in _LIGHTNING}
    torch.set_num_threads(settings.threads)
    for name in _LIGHTNING:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\.")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        torch.use_deterministic_algorithms(deterministic)
        torch.set_num_threads(threads)
        restore_random_states(before)
