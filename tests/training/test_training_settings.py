import dataclasses
import json

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.training.lora import LoraSettings
from fieldmark.training.settings import TrainingSettings, WarmStart


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"epochs": 0}, "'epochs' must be a whole number of at least 1; got 0"),
        ({"batch_size": 2.5}, "'batch_size' must be a whole number"),
        ({"accumulate": True}, "'accumulate' must be a whole number"),
        ({"workers": -1}, "'workers' must be a whole number of at least 0"),
        ({"patience": 0}, "'patience' must be a whole number of at least 1"),
        ({"checkpoint_every": 0}, "'checkpoint_every' must be a whole number"),
        ({"learning_rate": 0}, "'learning_rate' must be a finite number above 0"),
        ({"weight_decay": -1}, "'weight_decay' must be a finite number of at least 0"),
        ({"clip": float("inf")}, "'clip' must be a finite number above 0"),
        ({"layer_decay": 0}, r"'layer_decay' must be a number in \(0, 1\]"),
        ({"warmup": 1}, r"'warmup' must be a number in \[0, 1\)"),
        ({"floor": 2}, r"'floor' must be a number in \[0, 1\]"),
        ({"balance": "much"}, r"'balance' must be a number in \[0, 1\]; got 'much'"),
        ({"ema": 1}, r"'ema' must be a number in \(0, 1\)"),
        ({"wise_ft": (0.5, 1.5)}, r"'wise_ft' must be a number in \[0, 1\]; got 1.5"),
        ({"precision": "16"}, "Unknown precision '16'"),
        ({"accelerator": "gpu"}, "Unknown accelerator 'gpu'"),
        ({"unfreezing": {1: "full"}}, "begins at epoch 0"),
        ({"unfreezing": {0: "frozen", 10: "full"}}, "within the epochs 0 to 9; got epoch 10"),
        ({"unfreezing": {0: "frozen"}, "scope": "frozen"}, "either a scope or a plan"),
        ({"lora": LoraSettings(), "scope": "frozen"}, "With LoRA the adapters"),
        ({"unfreezing": {0: "frozen", 1: "full"}, "devices": 2}, "needs one device; got 2"),
    ],
)
def test_what_is_out_of_range_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        TrainingSettings(**given)


def test_a_warm_start_needs_a_share() -> None:
    with pytest.raises(StudyError, match=r"warm_start.minimum_coverage' must be a number in"):
        WarmStart("a.pt", minimum_coverage=1.1)


def test_the_digest_covers_what_the_result_depends_on_and_nothing_else() -> None:
    settings = TrainingSettings(unfreezing={0: "frozen", 2: "full"}, lora=None, wise_ft=[0.5])
    assert json.loads(json.dumps(settings.to_dict()))["unfreezing"] == {"0": "frozen", "2": "full"}
    same = {"workers": 3, "checkpoint_every": 2, "loggers": ("mlflow",)}
    assert dataclasses.replace(settings, **same).digest == settings.digest
    assert dataclasses.replace(settings, epochs=11).digest != settings.digest
