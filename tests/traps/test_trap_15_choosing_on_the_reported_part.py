from pathlib import Path

import pytest
from pydantic import ValidationError

from fieldmark.core.errors import StudyError
from fieldmark.experiments.protocol import ProtocolConfig
from fieldmark.experiments.study_file import read_study

STUDY = """\
study: leaves
task: taxonomy
data: {manifest: m.csv, images: img, label: disease, split: part}
protocol:
  selection: {metric: accuracy, on: test}
  report_on: test
contenders:
  probe:
    backbone: {name: resnet18, weights: random}
    head: {kind: linear, epochs: 30}
"""


def test_trap_15_choosing_where_it_is_reported_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    message = r"study.yaml, line 5: the selection and the report both use 'test', .* optimistic: "
    with pytest.raises(StudyError, match=message):
        read_study(tmp_path)


def test_trap_15_the_command_line_is_no_way_round(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY.replace("on: test}", "on: validation}"))
    assert read_study(tmp_path)
    with pytest.raises(StudyError, match=r"--set protocol.selection.on=test: the selection and"):
        read_study(tmp_path, ["protocol.selection.on=test"])


@pytest.mark.parametrize(
    ("chosen_on", "reported"), [("val", "validation"), ("dev", "valid"), ("Test", "test")]
)
def test_trap_15_another_word_for_the_same_part_is_no_way_round(
    chosen_on: str, reported: str
) -> None:
    selection = {"metric": "accuracy", "on": chosen_on}
    with pytest.raises(ValidationError, match="would be optimistic"):
        ProtocolConfig.model_validate({"selection": selection, "report_on": reported})


def test_trap_15_when_it_is_stated_it_is_allowed_and_known(tmp_path: Path) -> None:
    stated = "  report_on: test\n  allow_selection_on_report: true\n"
    (tmp_path / "study.yaml").write_text(STUDY.replace("  report_on: test\n", stated))
    assert read_study(tmp_path).study.protocol.selects_on_report
