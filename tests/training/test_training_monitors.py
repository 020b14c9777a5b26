"""Signs that a training goes wrong, and silence where it goes well."""

import math

import numpy as np
import pytest

from fieldmark.core.errors import StudyError
from fieldmark.training.monitors import (
    collapse_worries,
    loss_worries,
    overfitting_worries,
    spread_of,
)


def test_a_falling_loss_is_no_worry() -> None:
    assert loss_worries(np.linspace(2.3, 0.5, 100).tolist(), classes=10) == ()
    assert loss_worries([2.3] * 5, classes=10) == ()


def test_a_flat_loss_at_guessing_is_dead_and_a_low_one_is_done() -> None:
    (worry,) = loss_worries([math.log(10)] * 40, classes=10)
    assert (worry.code, worry.dead) == ("loss-flat", True)
    assert "guessing has 2.303" in worry.sentence
    assert loss_worries([0.01] * 40, classes=10) == ()


def test_guessing_over_a_tree_is_told_with_its_own_loss() -> None:
    assert loss_worries([2.0] * 40, classes=10) == ()
    (worry,) = loss_worries([2.0] * 40, classes=10, guessing=1.5)
    assert "guessing has 1.500" in worry.sentence
    assert loss_worries([1.2] * 40, classes=10, guessing=1.5) == ()


def test_a_loss_that_is_not_finite_is_dead() -> None:
    (worry,) = loss_worries([1.0, math.inf], classes=3)
    assert "inf at step 2" in worry.sentence


def test_a_wide_gap_is_overfitting() -> None:
    assert overfitting_worries(0.9, 0.7, metric="accuracy") == ()
    (worry,) = overfitting_worries(1.0, 0.6, metric="accuracy")
    assert "a gap of 40.0 points" in worry.sentence
    assert not worry.dead


def test_collapsed_embeddings_are_found() -> None:
    rng = np.random.default_rng(0)
    names = [f"{number // 4}" for number in range(80)]
    spread = spread_of(rng.standard_normal((80, 16)), names)
    assert collapse_worries(spread) == ()
    assert spread.effective_rank > 10
    fallen = spread_of(1 + 0.01 * rng.standard_normal((80, 16)), names)
    (worry,) = collapse_worries(fallen)
    assert (worry.code, worry.dead) == ("collapse", True)
    assert fallen.other_cosine is not None
    assert fallen.other_cosine > 0.99


def test_identities_of_one_kind_have_one_cosine() -> None:
    assert spread_of(np.eye(3), ["a", "b", "c"]).same_cosine is None
    assert spread_of(np.eye(3), ["a", "a", "a"]).other_cosine is None


def test_wrong_input_is_refused() -> None:
    for embeddings, names in ((np.eye(1), ["a"]), (np.zeros((2, 2)), ["a", "b"]), (np.eye(2), [])):
        with pytest.raises(StudyError, match="none of them zero"):
            spread_of(embeddings, names)
