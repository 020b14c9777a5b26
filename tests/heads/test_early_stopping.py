from collections.abc import Iterator

import numpy as np
import pytest

from fieldmark.core.errors import StudyError
from fieldmark.heads.early_stopping import Kept, keep_best
from fieldmark.heads.softmax_regression import Epoch


def epochs(count: int) -> Iterator[Epoch]:
    nothing = np.zeros((1, 1), dtype=np.float32)
    for number in range(1, count + 1):
        yield Epoch(number, nothing, nothing[0], 1 / number, f"digest {number}", 2.0)


def keep(judgements: list[float], patience: int | None = None) -> Kept:
    said = iter(judgements)
    return keep_best(epochs(len(judgements)), lambda _: next(said), patience=patience)


def test_without_a_judge_the_last_epoch_is_kept() -> None:
    kept = keep_best(epochs(3), None, patience=1)
    assert (kept.first.number, kept.epoch.number) == (1, 3)
    assert kept.loss_curve == (1.0, 1 / 2, 1 / 3)
    assert kept.monitor_curve == ()


def test_the_first_of_the_best_epochs_is_kept() -> None:
    kept = keep([0.1, 0.5, 0.3, 0.5])
    assert (kept.first.number, kept.epoch.number) == (1, 2)
    assert kept.monitor_curve == (0.1, 0.5, 0.3, 0.5)


def test_the_first_epoch_can_be_the_best() -> None:
    kept = keep([-1.0, -2.0])
    assert (kept.first.number, kept.epoch.number) == (1, 1)


def test_patience_ends_the_training() -> None:
    assert keep([0.1, 0.5, 0.3, 0.5, 0.9], patience=2).monitor_curve == (0.1, 0.5, 0.3, 0.5)
    assert keep([0.1, 0.5, 0.3, 0.6, 0.9], patience=2).epoch.number == 5


def test_no_more_epochs_are_computed_than_asked_for() -> None:
    source = epochs(10)
    keep_best(source, lambda epoch: -epoch.number, patience=3)
    assert next(source).number == 5


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_judgement_that_is_not_finite_is_refused(value: float) -> None:
    message = rf"must return a finite number; got {value} after epoch 2\. Let it judge"
    with pytest.raises(StudyError, match=message):
        keep([0.5, value])


def test_no_epoch_is_refused() -> None:
    with pytest.raises(StudyError, match="Expected at least one epoch of training; got none"):
        keep_best(epochs(0), None, patience=None)
