from typing import Any

import pytest

from fieldmark.experiments.config import Study
from fieldmark.experiments.factors import factor_changes

NET = {"name": "resnet18", "weights": "random", "options": {"pad_type": "same"}}
PLAIN = {"backbone": NET, "head": {"kind": "linear"}}


def changes(other: dict[str, Any], reference: str | None = "plain") -> tuple[Any, ...]:
    study = Study.model_validate(
        {
            "study": "fungi",
            "task": "taxonomy",
            "data": {"manifest": "m.csv", "images": "img", "label": "species", "split": "part"},
            "contenders": {"plain": PLAIN, "other": other},
            "reference": reference,
        }
    )
    return factor_changes(study)


@pytest.mark.parametrize(
    ("other", "factors"),
    [
        (PLAIN | {"head": {"kind": "linear", "epochs": 7}}, ("head.epochs: 7 against 100",)),
        (PLAIN | {"head": {"kind": "knn", "neighbours": 7}}, ("head: knn against linear",)),
        (
            PLAIN | {"backbone": {"name": "resnet50", "weights": "a1_in1k"}},
            ("backbone: resnet50 against resnet18",),
        ),
        (
            PLAIN | {"backbone": NET | {"weights_seed": 1}},
            ("backbone.weights_seed: 1 against 0",),
        ),
        (
            PLAIN | {"backbone": NET | {"options": {}}},
            ("backbone.options.pad_type: absent against same",),
        ),
    ],
)
def test_one_changed_factor_needs_no_warning(other: dict[str, Any], factors: tuple[str]) -> None:
    (change,) = changes(other)
    assert (change.contender, change.reference, change.factors) == ("other", "plain", factors)
    assert change.warning is None


@pytest.mark.parametrize(
    ("training", "factor"),
    [
        (
            {"hierarchy": {"structure": "ranks", "rank_weights": "leaf-heavy"}},
            "training.hierarchy: structure ranks, loss cross-entropy, rank_weights leaf-heavy"
            " against None",
        ),
        ({"lora": {"rank": 4}}, "training.lora: rank 4, scale 16, dropout 0.0 against None"),
    ],
)
def test_a_section_that_only_one_has_is_one_factor(training: dict, factor: str) -> None:
    plain = {"backbone": NET, "training": {}}
    for one, other, words in (
        (plain, {"backbone": NET, "training": training}, factor),
        ({"backbone": NET, "training": training}, plain, None),
    ):
        study = Study.model_validate(
            {
                "study": "fungi",
                "task": "taxonomy",
                "data": {"manifest": "m", "images": "i", "ranks": ["genus", "name"], "split": "p"},
                "contenders": {"one": one, "other": other},
                "reference": "one",
            }
        )
        (change,) = factor_changes(study)
        assert change.warning is None
        assert change.factors is not None
        assert len(change.factors) == 1
        assert words is None or change.factors == (words,)


def test_the_same_settings_are_said_to_be_the_same() -> None:
    (change,) = changes(PLAIN)
    assert change.warning == "'other' has the same settings as its reference 'plain'."


def test_predictions_made_elsewhere_have_unknown_factors() -> None:
    (change,) = changes({"predictions": "a.csv", "kind": "logits"})
    assert change.factors is None
    assert change.warning is None


def test_without_a_reference_nothing_is_compared() -> None:
    assert changes(PLAIN, reference=None) == ()


def test_the_weights_of_ranks_are_one_setting() -> None:
    tree = {"kind": "hierarchical", "loss": "ancestors"}
    weights = {"genus": 1.0, "species": 3.0}
    study = Study.model_validate(
        {
            "study": "fungi",
            "task": "taxonomy",
            "data": {"manifest": "m.csv", "images": "i", "ranks": list(weights), "split": "part"},
            "contenders": {
                "even": {"backbone": NET, "head": tree},
                "heavy": {"backbone": NET, "head": tree | {"rank_weights": weights}},
                "light": {"backbone": NET, "head": tree | {"rank_weights": weights | {"genus": 0}}},
            },
            "reference": "heavy",
        }
    )
    for change in factor_changes(study):
        assert change.factors is not None
        assert len(change.factors) == 1
        assert change.factors[0].startswith("head.rank_weights: ")
