import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from fieldmark.core.errors import StudyError
from fieldmark.decision.policy import Backoff, CostMatrixRule, MinimumRisk, NeymanPearson
from fieldmark.decision.policy_section import PoisonSection
from fieldmark.experiments.config import Study
from fieldmark.experiments.decisions import positive_classes
from fieldmark.experiments.study_file import read_study, resolved_yaml

STUDY: dict[str, Any] = {
    "study": "fungi",
    "task": "taxonomy",
    "data": {"manifest": "m.csv", "images": "img", "ranks": ["genus", "species"], "split": "part"},
    "protocol": {"selection": {"metric": "macro_f1"}},
    "contenders": {"today": {"predictions": "today.csv", "kind": "logits"}},
}
CAREFUL = {"rule": "backoff", "error_limit": 0.05}


def study(decision: Any = CAREFUL, **changes: Any) -> Study:
    return Study.model_validate(STUDY | {"decisions": {"careful": decision}} | changes)


def test_a_decision_is_the_policy_of_its_rule() -> None:
    assert study().decisions["careful"] == Backoff(error_limit=0.05)
    again = Study.model_validate(study().model_dump(mode="json"))
    assert again == study()
    assert Study.model_validate(STUDY).decisions == {}


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        ({"error_limit": 0.05}, "a decision needs the key 'rule', one of: neyman-pearson"),
        ("backoff", "a decision needs the key 'rule'"),
        ({"rule": "backof"}, "Unknown rule 'backof'; did you mean 'backoff'"),
        ({"rule": "backoff", "error_limt": 0.1}, "unknown key 'error_limt'; did you mean"),
        (CAREFUL | {"ranks": ["genes"]}, "Unknown rank 'genes'; did you mean 'genus'"),
    ],
)
def test_what_is_no_decision_is_refused(decision: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        study(decision)


def test_a_decision_and_its_report_are_never_on_the_same_part() -> None:
    with pytest.raises(ValidationError, match=r"fitted on the part that selects.*names none"):
        study(protocol={})
    same = {"selection": {"metric": "accuracy", "on": "test"}, "allow_selection_on_report": True}
    with pytest.raises(ValidationError, match="fitted and reported on the same part 'test'"):
        study(protocol=same)


@pytest.mark.parametrize("kind", ["group_kfold", "leave_one_group_out"])
def test_over_folds_there_is_no_part_of_its_own(kind: str) -> None:
    rule = {"kind": kind} | ({"folds": 5} if kind == "group_kfold" else {})
    data = STUDY["data"] | {"group": "tree", "split": rule}
    with pytest.raises(ValidationError, match="over folds every image serves"):
        study(data=data)


def test_backing_off_needs_a_taxonomy() -> None:
    flat = {"manifest": "m.csv", "images": "img", "label": "species", "split": "part"}
    by_distance = {"rule": "minimum-risk", "cost": "tree-distance"}
    for decision in (CAREFUL, by_distance):
        with pytest.raises(ValidationError, match=r"'careful' needs a taxonomy; state data\.ranks"):
            study(decision, data=flat)
    assert study(
        {"rule": "chow", "positive": "a", "costs": {"miss": 9, "false_alarm": 1}}, data=flat
    )


def test_the_line_of_a_wrong_setting_is_told(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(
        "study: f\ntask: taxonomy\n"
        "data: {manifest: m.csv, images: i, ranks: [genus, species], split: part}\n"
        "protocol: {selection: {metric: macro_f1}}\n"
        "contenders: {today: {predictions: t.csv, kind: logits}}\n"
        "decisions:\n  careful:\n    rule: backoff\n    error_limit: 1.5\n",
        encoding="utf-8",
    )
    with pytest.raises(StudyError, match=r"line 9: decisions\.careful\.error_limit should be less"):
        read_study(file)


def test_null_survives_the_resolved_study(tmp_path: Path) -> None:
    decision = {
        "rule": "minimum-risk",
        "cost": "poison",
        "poison": {"column": "poisonous", "cost": 100},
        "calibrator": None,
        "lots": None,
    }
    file = tmp_path / "study.yaml"
    file.write_text(resolved_yaml(study(decision)), encoding="utf-8")
    assert read_study(file).study == study(decision)


def test_the_classes_that_a_policy_names() -> None:
    assert positive_classes(NeymanPearson(positive="pit", target_recall=0.9)) == ("pit",)
    assert positive_classes(CostMatrixRule(costs={"a": {"b": 1.0}})) == ("a",)
    poison = PoisonSection(classes=("a", "b"), cost=9)
    assert positive_classes(MinimumRisk(cost="poison", poison=poison)) == ("a", "b")
    assert positive_classes(MinimumRisk(cost="tree-distance")) == ()
    assert positive_classes(Backoff(threshold=0.65)) == ()


def test_a_study_is_read_without_what_fits_its_decisions() -> None:
    script = (
        "import sys, fieldmark.experiments.config\n"
        "print([name for name in ('scipy', 'polars') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
