"""How a network is fine-tuned: one frozen record, every number checked when it is made."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from fieldmark.core.checks import unknown_choice
from fieldmark.core.digests import digest_of
from fieldmark.core.errors import StudyError
from fieldmark.training.adaptation import scope_at
from fieldmark.training.hierarchy import HierarchySettings, check_loss_beside
from fieldmark.training.lora import LoraSettings
from fieldmark.training.losses import LossSettings
from fieldmark.training.mixing import MixingSettings
from fieldmark.training.setting_checks import check_count, check_number, check_share

Precision = Literal["32-true", "bf16-mixed"]
Accelerator = Literal["cpu", "auto"]
Norms = Literal["count", "hold", "unfold"]

_HOW_IT_RUNS: Final = frozenset({"workers", "checkpoint_every", "loggers"})


@dataclass(frozen=True, slots=True)
class WarmStart:
    """Weights of an earlier training that the network begins with.

    Attributes:
        file: .safetensors or .pt.
        prefix: what the names of the network's tensors begin with in the file.
        minimum_coverage: least share of the network's values, without its classifier, that the
            file must hold, in [0, 1].

    Raises:
        StudyError: the share is none.
    """

    file: str
    prefix: str = ""
    minimum_coverage: float = 1.0

    def __post_init__(self) -> None:
        check_share("warm_start.minimum_coverage", self.minimum_coverage, most=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How a network is fine-tuned.

    Attributes:
        epochs: passes over the training images, at least 1.
        batch_size: images in one batch, at least 1, on each device.
        learning_rate: largest step size of AdamW, of the classifier's layer. Above 0.
        weight_decay: of everything but biases and norms, at least 0.
        layer_decay: factor of the step size from each layer to the one before it, in (0, 1].
        warmup: share of all steps on which the step size rises, in [0, 1).
        floor: factor of the step size at the end, in [0, 1].
        scope: what may move: "frozen", "last-stages:K" or "full".
        unfreezing: first epoch (from 0) -> scope, in place of ``scope``.
        norms: "count" lets batch norms use and count the statistics of each batch, "hold" keeps
            those of the weights, as small batches need, and "unfold" first gives norms that were
            folded away the statistics of the training images, the outputs unchanged, and counts.
        lora: adapters of low rank, which alone move with the classifier; None without.
        loss: which loss is minimised; with a hierarchy, how its labels are smoothed and weighted.
        hierarchy: what the classifier offers at each rank of the tree of classes, and which loss is
            minimised over them; None for one softmax over the classes.
        mixing: mixup and cutmix.
        balance: 1 draws every class equally often, 0 as often as it has images, in [0, 1].
        ema: decay of a moving average that is judged and kept in place of the network, in (0, 1);
            None without.
        clip: largest norm of the gradient, above 0; None without.
        accumulate: batches whose gradients make one step, at least 1.
        precision: "32-true" or "bf16-mixed".
        patience: epochs without a better judgement after which training stops; None goes on.
        workers: processes that read images; 0 reads in this one. Does not change the result.
        threads: of torch on the CPU; the result may depend on their number.
        accelerator: "cpu", or "auto" for the best there is.
        devices: how many of them, at least 1.
        nodes: how many computers, at least 1.
        checkpoint_every: steps after which the state is written within an epoch; None writes it
            after each epoch alone. Does not change the result.
        loggers: "tensorboard", "mlflow": who gets the curves, as files. Does not change the result.
        augmentation: name of what is done to training images, "none" for nothing.
        warm_start: weights to begin with; None takes those of the backbone.
        wise_ft: shares of the fine-tuned weights, in [0, 1], among which one is chosen at the end,
            the rest being the weights before; empty keeps the fine-tuned ones.

    Raises:
        StudyError: a value is out of its range, or two of them contradict each other.

    Example:
        >>> TrainingSettings(epochs=3).scope_of(0)
        'full'
        >>> TrainingSettings(unfreezing={0: "frozen", 2: "full"}).scope_of(1)
        'frozen'
    """

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 1e-4
    weight_decay: float = 0.05
    layer_decay: float = 1.0
    warmup: float = 0.1
    floor: float = 0.0
    scope: str = "full"
    unfreezing: Mapping[int, str] | None = None
    norms: Norms = "count"
    lora: LoraSettings | None = None
    loss: LossSettings = field(default_factory=LossSettings)
    hierarchy: HierarchySettings | None = None
    mixing: MixingSettings = field(default_factory=MixingSettings)
    balance: float = 0.0
    ema: float | None = None
    clip: float | None = 1.0
    accumulate: int = 1
    precision: Precision = "32-true"
    patience: int | None = None
    workers: int = 0
    threads: int = 1
    accelerator: Accelerator = "cpu"
    devices: int = 1
    nodes: int = 1
    checkpoint_every: int | None = None
    loggers: tuple[str, ...] = ()
    augmentation: str = "none"
    warm_start: WarmStart | None = None
    wise_ft: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "accumulate", "threads", "devices", "nodes"):
            check_count(name, getattr(self, name), least=1)
        check_count("workers", self.workers, least=0)
        for name in ("patience", "checkpoint_every"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name), least=1)
        check_number("learning_rate", self.learning_rate)
        check_number("weight_decay", self.weight_decay, zero_allowed=True)
        _check_shares(self)
        _check_choices(self)
        object.__setattr__(self, "wise_ft", tuple(self.wise_ft))
        object.__setattr__(self, "loggers", tuple(self.loggers))
        if self.unfreezing is not None:
            object.__setattr__(self, "unfreezing", MappingProxyType(dict(self.unfreezing)))
        _check_moving(self)
        if self.hierarchy is not None:
            check_loss_beside(self.hierarchy, self.loss)

    def scope_of(self, epoch: int) -> str:
        """Return what may move in an epoch, from 0."""
        return self.scope if self.unfreezing is None else scope_at(self.unfreezing, epoch)

    def to_dict(self) -> dict[str, Any]:
        """Return every field under its name, ready for JSON."""
        return {item.name: _plain(getattr(self, item.name)) for item in dataclasses.fields(self)}

    @property
    def digest(self) -> str:
        """The digest of every field that the result may depend on."""
        return digest_of(
            {name: value for name, value in self.to_dict().items() if name not in _HOW_IT_RUNS}
        )


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return {str(key): scope for key, scope in value.items()}
    return value


