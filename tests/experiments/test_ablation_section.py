from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from fieldmark.core.errors import StudyError
from fieldmark.experiments.ablation import expand_ablation, nested, overlaid
from fieldmark.experiments.config import Study
from fieldmark.experiments.factors import factor_changes
from fieldmark.experiments.plan import plan
from fieldmark.experiments.study_file import read_study, resolved_yaml
from fieldmark.experiments.yaml_document import read_yaml

Changed = Callable[..., Path]
ROWS = """\
reference: incumbent
ablation:
  reference: mobilenet-probe
  rows:
    longer: {head.epochs: 80}
    neighbours: {head: {kind: knn}}
    unpadded: {backbone.options.pad_type: valid}
    two:
      head: {epochs: 80}
      head.learning_rate: 0.1
    none: {head.epochs: 40}
"""


@pytest.fixture
def ablated(changed: Changed) -> Path:
    return changed(("reference: incumbent\n", ROWS))


def test_each_row_is_a_contender_that_differs_in_what_it_states(ablated: Path) -> None:
    study = read_study(ablated).study
    full, longer = study.contenders["mobilenet-probe"], study.contenders["longer"]
    assert longer.head.epochs == 80
    assert longer.backbone == full.backbone
    assert study.contenders["unpadded"].backbone.options == {"pad_type": "valid"}
    assert study.contenders["two"].head.learning_rate == 0.1
    assert list(study.contenders)[3:] == ["longer", "neighbours", "unpadded", "two", "none"]


def test_another_head_starts_from_its_own_defaults(ablated: Path) -> None:
    head = read_study(ablated).study.contenders["neighbours"].head
    assert (head.kind, head.neighbours) == ("knn", 5)


def test_each_row_knows_its_own_reference(ablated: Path) -> None:
    study = read_study(ablated).study
    of = {spec.contender: spec.reference for spec in plan(study)}
    assert of["longer"] == of["none"] == "mobilenet-probe"
    assert of["mobilenet-knn"] == of["mobilenet-probe"] == "incumbent"
    assert study.reference_of("longer") == "mobilenet-probe"
    assert study.reference_of("incumbent") is None


def test_a_row_that_changes_nothing_or_two_things_is_flagged(ablated: Path) -> None:
    warnings = {one.contender: one.warning for one in factor_changes(read_study(ablated).study)}
    assert warnings["longer"] is warnings["neighbours"] is warnings["unpadded"] is None
    assert warnings["none"] == ("'none' has the same settings as its reference 'mobilenet-probe'.")
    assert "differs from its reference 'mobilenet-probe' in 2 factors (head.epochs: 80" in str(
        warnings["two"]
    )


def test_the_resolved_study_keeps_the_rows_as_differences(ablated: Path, tmp_path: Path) -> None:
    study = read_study(ablated, ["ablation.rows.longer.head={patience: null}"]).study
    path = tmp_path / "resolved.yaml"
    path.write_text(resolved_yaml(study), encoding="utf-8")
    assert "epochs: 80" in path.read_text()
    again = read_study(path).study
    assert again == study
    assert again.digest == study.digest


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "{head.epochs: 80}",
            "{head.epoch: 80}",
            "grocery.yaml, line 26: unknown key 'epoch' in contenders.longer.head; did you mean "
            "'epochs'? Known keys: kind, epochs, learning_rate, weight_decay, batch_size, "
            "patience, class_weights.",
        ),
        (
            "{head.epochs: 80}",
            "{head.epochs: few}",
            "grocery.yaml, line 26: contenders.longer.head.epochs should be a whole number, not "
            "'few'.",
        ),
        (
            "    longer:",
            "    incumbent:",
            "grocery.yaml, line 26: the row 'incumbent' of the ablation is a contender already; "
            "give one of them another name.",
        ),
        (
            "reference: mobilenet-probe",
            "reference: mobilenet-prob",
            "grocery.yaml, line 24: the reference of the ablation 'mobilenet-prob' is no "
            "contender; did you mean 'mobilenet-probe'? There are: mobilenet-probe, "
            "mobilenet-knn, incumbent.",
        ),
        (
            "    longer: {head.epochs: 80}\n",
            "    longer: 80\n",
            "grocery.yaml, line 26: ablation.rows.longer should be a mapping of keys to values, "
            "not 80.",
        ),
    ],
)
def test_a_fault_of_a_row_is_said_with_its_line(
    ablated: Path, rewrite, old: str, new: str, message: str
) -> None:
    rewrite(ablated, (old, new))
    with pytest.raises(StudyError) as refused:
        read_study(ablated)
    assert str(refused.value) == message


def test_a_whole_section_may_be_taken_out(ablated: Path, rewrite) -> None:
    rewrite(ablated, ("{head.epochs: 80}", "{head: null, training: {epochs: 3}}"))
    study = read_study(ablated).study
    assert study.contenders["longer"].training.epochs == 3
    changes = {one.contender: one.factors for one in factor_changes(study)}
    assert changes["longer"] == ("learnt: the network against a head",)


def test_a_reference_that_is_a_row_is_refused() -> None:
    study: dict[str, Any] = {
        "study": "fungi",
        "task": "taxonomy",
        "data": {"manifest": "m.csv", "images": "img", "label": "species", "split": "part"},
        "contenders": {"today": {"predictions": "today.csv"}},
        "ablation": {"reference": "today", "rows": {"today": {}}},
    }
    with pytest.raises(ValidationError, match="'today' of the ablation cannot be one of its rows"):
        Study.model_validate(study)
    study["ablation"] = {"reference": "today", "rows": {"other": {}}}
    with pytest.raises(ValidationError, match="'other' of the ablation is no contender; read the"):
        Study.model_validate(study)


@pytest.mark.parametrize("text", ["", "ablation: 3", "contenders: 3\nablation: {reference: a}"])
def test_what_is_no_ablation_is_left_to_the_reading_of_the_study(text: str) -> None:
    document = read_yaml(text, "study.yaml")
    assert expand_ablation(document) is document


def test_overlays_leave_what_they_are_given_as_it_is() -> None:
    base = {"backbone": {"name": "a", "options": {"x": 1}}, "head": {"kind": "knn"}}
    changes = nested({"backbone.options.y": 2, "backbone": {"tap": "t"}})
    assert overlaid(base, changes)["backbone"] == {
        "name": "a",
        "options": {"x": 1, "y": 2},
        "tap": "t",
    }
    assert base == {"backbone": {"name": "a", "options": {"x": 1}}, "head": {"kind": "knn"}}
    assert overlaid(base, {"backbone": {"name": "b"}})["backbone"] == {"name": "b"}
    assert overlaid({}, {"backbone": {"tap": "t"}}) == {"backbone": {"tap": "t"}}
