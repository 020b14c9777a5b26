"""The section ``training`` of a fine-tuned contender, as ``fieldmark.training`` has it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fieldmark.experiments.hierarchy_section import HierarchyConfig, LossConfig, loss_problem
from fieldmark.experiments.section import Number, Section, Text, Whole, refused

Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Count = Annotated[Whole, Field(ge=1)]
Share = Annotated[Number, Field(ge=0, le=1)]


class MixingConfig(Section):
    """How pictures of a batch are mixed."""

    mixup: Annotated[NotNegative, Field(description="The Beta shape of blending; 0 for never.")] = (
        0.0
    )
    cutmix: Annotated[NotNegative, Field(description="The Beta shape of pasting; 0 for never.")] = (
        0.0
    )


class LoraConfig(Section):
    """Adapters of low rank beside the frozen weights."""

    rank: Annotated[Count, Field(description="The number of directions of each adapter.")] = 8
    scale: Annotated[Count, Field(description="Adapters are multiplied by scale / rank.")] = 16
    dropout: Annotated[
        Number, Field(ge=0, lt=1, description="The share of an adapter's input that is dropped.")
    ] = 0.0


class WarmStartConfig(Section):
    """Weights of an earlier training to begin with."""

    file: Annotated[Text, Field(description="A .safetensors or .pt file beside the study.")]
    prefix: Annotated[
        str, Field(description="What the names of the network's tensors begin with in it.")
    ] = ""
    minimum_coverage: Annotated[
        Share, Field(description="The least share of the network that the file must hold.")
    ] = 1.0


class TrainingConfig(Section):
    """How a network is fine-tuned.

    Example:
        >>> TrainingConfig(epochs=3, unfreezing={0: "frozen", 2: "full"}).unfreezing
        {0: 'frozen', 2: 'full'}
    """

    epochs: Annotated[Count, Field(description="Passes over the training part.")] = 10
    batch_size: Annotated[Count, Field(description="Images in one batch, on each device.")] = 32
    learning_rate: Annotated[Positive, Field(description="The largest step size of AdamW.")] = 1e-4
    weight_decay: Annotated[NotNegative, Field(description="The weight decay of AdamW.")] = 0.05
    layer_decay: Annotated[
        Number, Field(gt=0, le=1, description="The factor of the step size from layer to layer.")
    ] = 1.0
    warmup: Annotated[
        Number, Field(ge=0, lt=1, description="The share of steps on which the step size rises.")
    ] = 0.1
    floor: Annotated[Share, Field(description="The factor of the step size at the end.")] = 0.0
    scope: Annotated[
        Text,
        Field(
            pattern=r"^(frozen|full|last-stages:\d+)$",
            description="What may move: frozen (the classifier alone), last-stages:K or full.",
        ),
    ] = "full"
    unfreezing: Annotated[
        dict[int, Text] | None,
        Field(description="First epoch, from 0, to scope; in place of scope."),
    ] = None
    norms: Annotated[
        Literal["count", "hold", "unfold"],
        Field(
            description="Whether batch norms count each batch, hold the weights' statistics, or"
            " count after they were given statistics again, for weights with folded norms."
        ),
    ] = "count"
    lora: Annotated[
        LoraConfig | None, Field(description="Train adapters and the classifier alone.")
    ] = None
    loss: Annotated[LossConfig, Field(description="The loss that training lowers.")] = LossConfig()
    hierarchy: Annotated[
        HierarchyConfig | None,
        Field(description="Learn over the ranks of the taxonomy; states its own loss."),
    ] = None
    mixing: Annotated[MixingConfig, Field(description="Mixup and cutmix.")] = MixingConfig()
    balance: Annotated[
        Share, Field(description="1 draws every class equally often, 0 as it comes.")
    ] = 0.0
    ema: Annotated[
        Number | None,
        Field(gt=0, lt=1, description="The decay of a moving average that is kept instead."),
    ] = None
    clip: Annotated[Positive | None, Field(description="The largest norm of the gradient.")] = 1.0
    accumulate: Annotated[Count, Field(description="Batches that make one step.")] = 1
    precision: Annotated[
        Literal["32-true", "bf16-mixed"], Field(description="The precision of training.")
    ] = "32-true"
    patience: Annotated[
        Count | None,
        Field(description="Epochs without a better choice after which training stops."),
    ] = None
    workers: Annotated[
        Whole, Field(ge=0, description="Processes that read images; 0 reads in this one.")
    ] = 0
    threads: Annotated[Count, Field(description="Threads of torch on the CPU.")] = 1
    accelerator: Annotated[
        Literal["cpu", "auto"], Field(description="The CPU, or the best there is.")
    ] = "cpu"
    devices: Annotated[Count, Field(description="How many devices train together.")] = 1
    nodes: Annotated[Count, Field(description="How many computers train together.")] = 1
    checkpoint_every: Annotated[
        Count | None, Field(description="Steps after which the state is written within an epoch.")
    ] = None
    loggers: Annotated[
        tuple[Literal["tensorboard", "mlflow"], ...],
        Field(description="Who gets the curves, as files in the cell's result."),
    ] = ()
    augmentation: Annotated[
        Text,
        Field(
            description="What is done to training images: none, light, heavy, any-orientation,"
            " conveyor, season or occlusion."
        ),
    ] = "none"
    warm_start: Annotated[
        WarmStartConfig | None, Field(description="Weights to begin with; else the backbone's.")
    ] = None
    wise_ft: Annotated[
        tuple[Share, ...],
        Field(description="Shares of the fine-tuned weights among which one is chosen."),
    ] = ()

    @model_validator(mode="after")
    def _check_hierarchy(self) -> Self:
        problem = None if self.hierarchy is None else loss_problem(self.hierarchy, self.loss)
        if problem is not None:
            key, sentence = problem
            raise refused(sentence, "loss", key)
        return self

    @model_validator(mode="after")
    def _check_what_moves(self) -> Self:
        plan = self.unfreezing
        if self.lora is not None and (plan is not None or self.scope != "full"):
            raise refused(
                "with lora the adapters and the classifier move, and nothing else; leave scope and "
                "unfreezing out.",
                "lora",
            )
        if plan is not None and self.scope != "full":
            raise refused("a training has either scope or unfreezing; both are given.", "scope")
        if plan is not None and (0 not in plan or not all(0 <= at < self.epochs for at in plan)):
            raise refused(
                f"a plan of unfreezing begins at epoch 0 and stays within the {self.epochs} "
                f"epochs; this one has {', '.join(str(at) for at in plan) or 'none'}.",
                "unfreezing",
            )
        return self
