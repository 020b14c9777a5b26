import pytest
from pydantic import TypeAdapter, ValidationError

from fieldmark.experiments.config import Study
from fieldmark.experiments.contenders import Contender, FineTunedContender
from fieldmark.experiments.factors import factor_changes
from fieldmark.experiments.hierarchy_section import hierarchy_problem
from fieldmark.experiments.plan import plan
from fieldmark.experiments.tuning import TrainingConfig

NET = {"name": "resnet18", "weights": "random"}


def study(**contenders: object) -> Study:
    return Study(
        study="fungi",
        task="taxonomy",
        data={"manifest": "m.csv", "images": "i", "label": "species", "split": "part"},
        protocol={"seeds": (0, 1), "selection": {"metric": "accuracy"}},
        contenders=contenders,
        reference=next(iter(contenders)),
    )


def test_training_makes_a_fine_tuned_contender() -> None:
    adapter = TypeAdapter(Contender)
    found = adapter.validate_python({"backbone": NET, "training": {}})
    assert isinstance(found, FineTunedContender)
    assert found.is_seeded
    assert adapter.validate_python(found) == found


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"epoch": 3}, "unknown key 'epoch'; did you mean 'epochs'"),
        ({"scope": "some"}, "match pattern"),
        ({"ema": 1}, "less than 1"),
        ({"loggers": ["wandb"]}, "'tensorboard' or 'mlflow'"),
        ({"loss": {"kind": "hinge"}}, "'cross-entropy', 'focal' or 'logit-adjusted'"),
        ({"lora": {}, "scope": "frozen"}, "the adapters and the classifier move"),
        ({"unfreezing": {0: "full"}, "scope": "frozen"}, "either scope or unfreezing"),
        ({"unfreezing": {1: "full"}}, "begins at epoch 0"),
        ({"unfreezing": {0: "frozen", 10: "full"}}, "within the 10 epochs"),
        (
            {"hierarchy": {"structure": "ranks"}, "loss": {"kind": "focal"}},
            r"loss.kind has no place beside a hierarchy, which states its own loss \('cross-entr",
        ),
        (
            {"hierarchy": {"loss": "logit-adjusted"}, "loss": {"prior_strength": 0.5}},
            "loss.prior_strength has no place beside a hierarchy",
        ),
        (
            {"hierarchy": {"loss": "logit-adjusted"}, "loss": {"class_weights": "balanced"}},
            "logit-adjusted corrects for rare classes already",
        ),
        (
            {"hierarchy": {"loss": "soft-labels"}, "loss": {"label_smoothing": 0.1}},
            "soft-labels spreads each label over near leaves already",
        ),
        (
            {"hierarchy": {"structure": "siblings", "hidden": 4}},
            "hidden has no effect with the structure 'siblings'",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TrainingConfig.model_validate(given)


def test_a_hierarchy_needs_ranks_and_weights_that_fit_them() -> None:
    tree = {"structure": "ranks", "rank_weights": {"genus": 1, "species": 2}}
    training = TrainingConfig(hierarchy=tree, loss={"label_smoothing": 0.1})
    assert training.hierarchy is not None
    assert hierarchy_problem(training.hierarchy, ("genus", "species")) is None
    keys, sentence = hierarchy_problem(training.hierarchy, ("family", "species")) or ((), "")
    assert keys == ("hierarchy", "rank_weights")
    assert "genus" in sentence
    with pytest.raises(ValidationError, match="a hierarchy needs the ranks above the labels; name"):
        study(tuned={"backbone": NET, "training": {"hierarchy": tree}})


def test_the_plan_and_the_factors_know_it() -> None:
    found = study(
        probe={"backbone": NET, "head": {"kind": "linear"}},
        tuned={"backbone": NET, "training": {"epochs": 3}},
    )
    assert [cell.id for cell in plan(found)][2:] == ["tuned/seed-0", "tuned/seed-1"]
    assert [change.factors for change in factor_changes(found)] == [
        ("learnt: the network against a head",)
    ]
    found = study(
        tuned={"backbone": NET, "training": {}}, ema={"backbone": NET, "training": {"ema": 0.9}}
    )
    assert [change.factors for change in factor_changes(found)] == [
        ("training.ema: 0.9 against None",)
    ]
