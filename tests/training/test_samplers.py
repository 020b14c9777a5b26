"""Orders depend on seed and epoch alone, and go on where they stopped."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.core.errors import StudyError
from fieldmark.training.samplers import BalancedSampler, EpochSampler


@given(st.integers(1, 40), st.integers(0, 9), st.integers(0, 5))
def test_every_image_comes_once(images: int, seed: int, epoch: int) -> None:
    sampler = EpochSampler(images, seed=seed)
    sampler.epoch = epoch
    assert sorted(sampler) == list(range(images))


def test_seeds_and_epochs_shuffle_anew() -> None:
    first, again, other = (
        EpochSampler(50, seed=0),
        EpochSampler(50, seed=0),
        EpochSampler(50, seed=1),
    )
    assert list(first) == list(again)
    assert list(first) != list(other)
    again.epoch = 1
    assert list(first) != list(again)


def test_an_interrupted_epoch_goes_on() -> None:
    sampler = EpochSampler(20, seed=3)
    whole = list(sampler)
    sampler.start = 12
    assert (list(sampler), len(sampler)) == (whole[12:], 8)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(0, 5))
def test_balanced_draws_are_even(labels: list[int], seed: int) -> None:
    drawn = Counter(labels[position] for position in BalancedSampler(labels, seed=seed))
    assert sum(drawn.values()) == len(labels)
    assert max(drawn.values()) - min(drawn[label] for label in set(labels)) <= 1


def test_without_strength_classes_come_as_often_as_they_are() -> None:
    labels = [0] * 30 + [1] * 10
    drawn = Counter(labels[place] for place in BalancedSampler(labels, seed=0, strength=0.0))
    assert drawn == {0: 30, 1: 10}


def test_images_of_a_class_take_turns() -> None:
    labels = [0] * 12 + [1] * 4
    counts = Counter(BalancedSampler(labels, seed=1))
    assert {counts[place] for place in range(12, 16)} == {2}
    assert max(counts[place] for place in range(12)) == 1


def test_wrong_input_is_refused() -> None:
    with pytest.raises(StudyError, match="at least one image"):
        EpochSampler(0, seed=0)
    with pytest.raises(StudyError, match="strength of balance"):
        BalancedSampler([0], seed=0, strength=2.0)
