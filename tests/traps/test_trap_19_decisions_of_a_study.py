"""Trap 19: the threshold for the safety goal was never run, or was tuned on the test scores."""

from pathlib import Path

import pytest

from fieldmark.core.errors import StudyError
from fieldmark.experiments.study_file import read_study

STUDY = """\
study: fungi
task: taxonomy
data: {manifest: m.csv, images: i, ranks: [genus, species], split: part}
contenders: {today: {predictions: today.csv, kind: logits}}
decisions:
  careful: {rule: backoff, error_limit: 0.05}
protocol:
"""


@pytest.mark.parametrize(
    "protocol",
    [
        "  selection: {metric: macro_f1, on: test}\n  allow_selection_on_report: true\n",
        "  selection: {metric: macro_f1, on: val}\n  report_on: validation\n"
        "  allow_selection_on_report: true\n",
    ],
)
def test_trap_19_a_study_never_fits_a_decision_on_the_part_that_it_reports(
    tmp_path: Path, protocol: str
) -> None:
    (tmp_path / "study.yaml").write_text(STUDY + protocol, encoding="utf-8")
    with pytest.raises(StudyError, match="line 5: decisions would be fitted and reported on"):
        read_study(tmp_path)
