"""The state of a head that learns from minibatches, after a pass."""

from dataclasses import dataclass

from fieldmark.embeddings.table import FloatArray
from fieldmark.heads.minibatches import Pass


@dataclass(frozen=True, slots=True, eq=False)
class TrainedPass:
    """The state after one pass over the training images.

    Attributes:
        done: the pass.
        arrays: what had been learnt by then, by name.
    """

    done: Pass
    arrays: dict[str, FloatArray]

    @property
    def number(self) -> int:
        """1 for the first."""
        return self.done.number

    @property
    def loss(self) -> float:
        """Mean training loss of the pass, in nats."""
        return self.done.loss

    @property
    def first_batch_digest(self) -> str:
        """Digest of the first batch of the pass."""
        return self.done.first_batch_digest

    @property
    def first_loss(self) -> float:
        """Loss of that batch, in nats."""
        return self.done.first_loss