def _check_shares(settings: TrainingSettings) -> None:
    check_share("layer_decay", settings.layer_decay, most=1, above_zero=True)
    check_share("warmup", settings.warmup, below_one=True)
    check_share("floor", settings.floor, most=1)
    check_share("balance", settings.balance, most=1)
    if settings.ema is not None:
        check_share("ema", settings.ema, above_zero=True, below_one=True)
    if settings.clip is not None:
        check_number("clip", settings.clip)
    for share in settings.wise_ft:
        check_share("wise_ft", share, most=1)


def _check_choices(settings: TrainingSettings) -> None:
    for name, choices in (
        ("norms", get_args(Norms)),
        ("precision", get_args(Precision)),
        ("accelerator", get_args(Accelerator)),
    ):
        value = getattr(settings, name)
        if value not in choices:
            raise StudyError(unknown_choice(name, str(value), choices))


def _check_moving(settings: TrainingSettings) -> None:
    plan, default = settings.unfreezing, "full"
    if plan is not None:
        scope_at(plan, 0)
        if settings.scope != default:
            raise StudyError(
                f"Expected either a scope or a plan of unfreezing; got '{settings.scope}' and"
                f" {dict(plan)}. Write the scope of epoch 0 into the plan."
            )
        late = [epoch for epoch in plan if not 0 <= epoch < settings.epochs]
        if late:
            raise StudyError(
                f"Expected a plan of unfreezing within the epochs 0 to {settings.epochs - 1}; got"
                f" epoch {late[0]}. Train longer, or unfreeze earlier."
            )
    if settings.lora is not None and (plan is not None or settings.scope != default):
        raise StudyError(
            "With LoRA the adapters and the classifier move, and nothing else; leave scope and"
            " unfreezing out."
        )
    if settings.devices * settings.nodes > 1 and plan is not None and len(plan) > 1:
        raise StudyError(
            f"Staged unfreezing needs one device; got {settings.devices * settings.nodes}. Take one"
            " device, or one scope for all epochs."
        )
