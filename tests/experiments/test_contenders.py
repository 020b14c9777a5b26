import dataclasses
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from fieldmark.backbones.specs import BackboneSpec
from fieldmark.comparison.claims import Claim
from fieldmark.experiments.contenders import (
    BackboneConfig,
    Contender,
    ImportedContender,
    TrainedContender,
)
from fieldmark.experiments.head_sections import (
    HierarchicalHead,
    KnnHead,
    LinearHead,
    LogisticHead,
    MlpHead,
    PrototypesHead,
    RidgeHead,
)
from fieldmark.experiments.protocol import ClaimConfig
from fieldmark.heads.hierarchical_settings import HierarchicalSettings
from fieldmark.heads.kinds import HEAD_KINDS
from fieldmark.heads.logistic import LogisticSettings
from fieldmark.heads.mlp import MlpSettings
from fieldmark.heads.neighbours import KnnSettings
from fieldmark.heads.prototypes import PrototypeSettings
from fieldmark.heads.ridge import RidgeSettings
from fieldmark.heads.softmax_regression import LinearSettings

NET = {"name": "resnet18", "weights": "random"}
CONTENDER: TypeAdapter[Any] = TypeAdapter(Contender)


@pytest.mark.parametrize(
    ("head", "kind", "seeded"),
    [
        ({"kind": "linear"}, LinearHead, True),
        ({"kind": "knn"}, KnnHead, False),
        ({"kind": "prototypes"}, PrototypesHead, False),
        ({"kind": "hierarchical"}, HierarchicalHead, True),
    ],
)
def test_the_kind_chooses_the_head(head: dict[str, str], kind: type, seeded: bool) -> None:
    contender = CONTENDER.validate_python({"backbone": NET, "head": head})
    assert isinstance(contender, TrainedContender)
    assert isinstance(contender.head, kind)
    assert contender.is_seeded is seeded


def test_predictions_make_an_imported_contender() -> None:
    contender = CONTENDER.validate_python({"predictions": "a.csv", "kind": "logits"})
    assert contender == ImportedContender(predictions="a.csv", kind="logits")
    assert not contender.is_seeded


def test_contenders_that_are_records_already_are_taken() -> None:
    imported = ImportedContender(predictions="a.csv", kind="logits")
    trained = TrainedContender(backbone=NET, head={"kind": "knn"})
    assert CONTENDER.validate_python(imported) == imported
    assert CONTENDER.validate_python(trained) == trained


@pytest.mark.parametrize("content", [{}, {"epochs": 3}, "incumbent.csv", None])
def test_a_contender_of_neither_kind_is_refused_with_both(content: object) -> None:
    with pytest.raises(ValidationError, match=r"needs either 'backbone' and 'head' .* or 'predict"):
        CONTENDER.validate_python(content)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"kind": "linear", "epochs": 0}, "greater than or equal to 1"),
        ({"kind": "linear", "learning_rate": 0}, "greater than 0"),
        ({"kind": "linear", "weight_decay": -1}, "greater than or equal to 0"),
        ({"kind": "linear", "batch_size": 0}, "greater than or equal to 1"),
        ({"kind": "linear", "patience": 0}, "greater than or equal to 1"),
        ({"kind": "knn", "neighbours": 0}, "greater than or equal to 1"),
        ({"kind": "knn", "temperature": 0}, "greater than 0"),
        ({"kind": "prototypes", "scale": 0}, "greater than 0"),
        ({"kind": "knn", "epochs": 3}, "unknown key 'epochs'"),
    ],
)
def test_settings_out_of_range_are_refused(head: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TrainedContender.model_validate({"backbone": NET, "head": head})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1, float("nan")]])
def test_an_option_that_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="a finite number"):
        BackboneConfig.model_validate(NET | {"options": {"drop": value}})


def test_options_keep_their_types() -> None:
    options = {"pad_type": "same", "drop": 0.5, "size": 224, "pool": True, "sizes": [1, 2]}
    assert BackboneConfig.model_validate(NET | {"options": options}).options == options


def test_two_backbones_do_not_share_their_options() -> None:
    first, second = BackboneConfig.model_validate(NET), BackboneConfig.model_validate(NET)
    assert first.options is not second.options


@pytest.mark.parametrize(
    ("weights", "is_a_file"),
    [
        ("random", False),
        ("a1_in1k", False),
        ("a.safetensors", True),
        ("a.pt", True),
        ("nets/a", True),
        ("/nets/a.pth", True),
    ],
)
def test_weights_that_look_like_a_path_are_a_file(weights: str, is_a_file: bool) -> None:
    assert BackboneConfig(name="resnet18", weights=weights).weights_are_a_file is is_a_file
    assert (BackboneSpec("resnet18", weights).source == "file") is is_a_file


def test_a_backbone_is_described_here_as_in_its_own_room() -> None:
    theirs = {field.name for field in dataclasses.fields(BackboneSpec)}
    assert set(BackboneConfig.model_fields) == theirs
    config = BackboneConfig(name="resnet18", weights="random")
    assert BackboneSpec(**config.model_dump()).to_dict() == BackboneSpec("resnet18").to_dict()


@pytest.mark.parametrize(
    ("described", "kind", "settings"),
    [
        (LinearHead, "linear", LinearSettings),
        (LogisticHead, "logistic", LogisticSettings),
        (RidgeHead, "ridge", RidgeSettings),
        (MlpHead, "mlp", MlpSettings),
        (KnnHead, "knn", KnnSettings),
        (PrototypesHead, "prototypes", PrototypeSettings),
        (HierarchicalHead, "hierarchical", HierarchicalSettings),
    ],
)
def test_a_head_is_described_here_as_in_its_own_room(
    described: type[LinearHead], kind: str, settings: type[LinearSettings]
) -> None:
    ours = described.model_validate({"kind": kind}).model_dump(exclude={"kind"})
    assert ours == dataclasses.asdict(settings())


def test_a_claim_is_described_here_as_in_its_own_room() -> None:
    assert set(ClaimConfig.model_fields) == {field.name for field in dataclasses.fields(Claim)}


@pytest.mark.parametrize(
    ("kind", "is_seeded"),
    [
        ("linear", True),
        ("mlp", True),
        ("hierarchical", True),
        ("logistic", False),
        ("ridge", False),
        ("knn", False),
    ],
)
def test_heads_are_seeded_as_in_their_own_room(kind: str, is_seeded: bool) -> None:
    net = {"name": "resnet18", "weights": "random"}
    assert TrainedContender(backbone=net, head={"kind": kind}).is_seeded is is_seeded
    assert HEAD_KINDS[kind].seeded is is_seeded
