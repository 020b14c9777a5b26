import dataclasses
import json

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.training.hierarchy import HierarchySettings
from fieldmark.training.lora import LoraSettings
from fieldmark.training.losses import LossSettings
from fieldmark.training.settings import TrainingSettings, WarmStart

ADJUSTED = HierarchySettings(loss="logit-adjusted")


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
        (
            {"hierarchy": HierarchySettings(structure="ranks"), "loss": LossSettings(kind="focal")},
            r"`loss.kind` \(focal\) has no place beside a hierarchy.*\('cross-entropy'\). Of",
        ),
        (
            {"hierarchy": ADJUSTED, "loss": LossSettings(prior_strength=0.5)},
            r"`loss.prior_strength` \(0.5\) has no place beside a hierarchy",
        ),
        (
            {"hierarchy": ADJUSTED, "loss": LossSettings(class_weights="balanced")},
            "corrects for rare classes already; class weights would",
        ),
        (
            {
                "hierarchy": HierarchySettings(loss="soft-labels"),
                "loss": LossSettings(label_smoothing=0.1),
            },
            "Soft labels spread each label over near leaves already",
        ),
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


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"structure": "ranks", "hidden": 8}, "`hidden` has no effect with the structure 'ranks'"),
        ({"structure": "fine-to-coarse", "hidden": 0}, "'hierarchy.hidden' must be a whole number"),
        ({"structure": "ranks", "loss": "hxe"}, "The loss 'hxe' needs the structure 'leaves'"),
    ],
)
def test_a_hierarchy_that_makes_no_sense_is_refused(given: dict, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        HierarchySettings(**given)


def test_a_hierarchy_is_part_of_the_digest() -> None:
    weights = {"genus": 1, "species": 2}
    tree = HierarchySettings(structure="ranks", rank_weights=weights)
    settings = TrainingSettings(hierarchy=tree)
    assert json.loads(json.dumps(settings.to_dict()))["hierarchy"]["rank_weights"] == weights
    assert settings.digest != TrainingSettings().digest
    other = dataclasses.replace(tree, rank_weights="equal")
    assert dataclasses.replace(settings, hierarchy=other).digest != settings.digest
