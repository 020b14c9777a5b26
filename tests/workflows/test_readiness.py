from pathlib import Path

import pytest
from safetensors.torch import save_file

from fieldmark.core.progress import SilentProgress
from fieldmark.workflows.readiness import contender_problems


def problems(ground) -> dict[str, str]:
    return contender_problems(ground, progress=SilentProgress())


def test_contenders_that_can_run_have_no_problem(fresh: Path, opened) -> None:
    assert problems(opened(fresh)) == {}


def test_predictions_made_elsewhere_need_no_backbone(judged_only: Path, opened) -> None:
    assert problems(opened(judged_only)) == {}


def test_every_contender_of_a_backbone_has_its_problem(fresh: Path, opened, rewrite) -> None:
    rewrite(fresh / "study.yaml", ("name: test_resnet", "name: test_resnex"))
    found = problems(opened(fresh))
    assert list(found) == ["probe", "knn"]
    assert found["probe"] == found["knn"]
    assert found["knn"].startswith("Expected one of timm's ")


@pytest.mark.parametrize(
    ("there", "instead", "message"),
    [
        ("weights: random", "weights: no_such_tag", "Unknown weights of test_resnet 'no_such_tag'"),
        ("weights: random", "weights: random, tap: last", "Unknown tap 'last'"),
        (
            "weights: random",
            "weights: random, options: {depth: x}",
            "timm cannot build test_resnet",
        ),
        ("crop_size: 48", "cut: 48", "Unknown preprocessing field 'cut'"),
    ],
)
def test_what_a_backbone_cannot_do_is_found(
    fresh: Path, opened, rewrite, there: str, instead: str, message: str
) -> None:
    rewrite(fresh / "study.yaml", (there, instead))
    assert problems(opened(fresh))["knn"].startswith(message)


def test_weights_that_do_not_fit_are_found(fresh: Path, opened, rewrite) -> None:
    import torch

    save_file({"other.weight": torch.zeros(2)}, fresh / "net.safetensors")
    rewrite(fresh / "study.yaml", ("weights: random", "weights: net.safetensors"))
    assert problems(opened(fresh))["probe"].startswith("None of the network's ")


def test_published_weights_are_not_fetched(fresh: Path, opened, rewrite, monkeypatch) -> None:
    from fieldmark.backbones import weight_files

    def refuse(*_: object) -> None:
        raise AssertionError("weights were fetched")

    monkeypatch.setattr(weight_files, "published_weights", refuse)
    rewrite(fresh / "study.yaml", ("weights: random", "weights: r160_in1k"))
    assert problems(opened(fresh)) == {}
