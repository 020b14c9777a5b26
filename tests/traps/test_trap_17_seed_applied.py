"""The configured seed was never applied."""

import numpy as np
import pytest

from fieldmark.embeddings.table import EmbeddingSet
from fieldmark.heads.kinds import fit_head
from fieldmark.heads.linear import LinearHead, TrainingRecord
from fieldmark.manifest.labels import LabelSpace

RANDOM = np.random.default_rng(0)
EMBEDDINGS = EmbeddingSet(
    tuple(f"i{row}" for row in range(90)),
    RANDOM.normal(size=(90, 12)).astype(np.float32),
    {},
    {},
)


def fit(seed: int) -> LinearHead:
    head = fit_head(
        "linear",
        EMBEDDINGS,
        labels=np.arange(90) % 3,
        label_space=LabelSpace(("a", "b", "c")),
        settings={"epochs": 3},
        seed=seed,
    )
    assert isinstance(head, LinearHead)
    return head


def record(seed: int) -> TrainingRecord:
    return fit(seed).training


def test_trap_17_the_same_seed_gives_the_same_first_batch_and_first_loss() -> None:
    one, two = record(7), record(7)
    assert one.first_batch_digest == two.first_batch_digest
    assert one.first_loss == two.first_loss
    assert one == two


@pytest.mark.parametrize("seed", [0, 8, 123456789])
def test_trap_17_another_seed_gives_another_first_batch_and_first_loss(seed: int) -> None:
    one, two = record(7), record(seed)
    assert one.first_batch_digest != two.first_batch_digest
    assert one.first_loss != two.first_loss


def test_trap_17_the_whole_head_follows_the_seed_and_nothing_else() -> None:
    import torch

    first = fit(7)
    torch.manual_seed(99)
    np.random.default_rng().normal(size=3)
    again, other = fit(7), fit(8)
    assert first.digest == again.digest != other.digest
    assert np.array_equal(first.weights, again.weights)
    assert not np.array_equal(first.weights, other.weights)


def test_trap_17_the_record_names_the_seed_that_was_applied() -> None:
    assert (record(7).seed, record(8).seed) == (7, 8)
